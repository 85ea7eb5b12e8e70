from dataclasses import replace
from datetime import UTC, date, datetime

from newsbeam.transforms.ids import dead_letter_id
from newsbeam.transforms.records import DeadLetter, KnownDeadLetter
from newsbeam.transforms.write.commit import commit, slice_id, stage
from newsbeam.transforms.write.lookup.dead_letters import dead_letters_since, known_dead_letters
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


def test_dead_letters_of_some_stages_before_a_stream_began(tmp_path):
    store = Store(str(tmp_path))
    noon = datetime(2026, 3, 3, 12, tzinfo=UTC)
    empty = replace(DEAD_LETTER, stage="read", payload=b"", source="B")
    others = [replace(DEAD_LETTER, stage="text"), replace(DEAD_LETTER, uri="b.xml", failed_at=noon)]
    written = [DEAD_LETTER, empty, *others]
    commit(store, stage(store, slice_id((), (), written), slice_tables(map(dead_letter_rows, written))))

    def known(since: date, until: datetime) -> set[KnownDeadLetter]:
        return set(dead_letters_since(store, ("read", "parse"), since, until))

    expected = {KnownDeadLetter(dead_letter_id(each), each.source) for each in (DEAD_LETTER, empty)}
    assert known(date(2026, 3, 3), noon) == expected
    assert known(date(2026, 3, 4), noon) == known(date(2026, 3, 3), DEAD_LETTER.failed_at) == set()
