"""The raw log: what a stream or a run has fetched, in `raw/`, before it is processed. No Beam here.

A feed shows an entry for a while and can't be asked for it again. Without the log, the documents that a worker has
fetched since the last checkpoint would be lost when it dies. With it, the polling step writes a *pack* (the documents
of one reading of a host or wire) before it emits it, and a step that is restored reads the packs after its checkpoint
from the log before it polls again. So sources can be replayed, and the replay is identical.

A run writes packs as well, so that its documents can be processed again (`logged_documents`). It never reads them.

    raw/date=YYYY-MM-DD/KEY-GENERATION-NUMBER.parquet    one row a document, dead letter or poll

KEY is a hash of the host or wire, GENERATION is drawn when the key starts without state, NUMBER counts its packs. Of a
run, KEY is drawn by each process that reads, and GENERATION is the run's id. A
pack is created under its final name or not at all, and never replaced: if a zombie worker and its successor write the
same number, one of them takes the next number, and goes on from the log. The partition is the day of writing (UTC).
Whole partitions are deleted when they are older than `keep`.
"""

import io
import json
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from newsbeam.transforms.ids import digest
from newsbeam.transforms.records import DeadLetter, Document, Found, PackPlace, Poll, Polled, PollKey, RawPack, Unread
from newsbeam.transforms.runtime.state import from_values, poll_key_of, to_values
from newsbeam.transforms.write.parquet import file_row_groups, list_files, partition_of
from newsbeam.transforms.write.schema import RAW
from newsbeam.transforms.write.store import Store

_LOGGER = logging.getLogger(__name__)

TABLE = "raw"
FINISH_WITHIN = timedelta(hours=1)
"""A pack whose polls are in the output proves that older ones by this time are too: a poll never waits longer."""


@dataclass
class _Index:
    """The packs that this process knows to exist.

    Attributes:
        names: (key, generation) -> number -> names; those up to `forgotten` are not kept.
        today: The day of the last expiry.
    """

    names: dict[tuple[str, str], dict[int, set[str]]] = field(default_factory=dict)
    forgotten: dict[tuple[str, str], int] = field(default_factory=dict)
    today: date | None = None

    def add(self, name: str) -> None:
        key, generation, number = _parse(name)
        self.names.setdefault((key, generation), {}).setdefault(number, set()).add(name)


