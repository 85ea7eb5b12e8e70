"""The rows of earlier runs as GroupConnected reads them: their keys first, then the few that are compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from newsbeam.transforms.dedup.connected import Hashes
from newsbeam.transforms.dedup.deduplicate_all_paragraphs import paragraph_keys
from newsbeam.transforms.dedup.group_connected import KnownKeys
from newsbeam.transforms.dedup.paragraphs import current_keys
from newsbeam.transforms.dedup.version_all_entries import entry_keys, entry_node
from newsbeam.transforms.records import KEY_FORMAT, KnownEntry, KnownParagraph
from newsbeam.transforms.write.lookup.by_number import entries_at, key_columns, paragraphs_at
from newsbeam.transforms.write.parquet import list_files
from newsbeam.transforms.write.store import Store

_ENTRY_COLUMNS = ("entry_id", "source_id", "url", "link_is_identity", "content_hash", "guid", "revision")
_PARAGRAPH_COLUMNS = ("fingerprint", "near_keys", "duplicate_of", "key_format")


@dataclass(frozen=True)
class KnownEntryRows:
    """All versions of entries in an output. No window applies: an entry is found however old it is."""

    store: Store

    def files(self, _: object) -> list[str]:
        """Return the names of the files to read."""
        return list_files(self.store, "entries")

    def keys(self, name: str) -> Iterator[KnownKeys]:
        """Yield the keys of the rows of a file."""
        for first, table in key_columns(self.store, "entries", name, _ENTRY_COLUMNS):
            nodes, keys = [], []
            for row in table.to_pylist():
                node = entry_node(row["entry_id"])
                # What is not an entry's identity connects it with nothing: a link of many entries would make one group
                # of them.
                names = (row["url"] if row["link_is_identity"] else "", "" if row["revision"] else row["guid"])
                content = "" if row["revision"] else row["content_hash"]
                nodes.append(node)
                keys.append([node, *entry_keys(row["source_id"] or "", names, content)])
            yield _known_keys(np.arange(first, first + len(nodes)), nodes, [np.array(each, np.uint64) for each in keys])

    def read(self, name: str, rows: Sequence[int]) -> list[KnownEntry]:
        """Return some rows of a file, in their order."""
        return entries_at(self.store, name, rows)


@dataclass(frozen=True)
class KnownParagraphRows:
    """The canonical paragraphs of a window in an output."""

    store: Store

    def files(self, since: date) -> list[str]:
        """Return the names of the files to read: those of the partitions from `since` on."""
        return list_files(self.store, "paragraphs", since)

    def keys(self, name: str) -> Iterator[KnownKeys]:
        """Yield the keys of the rows of a file."""
        for first, table in key_columns(self.store, "paragraphs", name, _PARAGRAPH_COLUMNS):
            # `duplicate_of` never names another duplicate, so copies connect nothing.
            canonical = np.flatnonzero(pc.is_null(table["duplicate_of"]).to_numpy())
            found = [
                paragraph_keys(*keys) for keys in self._keys(name, first, table.take(pa.array(canonical)), canonical)
            ]
            yield _known_keys(canonical + first, [node for node, _ in found], [keys for _, keys in found])

    def _keys(self, name: str, first: int, taken: pa.Table, rows: npt.NDArray[np.intp]) -> Sequence[tuple[str, bytes]]:
        """Return the fingerprints and band keys of some rows; those of an older format are made anew from the text."""
        near_keys = (keys or b"" for keys in taken["near_keys"].to_pylist())
        keys = list(zip(taken["fingerprint"].to_pylist(), near_keys, strict=True))
        # Rows without a number are of the first format.
        old = np.flatnonzero(pc.not_equal(pc.fill_null(taken["key_format"], 0), KEY_FORMAT).to_numpy())
        texts = [paragraph.text for paragraph in self.read(name, (rows[old] + first).tolist())] if len(old) else []
        for place, made in zip(old.tolist(), current_keys(texts), strict=True):
            keys[place] = made
        return keys

    def read(self, name: str, rows: Sequence[int]) -> list[KnownParagraph]:
        """Return some rows of a file, in their order."""
        return paragraphs_at(self.store, name, rows)


def _known_keys(rows: npt.NDArray[np.intp], nodes: Sequence[int], keys: Sequence[Hashes]) -> KnownKeys:
    owners = np.repeat(np.array(nodes, np.uint64), [len(each) for each in keys])
    flat = np.fromiter(chain.from_iterable(keys), np.uint64, len(owners))
    return KnownKeys(rows.astype(np.uint64), np.array(nodes, np.uint64), flat, owners)
