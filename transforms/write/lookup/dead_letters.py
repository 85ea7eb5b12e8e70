"""Looks up dead letters in the output, so that one for the same bytes is not written again at each poll."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsbeam.transforms.ids import DEAD_LETTER_KEY, digest
from newsbeam.transforms.records import KnownDeadLetter
from newsbeam.transforms.write.lookup.lookups import files_before
from newsbeam.transforms.write.parquet import RowGroup, list_files, row_groups
from newsbeam.transforms.write.store import Store

_ROWS_AT_ONCE = 100  # payloads may have megabytes


def known_dead_letters(store: Store, uris: Collection[str], since: date) -> set[str]:
    """Return the ids of the dead letters in the output that have one of some URIs.

    Args:
        store: The output.
        uris: The URIs to look up.
        since: The first partition to read.

    Raises:
        OutputFileError: A file is not a complete Parquet file written by newsbeam.
    """
    wanted = pa.array(set(uris), pa.string())
    groups = row_groups(store, "dead_letters", list_files(store, "dead_letters", since) if uris else [])
    return {each.id for group in groups for each in _known(group, pc.is_in(group.read(["uri"])["uri"], wanted))}


def dead_letters_since(store: Store, stages: Iterable[str], since: date, until: datetime) -> list[KnownDeadLetter]:
    """Return the dead letters of some stages in the partitions from `since` on that failed before `until`, by day.

    Raises:
        OutputFileError: A file is not a complete Parquet file written by newsbeam.
    """
    wanted = pa.array(stages, pa.string())
    found: list[KnownDeadLetter] = []
    for group in row_groups(store, "dead_letters", files_before(store, "dead_letters", until, since)):
        keys = group.read(["stage", "failed_at"])
        found += _known(group, pc.and_(pc.is_in(keys["stage"], wanted), pc.less(keys["failed_at"], until)))
    return list(dict.fromkeys(found))  # during a compaction a row can be read twice


def _known(group: RowGroup, hit: Any) -> Iterator[KnownDeadLetter]:
    rows = np.flatnonzero(hit.to_numpy())
    if not len(rows):
        return
    # The payloads of hits only: they are most of the table, and few of them are asked for.
    found = group.read([*DEAD_LETTER_KEY, "payload"]).take(pa.array(rows))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        for row in found.slice(start, _ROWS_AT_ONCE).to_pylist():
            yield KnownDeadLetter(digest(*(row[name] for name in DEAD_LETTER_KEY), row["payload"]), row["source"])
