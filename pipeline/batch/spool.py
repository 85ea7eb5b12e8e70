"""Spools: records on local disk between two graphs of a run, so that memory holds one slice of them at a time.

A spool is a folder. Each bundle writes one file of pickled records and, when it is complete, an index beside it: the
key and place of each record. A bundle that is tried again leaves files without an index, which are not read.
"""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from newsbeam.transforms.dedup.versions import as_known, publication_order
from newsbeam.transforms.records import DeadLetter, Entry, KnownEntry, Story
from newsbeam.transforms.runtime.batches import Batch


@dataclass(frozen=True)
class Ref:
    """The key of one record in a spool, its place and its size in bytes."""

    key: Any
    path: str
    offset: int
    size: int


class SpoolWriter:
    """Writes records with their keys; they are readable after `close`."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        # Bundles write at once. Nothing of this name gets into a row, so it may be random.
        self._path = folder / f"{uuid4().hex}.records"
        self._file = self._path.open("wb")
        self._index: list[tuple[Any, int, int]] = []

    def write(self, key: Any, record: Any) -> None:
        """Add `record`."""
        start = self._file.tell()
        # Each on its own, so that one record can be read by its place.
        pickle.dump(record, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self._index.append((key, start, self._file.tell() - start))

    def close(self) -> None:
        """Make the records readable."""
        self._file.close()
        # The index is renamed when it is complete, so that a partial one is never read.
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
    """References to some records of a spool, without their keys: small enough for an element of a graph."""

    places: tuple[tuple[str, int], ...]


def chunks(references: Sequence[Ref], size: int) -> list[Chunk]:
    """Return `references` in chunks of `size` records."""
    places = [(ref.path, ref.offset) for ref in references]
    return [Chunk(tuple(places[start : start + size])) for start in range(0, len(places), size)]


def read(references: Sequence[Ref]) -> Iterator[Any]:
    """Yield the records of `references`, in their order."""
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
    """Return the records of some chunks; worker processes call this, to read them from disk."""
    return Batch([record for chunk in batch for record in read_chunk(chunk)])


def entry_key(entry: Entry) -> tuple[Any, ...]:
    """Return an entry's order in the run, its feed_url and source, and its identities: id, link, guid, content.

    The order is that of publication; entries that are equal in it are in the order of fetching.
    """
    known = as_known(entry)
    guid, content = (known.guid, known.content_hash) if known.by_content else ("", "")
    order = (*publication_order(entry), entry.fetched_at)
    return order, entry.feed_url, entry.source, known.source, known.url, guid, content


def dead_letter_key(dead_letter: DeadLetter) -> tuple[str, str]:
    """Return the order of a dead letter."""
    return dead_letter.uri, dead_letter.message


def story_key(story: Story) -> tuple[KnownEntry, str]:
    """Return the story's entry as a KnownEntry for later decisions, and its feed_url."""
    return as_known(story.entry), story.entry.feed_url
