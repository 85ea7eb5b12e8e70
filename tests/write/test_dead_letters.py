from dataclasses import replace
from datetime import UTC, date, datetime

from newsbeam.transforms.records import DeadLetter
from newsbeam.transforms.write.commit import commit, slice_id, stage
from newsbeam.transforms.write.lookup.dead_letters import dead_letter_id, known_dead_letters
from newsbeam.transforms.write.rows import dead_letter_rows, slice_tables
from newsbeam.transforms.write.store import Store

DEAD_LETTER = DeadLetter("parse", "ParseError", "no date", "A", "a.xml", datetime(2026, 3, 3, tzinfo=UTC), b"soon")


def test_dead_letters_of_some_uris_in_the_window(tmp_path):
    store = Store(str(tmp_path))
    first, _, third = written = [DEAD_LETTER, replace(DEAD_LETTER, uri="b.xml"), replace(DEAD_LETTER, payload=b"later")]
    commit(store, stage(store, slice_id((), (), written), slice_tables(map(dead_letter_rows, written))))

    def known(uris: set[str], since: date) -> set[str]:
        return known_dead_letters(store, uris, since)

    assert known({"a.xml"}, date(2026, 3, 3)) == {dead_letter_id(first), dead_letter_id(third)}
    assert known({"c.xml"}, date(2026, 3, 3)) == known(set(), date(2026, 3, 3)) == set()
    assert known({"a.xml"}, date(2026, 3, 4)) == set()


def test_time_and_traceback_are_not_part_of_the_id():
    later = replace(DEAD_LETTER, failed_at=datetime(2026, 3, 4, tzinfo=UTC), traceback="x")
    assert dead_letter_id(later) == dead_letter_id(DEAD_LETTER) != dead_letter_id(replace(DEAD_LETTER, message="x"))