@dataclass(frozen=True)
class RawLog:
    """The raw log of an output.

    Attributes:
        store: The output.
        keep: How long a pack is kept, at least.
    """

    store: Store
    keep: timedelta = timedelta(days=7)

    # Of the process: each key's DoFn instance would list the whole log anew.
    _indexes: ClassVar[dict[Store, _Index]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def append(self, key: str, place: PackPlace, pack: RawPack) -> PackPlace:
        """Write the pack after `place`; it is durable when this returns.

        Returns:
            Its place: the next one, or a later one if another process has written packs meanwhile.
        """
        today, content = datetime.now(UTC).date(), to_parquet(pack)
        generation, number = place
        while True:
            number += 1
            name = _name(today, key, generation, number)
            if self.store.create(name, content):
                break
            with self._lock:
                self._indexes.pop(self.store, None)  # it is listed again
            # After the last pack that is there: the other process's packs are replayed, too, and none is replaced.
            number = max((self.place(each)[1] for each in self.after(key, place)), default=number)
        self._note(name, today)
        return generation, number

    def write(self, key: str, generation: str, number: int, pack: RawPack) -> None:
        """Write a pack of a key that no other process writes; it is durable when this returns.

        Raises:
            OSError, ValueError: It can't be written: the disk or the object store has the reason.
        """
        self.store.create(_name(datetime.now(UTC).date(), key, generation, number), to_parquet(pack))

    def sweep(self) -> None:
        """Delete the partitions whose packs are all older than `keep`."""
        self._expire(datetime.now(UTC).date())

    def after(self, key: str, place: PackPlace) -> list[str]:
        """Return the names of the packs after `place`, in order.

        The log is listed once a process; later this is a look-up in memory.
        """
        generation, last = place
        with self._lock:
            stream = _hash(key), generation
            if last < self._index().forgotten.get(stream, 0):  # the engine went back to an earlier checkpoint
                del self._indexes[self.store]
            packs = self._index().names.get(stream, {})
            # What is before the checkpoint is not asked for again, and a stream runs for months.
            for number in [number for number in packs if number <= last]:
                del packs[number]
                self._index().forgotten[stream] = last
            return [name for number in sorted(packs) for name in sorted(packs[number])]

    def unfinished(self, key: str, generation: str, is_written: Callable[[PollKey], bool]) -> list[str]:
        """Return the names of the packs of other generations of a key with polls that are not in the output, in order.

        Args:
            key: A host or wire.
            generation: The generation that is left out.
            is_written: Whether a poll, or a later one of its source, is in the output.
        """
        with self._lock:
            places = self._index().names.items()
            found = [name for place, packs in places if _is_other(place, key, generation) for name in _all(packs)]
        unfinished: list[str] = []
        newest: datetime | None = None
        # From the newest back, and only as far as a pack that proves the older ones.
        for name in sorted(found, key=_order, reverse=True):
            polls = _polls(self.read(name))
            latest = max(fetched_at for _, fetched_at in polls)
            newest = newest or latest
            if not all(map(is_written, polls)):
                unfinished.append(name)
            elif latest < newest - FINISH_WITHIN:
                break
        return unfinished[::-1]

    def read(self, name: str) -> RawPack:
        """Return a pack; an empty one if it has expired meanwhile.

        Raises:
            OutputFileError: The file is damaged.
        """
        try:
            tables = [group.read(RAW.names) for group in file_row_groups(self.store, TABLE, name)]
        except FileNotFoundError:
            _LOGGER.warning("%s was deleted before it was read again: it is older than raw.keep", name)
            return RawPack(())
        return from_rows([row for table in tables for row in table.to_pylist()])

    def place(self, name: str) -> PackPlace:
        """Return the place of a pack."""
        _, generation, number = _parse(name)
        return generation, number

    def _note(self, name: str, today: date) -> None:
        with self._lock:
            index = self._index()
            index.add(name)
            if index.today != today:
                index.today = today
                self._expire(today)

    def _expire(self, today: date) -> None:
        """Delete the partitions whose packs are all older than `keep`."""
        first = today - self.keep
        days = {day for name in _packs(self.store) if (day := partition_of(name)) and day < first}
        for day in days:
            self.store.delete(f"{TABLE}/date={day.isoformat()}")

    def _index(self) -> _Index:
        if self.store not in self._indexes:
            index = self._indexes[self.store] = _Index()
            for name in _packs(self.store):
                index.add(name)
        return self._indexes[self.store]


def to_parquet(pack: RawPack) -> bytes:
    """Return a pack as a Parquet file."""
    rows = [_row(found) for found in pack.found]
    if rows:
        # On one row: they are of the pack and not of a document.
        rows[-1]["states"] = json.dumps(pack.states)
    file = io.BytesIO()
    columns = {name: [row.get(name) for row in rows] for name in RAW.names}
    # In memory first: the store creates the object in one conditional request.
    pq.write_table(
        pa.table(columns, RAW),
        file,
        compression="zstd",
        compression_level=9,  # read once or never; 3 gives 5 % more bytes of feeds
        use_dictionary=False,
        write_statistics=["fetched_at", "source_id"],
    )
    return file.getvalue()


def from_rows(rows: Iterable[Mapping[str, Any]]) -> RawPack:
    """Return the pack of some rows of the log."""
    found: list[Found] = []
    states: list[Any] = []
    for row in rows:
        found.append(_found(row))
        states += json.loads(row["states"] or "[]")
    return RawPack(tuple(found), tuple((url, _tuples(state)) for url, state in states))


def _row(found: Found) -> dict[str, Any]:
    match found:
        case Polled(document, poll, of, dead_letters, unread):
            shown = {"source": document.source, "fetched_at": document.fetched_at, "feed_url": document.feed_url}
            shown |= {"source_id": document.source_id, "media_type": document.media_type, "body": document.body}
            record = _values(replace(document, body=b""))
            return _common(poll, document.uri, "document", record, [of, dead_letters, to_values(unread)]) | shown
        case DeadLetter():
            feed_url, fetched_at = found.poll or ("", found.failed_at)
            record = _values(replace(found, payload=b""))
            common = {"feed_url": feed_url, "fetched_at": fetched_at, "source": found.source, "uri": found.uri}
            return common | {"kind": "dead_letter", "record": record, "body": found.payload}
    return _common(found, found.uri, "poll", "[]", [])


def _common(poll: Poll, uri: str, kind: str, record: str, totals: list[Any]) -> dict[str, Any]:
    return {
        "feed_url": poll.feed_url,
        "fetched_at": poll.fetched_at,
        "source": poll.source,
        "uri": uri,
        "kind": kind,
        "record": record,
        "poll": json.dumps([totals, to_values(poll)]),
    }


def _found(row: Mapping[str, Any]) -> Found:
    body = row["body"] or b""
    if row["kind"] == "dead_letter":
        dead_letter = from_values(DeadLetter, json.loads(row["record"]))
        poll_key = poll_key_of(dead_letter.poll) if dead_letter.poll else None
        return replace(dead_letter, payload=body, poll=poll_key)
    totals, values = json.loads(row["poll"])
    poll = from_values(Poll, values)
    if row["kind"] == "poll":
        return poll
    document = from_values(Document, json.loads(row["record"]))
    of, dead_letters, unread = totals
    return Polled(replace(document, body=body), poll, of, dead_letters, from_values(Unread, _tuples(unread)))


def _values(record: Any) -> str:
    # Bodies are left out before; what is left in bytes is empty.
    return json.dumps(to_values(record), default=bytes.decode)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _polls(pack: RawPack) -> set[PollKey]:
    keys = set()
    for found in pack.found:
        match found:
            case Polled(_, poll) | (Poll() as poll):
                keys.add(poll.key)
            case DeadLetter() if found.poll:
                keys.add(found.poll)
    return keys


def _hash(key: str) -> str:
    return digest("raw log", key)[:16]


def _name(day: date, key: str, generation: str, number: int) -> str:
    return f"{TABLE}/date={day.isoformat()}/{_hash(key)}-{generation}-{number:08d}.parquet"


_NAME = re.compile(r"([0-9a-f]{16})-([0-9A-Za-z]{1,64})-([0-9]{8,18})\.parquet")


def _parse(name: str) -> tuple[str, str, int]:
    found = _NAME.fullmatch(name.rpartition("/")[2])
    if not found:
        raise ValueError(f"{name} is not a pack")
    return found[1], found[2], int(found[3])


def _packs(store: Store) -> list[str]:
    return [name for name in list_files(store, TABLE) if _NAME.fullmatch(name.rpartition("/")[2])]


def _order(name: str) -> tuple[str, int, str]:
    # Generations begin with their time.
    _, generation, number = _parse(name)
    return generation, number, name


def _is_other(place: tuple[str, str], key: str, generation: str) -> bool:
    return place[0] == _hash(key) and place[1] != generation


def _all(packs: Mapping[int, set[str]]) -> Iterator[str]:
    for names in packs.values():
        yield from names
