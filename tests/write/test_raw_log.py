"""The raw log: packs in files, in their order, for as long as the config says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from newsbeam.transforms.records import DeadLetter, Document, Poll, Polled, RawPack, Unread
from newsbeam.transforms.write.parquet import OutputFileError
from newsbeam.transforms.write.raw_log import RawLog, from_rows, to_parquet
from newsbeam.transforms.write.store import Store

NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
POLL = Poll("feed", "uri", "Example", NOON, "ok", 200, 10, 0.5, etag='"x"', next_poll_at=NOON + timedelta(minutes=15))
DOCUMENT = Document("uri", b"\x00 bytes \xff", NOON, "Example", "feed", "text/xml", zone="Europe/Paris", source_id="id")
DEAD_LETTER = DeadLetter("read", "Error", "cut off", "Example", "uri!1", NOON, b"\xfe\xff", poll=POLL.key)
PACK = RawPack(
    (
        Polled(DOCUMENT, POLL),
        DEAD_LETTER,
        POLL,
        Polled(replace(DOCUMENT, body=b""), POLL, 2, 1, Unread(1, (("1", "cut off"),))),
    ),
    (("feed", ('"x"', "", "hash", 1.5, False, (10, 20), 200)),),
)


@pytest.fixture
def log(tmp_path) -> RawLog:
    return RawLog(Store(str(tmp_path)))


def packs_of(log: RawLog, *places: tuple[str, int], key: str = "host") -> list[str]:
    for generation, number in places:
        assert log.append(key, (generation, number - 1), PACK) == (generation, number)
    return sorted(log.store.list("raw"))


def test_a_pack_comes_back_as_it_was(log):
    (name,) = packs_of(log, ("a", 1))
    assert log.read(name) == PACK


def test_bodies_are_a_column_that_other_tools_read(log, tmp_path):
    packs_of(log, ("a", 1))
    rows = duckdb.sql(f"SELECT uri, kind, body FROM '{tmp_path}/raw/*/*.parquet' ORDER BY kind, uri, body").fetchall()
    assert rows == [
        ("uri!1", "dead_letter", b"\xfe\xff"),
        ("uri", "document", b""),
        ("uri", "document", b"\x00 bytes \xff"),
        ("uri", "poll", None),
    ]


def test_packs_after_a_place_in_their_order_in_this_process_and_another(log):
    names = packs_of(log, ("a", 1), ("a", 2), ("a", 10), ("b", 1))
    packs_of(log, ("a", 1), key="other host")
    assert log.after("host", ("a", 1)) == names[1:3]
    RawLog._indexes.clear()
    assert log.after("host", ("a", 1)) == names[1:3]
    assert log.after("host", ("a", 10)) == []
    assert log.after("unknown", ("a", 0)) == []


def test_a_pack_of_a_number_is_written_once(log):
    packs_of(log, ("a", 1), ("a", 2), ("a", 3))
    RawLog._indexes.clear()
    assert log.append("host", ("a", 1), PACK) == ("a", 4)
    assert [log.place(name) for name in log.after("host", ("a", 2))] == [("a", 3), ("a", 4)]
    # A rollback, after packs that were done with have been forgotten:
    assert [log.place(name) for name in log.after("host", ("a", 0))] == [("a", number) for number in (1, 2, 3, 4)]


def test_unfinished_packs_of_earlier_generations(log):
    hour = timedelta(hours=1)
    places = [("20261124T10", 1), ("20261124T10", 2), ("20261125T10", 1), ("20261126T10", 1)]
    times = [NOON - 3 * hour, NOON - 2 * hour, NOON - hour / 2, NOON]
    for (generation, number), time in zip(places, times, strict=True):
        poll = replace(POLL, fetched_at=time)
        log.append("host", (generation, number - 1), RawPack((Polled(DOCUMENT, poll, 1),)))
    written = {NOON - 2 * hour}
    found = log.unfinished("host", "20261126T10", lambda key: key[1] in written)
    # The poll of two hours ago is written, so the one before it was settled long ago.
    assert [log.place(name) for name in found] == [("20261125T10", 1)]
    assert [log.place(name) for name in log.unfinished("host", "other", lambda key: False)] == places


def test_whole_days_are_deleted_when_they_are_older_than_keep(log, tmp_path):
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=age) for age in (9, 8, 7, 1)]
    for day in days:
        path = tmp_path / f"raw/date={day}/0123456789abcdef-a-00000001.parquet"
        path.parent.mkdir(parents=True)
        path.write_bytes(to_parquet(PACK))
    packs_of(log, ("a", 1))
    assert sorted(date.fromisoformat(path.name.removeprefix("date=")) for path in (tmp_path / "raw").iterdir()) == [
        *days[2:],
        today,
    ]


def test_a_pack_that_has_expired_meanwhile_is_empty_and_a_damaged_one_an_error(log, tmp_path, caplog):
    first, second = packs_of(log, ("a", 1), ("a", 2))
    (tmp_path / first).unlink()
    assert log.read(first) == RawPack(())
    assert "older than raw.keep" in caplog.text
    (tmp_path / second).write_bytes((tmp_path / second).read_bytes()[:100])
    with pytest.raises(OutputFileError, match=second):
        log.read(second)


def test_files_of_others_in_the_folder_are_not_packs(log, tmp_path):
    packs_of(log, ("a", 1))
    (tmp_path / "raw/date=2026-11-24").mkdir()
    (tmp_path / "raw/date=2026-11-24/notes.parquet").write_bytes(b"")
    (tmp_path / "raw/date=2026-11-24/_draft-a-1.parquet").write_bytes(b"")
    RawLog._indexes.clear()
    assert len(log.after("host", ("a", 0))) == 1


def test_golden_rows_are_read(log):
    # What a version has written, every later one reads: the columns are a file format.
    path = Path(__file__).with_name("golden") / "raw.parquet"
    assert from_rows(pq.read_table(path).to_pylist()) == PACK
