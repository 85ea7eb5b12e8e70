"""Records set aside on local disk between two graphs of one run, so that memory holds one slice of them at a time.

A spool is a folder. Every bundle that writes to it makes one file of pickled records and, when it is complete, an
index beside it: the key of each record and where it is. A bundle that is tried again leaves files without an index,
which nobody reads.
"""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from newsbeam.transforms.batches import Batch
from newsbeam.transforms.dedup.versions import as_known, publication_order
from newsbeam.transforms.records import DeadLetter, Entry, KnownEntry, Story


@dataclass(frozen=True)
class Ref:
    """Where one record of a spool is, its key, and how many bytes it has there."""

    key: Any
    path: str
    offset: int
    size: int


class SpoolWriter:
    """Writes records with their keys; they can be read after `close`."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{uuid4().hex}.records"
        self._file = self._path.open("wb")
        self._index: list[tuple[Any, int, int]] = []

    def write(self, key: Any, record: Any) -> None:
        """Add `record`."""
        start = self._file.tell()
        pickle.dump(record, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self._index.append((key, start, self._file.tell() - start))

    def close(self) -> None:
        """Make the records readable."""
        self._file.close()
        partial = self._path.with_suffix(".partial")
        partial.write_bytes(pickle.dumps(self._index))
        partial.rename(self._path.with_suffix(".index"))


def refs(folder: Path) -> list[Ref]:
    """Return a reference to every record in the spool, in no particular order."""
    found: list[Ref] = []
    for index in folder.glob("*.index"):
        path = str(index.with_suffix(".records"))
        entries: list[tuple[Any, int, int]] = pickle.loads(index.read_bytes())  # noqa: S301 - our own file of this run
        found.extend(Ref(key, path, offset, size) for key, offset, size in entries)
    return found


@dataclass(frozen=True)
class Chunk:
    """Some records of a spool, without their keys: small enough to be an element of a graph."""

    places: tuple[tuple[str, int], ...]


def chunks(references: Sequence[Ref], size: int) -> list[Chunk]:
    """Return `references` in chunks of `size` records."""
    places = [(ref.path, ref.offset) for ref in references]
    return [Chunk(tuple(places[start : start + size])) for start in range(0, len(places), size)]


def read(references: Sequence[Ref]) -> Iterator[Any]:
    """Yield the records that `references` name, in their order."""
    for chunk in chunks(references, max(1, len(references))):
        yield from read_chunk(chunk)


def read_chunk(chunk: Chunk) -> Iterator[Any]:
    """Yield the records of `chunk`, in its order."""
    files: dict[str, Any] = {}
    try:
        for path, offset in chunk.places:
            file = files.get(path)
            if file is None:
                file = files[path] = Path(path).open("rb")  # noqa: SIM115 - closed below
            file.seek(offset)
            yield pickle.load(file)  # noqa: S301 - our own file of this run
    finally:
        for file in files.values():
            file.close()


def read_batch(batch: Sequence[Chunk]) -> Batch[Any]:
    """Return the records of some chunks; worker processes read them from disk themselves."""
    return Batch([record for chunk in batch for record in read_chunk(chunk)])


def entry_key(entry: Entry) -> tuple[Any, ...]:
    """Return the order of an entry in the run, then feed_url, source and its id, and by what else it may be known."""
    known = as_known(entry)
    guid, content = (known.guid, known.content_hash) if known.by_content else ("", "")
    return publication_order(entry), entry.feed_url, entry.source, known.source, known.url, guid, content


def letter_key(letter: DeadLetter) -> tuple[str, str]:
    """Return the order of a dead letter."""
    return letter.uri, letter.message


def story_key(story: Story) -> tuple[KnownEntry, str]:
    """Return the entry as later decisions know it, and its feed_url."""
    return as_known(story.entry), story.entry.feed_url
