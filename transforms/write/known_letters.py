"""Dead letters that are written already: what was said of the same bytes needn't be said again at each poll."""

from collections.abc import Collection
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsbeam.transforms.ids import digest
from newsbeam.transforms.records import DeadLetter
from newsbeam.transforms.write.parquet import list_files, row_groups
from newsbeam.transforms.write.store import Store

_SAID = ("stage", "error", "message", "source", "uri")


def letter_id(letter: DeadLetter) -> str:
    """Return what two dead letters have in common that say the same of the same bytes from the same place."""
    return digest(*(getattr(letter, name) for name in _SAID), letter.payload)


def known_letters(store: Store, uris: Collection[str], since: date) -> set[str]:
    """Return the ids of the dead letters of some places that are written.

    Args:
        store: The output.
        uris: The places.
        since: The first partition to look into.

    Raises:
        OutputFileError: If a file isn't a complete file of newsbeam's.
    """
    found: set[str] = set()
    wanted = pa.array(set(uris), pa.string())
    for group in row_groups(store, "dead_letters", list_files(store, "dead_letters", since) if uris else []):
        rows = np.flatnonzero(pc.is_in(group.read(["uri"])["uri"], value_set=wanted).to_numpy())
        if len(rows):
            hits = group.read([*_SAID, "payload"]).take(pa.array(rows))
            found.update(digest(*(row[name] for name in _SAID), row["payload"]) for row in hits.to_pylist())
    return found
