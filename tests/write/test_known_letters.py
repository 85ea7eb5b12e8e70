from dataclasses import replace
from datetime import UTC, date, datetime

from newsbeam.transforms.records import DeadLetter
from newsbeam.transforms.write.commit import commit, slice_id, stage
from newsbeam.transforms.write.known_letters import known_letters, letter_id
from newsbeam.transforms.write.rows import dead_letter_rows, slice_tables
from newsbeam.transforms.write.store import Store

LETTER = DeadLetter("parse", "ParseError", "no date", "A", "a.xml", datetime(2026, 3, 3, tzinfo=UTC), b"soon")


def test_letters_of_some_places_in_the_window(tmp_path):
    store = Store(str(tmp_path))
    letters = [LETTER, replace(LETTER, uri="b.xml"), replace(LETTER, payload=b"later")]
    commit(store, stage(store, slice_id((), (), letters), slice_tables(map(dead_letter_rows, letters))))
    assert known_letters(store, {"a.xml"}, date(2026, 3, 3)) == {letter_id(letters[0]), letter_id(letters[2])}
    assert known_letters(store, {"c.xml"}, date(2026, 3, 3)) == known_letters(store, set(), date(2026, 3, 3)) == set()
    assert known_letters(store, {"a.xml"}, date(2026, 3, 4)) == set()


def test_when_and_in_which_poll_something_was_said_makes_no_difference():
    later = replace(LETTER, failed_at=datetime(2026, 3, 4, tzinfo=UTC), traceback="x")
    assert letter_id(later) == letter_id(LETTER) != letter_id(replace(LETTER, message="x"))
