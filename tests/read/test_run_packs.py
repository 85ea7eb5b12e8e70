"""What a run hands on is in its raw log before."""

from dataclasses import replace
from datetime import UTC, datetime

from newsbeam.transforms.read import run_packs
from newsbeam.transforms.read.fetch import Fetched
from newsbeam.transforms.read.run_packs import RunPacks
from newsbeam.transforms.records import DeadLetter, Document, Poll, Polled, RawPack

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLL = Poll("feed", "drop.zip", "Example", NOON, "ok", bytes=3, body_hash="hash")
DOCUMENT = Document("drop.zip!a", b"a", NOON, "Example", "feed", source_id="id")


class Log:
    """A raw log in memory, of which some packs can't be written."""

    def __init__(self, *failing: int):
        self.failing, self.packs = failing, {}

    def write(self, key: str, generation: str, number: int, pack: RawPack) -> None:
        if number in self.failing:
            raise OSError(28, "No space left on device")
        self.packs[number] = pack


def archive(*names: str) -> Fetched:
    return Fetched(POLL, tuple(replace(DOCUMENT, uri=f"drop.zip!{name}", body=name.encode()) for name in names))


def handed_on(log: Log, *fetched: Fetched) -> list:
    packs = RunPacks(log, "run")
    found = [each for one in fetched for each in packs.add(one)]
    assert all(isinstance(each, Poll) or log.packs or log.failing for each in found)
    return [*found, *packs.flush()]


def test_documents_are_handed_on_when_their_pack_is_written(monkeypatch):
    monkeypatch.setattr(run_packs, "PACK_RECORDS", 2)
    log = Log()
    found = handed_on(log, archive("a", "b", "c"), Fetched(replace(POLL, status="unchanged")))
    assert [each.uri for each in found if isinstance(each, Document)] == ["drop.zip!a", "drop.zip!b", "drop.zip!c"]
    assert [each.status for each in found if isinstance(each, Poll)] == ["ok", "unchanged"]
    assert [len(pack.found) for pack in log.packs.values()] == [2, 1]
    assert all(isinstance(each, Polled) for pack in log.packs.values() for each in pack.found)


def test_a_poll_is_an_error_if_one_of_its_packs_is_not_written(monkeypatch):
    monkeypatch.setattr(run_packs, "PACK_RECORDS", 2)
    found = handed_on(Log(1), archive("a", "b", "c"))
    letters = [each for each in found if isinstance(each, DeadLetter)]
    assert [(each.payload, each.whole, each.poll) for each in letters] == [
        (b"a", True, POLL.key),
        (b"b", True, POLL.key),
    ]
    assert [each.body for each in found if isinstance(each, Document)] == [b"c"]
    (poll,) = (each for each in found if isinstance(each, Poll))
    assert (poll.status, poll.body_hash) == ("error", "")
    assert poll.error == "the raw log can't be written: [Errno 28] No space left on device"


def test_polls_without_documents_write_nothing():
    log = Log()
    assert handed_on(log, Fetched(replace(POLL, status="not_modified")))[0].status == "not_modified"
    assert log.packs == {}
