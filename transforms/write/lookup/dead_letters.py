"""Looks up dead letters in the output, so that one for the same bytes is not written again at each poll."""

from collections.abc import Collection
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsbeam.transforms.ids import digest
from newsbeam.transforms.records import DeadLetter
from newsbeam.transforms.write.parquet import list_files, row_groups
from newsbeam.transforms.write.store import Store

_KEY = ("stage", "error", "message", "source", "uri")


def dead_letter_id(dead_letter: DeadLetter) -> str:
    """Return an id that is equal for dead letters of the same payload, URI and reason."""
    return digest(*(getattr(dead_letter, name) for name in _KEY), dead_letter.payload)


def known_dead_letters(store: Store, uris: Collection[str], since: date) -> set[str]:
    """Return the ids of the dead letters in the output that have one of some URIs.

    Args:
        store: The output.
        uris: The URIs to look up.
        since: The first partition to read.

    Raises:
        OutputFileError: A file is not a complete Parquet file written by newsbeam.
    """
    found: set[str] = set()
    wanted = pa.array(set(uris), pa.string())
    for group in row_groups(store, "dead_letters", list_files(store, "dead_letters", since) if uris else []):
        rows = np.flatnonzero(pc.is_in(group.read(["uri"])["uri"], value_set=wanted).to_numpy())
        if len(rows):
            hits = group.read([*_KEY, "payload"]).take(pa.array(rows))
            found.update(digest(*(row[name] for name in _KEY), row["payload"]) for row in hits.to_pylist())
    return found
