"""GroupConnected: brings together the records of a job that can influence each other's decisions, and no others.

    new records ----+-> keys by shard -> links -> one key: labels of components --+
                    |                                                             v
                    +-> records by shard of their node ------------------> records with their label -> groups
    files of rows --+-> keys by shard, places by shard of their node               | places with a label
                                                                                   +-> rows read again, by file

No step holds more than a shard of the records; the one that sees all links has 16 bytes a link. Rows that earlier runs
wrote are never elements: their keys travel as arrays, and only rows in a component with new records are read. A shard
or a component may have any number of records, so what many of one key have in common is set aside (`set_aside.py`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol, TypeVar

import apache_beam as beam
import numpy as np
from apache_beam.pvalue import TaggedOutput

from newsbeam.transforms.dedup.connected import (
    HASH_BYTES,
    Hashes,
    KeyArrays,
    Labels,
    array_of,
    find_links,
    label_components,
    labels_of,
    shards_of,
    split_by_shard,
    unique_links,
    unique_pairs,
)
from newsbeam.transforms.runtime.outputs import in_global_window, with_outputs
from newsbeam.transforms.runtime.packing import ONE_KEY
from newsbeam.transforms.runtime.set_aside import Aside, PackAside, pack, unpack

KEY_SHARDS = 64
"""Parts of the keys. One worker holds the keys of a part: 16 bytes each, 21 of them a paragraph."""

RECORD_SHARDS = 512
"""Parts of the records. One worker holds the records of a part."""

PACKED_RECORDS = 8_192
"""Records whose keys a step collects before it passes them on."""

PACKED_LINKS = 1_000_000
"""Links that a step collects before it passes them on, of 16 bytes each."""

K = TypeVar("K")

RECORDS, KNOWN, LINKED, LABELS, KEYS, PLACES = "records", "known", "linked", "labels", "keys", "places"


@dataclass(frozen=True)
class Group:
    """Records that are decided together.

    Attributes:
        new: Records of this job.
        known: The rows of earlier runs that they are connected with.
    """

    new: Sequence[Any]
    known: Sequence[Any] = ()


@dataclass(frozen=True)
class KnownKeys:
    """The keys of some rows of one file.

    Attributes:
        rows: Their numbers in the file.
        nodes: The node of each.
        keys, owners: All their keys, and the node that each belongs to.
    """

    rows: Hashes
    nodes: Hashes
    keys: Hashes
    owners: Hashes


class KnownRows(Protocol[K]):
    """Where the rows of earlier runs are read, on workers."""

    def files(self, since: Any) -> list[str]:
        """Return the names of the files to read, given what `GroupConnected` got for it."""

    def keys(self, name: str) -> Iterator[KnownKeys]:
        """Yield the keys of the rows of a file."""

    def read(self, name: str, rows: Sequence[int]) -> list[K]:
        """Return the records of some rows of a file, in their order."""


@dataclass(frozen=True)
class Places:
    """Where rows with some nodes are: arrays of uint64 as bytes, of equal length."""

    file: str
    nodes: bytes
    rows: bytes


@dataclass(frozen=True)
class _Known:
    """A row of an earlier run, on its way to its group."""

    record: Any


@dataclass
class GroupConnected(beam.PTransform):
    """Groups records that share a key, directly or through others, and adds the rows of earlier runs that share one.

    Input: a bounded PCollection of records, and one element for `KnownRows.files`. Output: `Group`, each record in
    exactly one, in no particular order. Keys: shards of keys, one for all links, shards of nodes, components. Delivery:
    groups depend on the records alone.

    Attributes:
        identify: Returns the node of a record, and its keys; records with one node are in one group.
        known: The rows of earlier runs; picklable.
        aside: Where packs are kept that are too large for an element.
    """

    identify: Callable[[Any], tuple[int, Hashes]]
    known: KnownRows[Any]
    aside: Aside

    def expand(self, inputs: Any) -> beam.PCollection[Group]:
        records, since = inputs
        identify = _IdentifyFn(self.identify, self.aside)
        new = records | with_outputs("Identify", identify, KEYS, main=RECORDS, keyed=(KEYS, RECORDS))
        known = (
            since
            | "ListKnown" >> beam.FlatMap(lambda each, known: known.files(each), self.known).with_output_types(str)
            # Else fused with what precedes, whose one element is on one worker.
            | "SpreadKnown" >> beam.Reshuffle()
            | with_outputs("ReadKeys", _ReadKeysFn(self.known, self.aside), KEYS, main=PLACES, keyed=(KEYS, PLACES))
        )
        labels = (
            _by_key("Keys", new[KEYS], known[KEYS])
            | "FindLinks" >> beam.FlatMap(_links, self.aside).with_output_types(tuple[str, Any])
            | "PackLinks" >> PackAside(self.aside, _number_of_links, PACKED_LINKS)
            | "GatherLinks" >> beam.GroupByKey()
            | "Label" >> beam.FlatMap(_labels, self.aside).with_output_types(tuple[str, Any])
        )
        records = new[RECORDS] | "PackRecords" >> PackAside(self.aside)
        placed = _by_key("Nodes", records, known[PLACES], labels)
        connect = _ConnectFn(self.identify, self.aside)
        found = placed | with_outputs("Connect", connect, LINKED, KNOWN, main=RECORDS, keyed=(LINKED, KNOWN))
        hits = (
            found[KNOWN]
            | "PackHits" >> PackAside(self.aside, len)
            | "GroupHits" >> beam.GroupByKey()
            | "ReadKnown" >> beam.FlatMap(_read_known, self.known, self.aside).with_output_types(tuple[str, Any])
            | "PackKnown" >> PackAside(self.aside)
        )
        linked = found[LINKED] | "PackLinked" >> PackAside(self.aside)
        groups = _by_key("Linked", linked, hits) | "MakeGroups" >> beam.Map(_make_group, self.aside)
        return (found[RECORDS], groups) | "FlattenGroups" >> beam.Flatten()


def _by_key(label: str, *collections: beam.PCollection[tuple[str, Any]]) -> Any:
    return collections | f"Flatten{label}" >> beam.Flatten() | f"Group{label}" >> beam.GroupByKey()


def shard_key(shard: int) -> str:
    """Return the key of a shard."""
    return f"{shard:04}"


class _IdentifyFn(beam.DoFn):
    """Emits records by shard of their nodes, and their keys as arrays by shard of the keys."""

    def __init__(self, identify: Callable[[Any], tuple[int, Hashes]], aside: Aside):
        self._identify = identify
        self._aside = aside

    def start_bundle(self) -> None:
        self._records: list[Any] = []
        self._nodes: list[int] = []
        self._keys: list[Hashes] = []

    def process(self, record: Any) -> Iterator[Any]:
        node, keys = self._identify(record)
        self._records.append(record)
        self._nodes.append(node)
        self._keys.append(keys)
        if len(self._records) >= PACKED_RECORDS:
            yield from self._flush()

    def finish_bundle(self) -> Iterator[Any]:
        yield from in_global_window(self._flush())

    def _flush(self) -> Iterator[Any]:
        records, nodes, keys = self._records, np.array(self._nodes, np.uint64), self._keys
        self.start_bundle()
        if not records:
            return
        owners = np.repeat(nodes, [len(each) for each in keys])
        # Once: of a line that is in every story thousands of copies would have all their keys in a few shards.
        yield from _keys_by_shard(*unique_pairs(np.concatenate(keys), owners), self._aside, known=False)
        for shard, record in zip(shards_of(nodes, RECORD_SHARDS).tolist(), records, strict=True):
            yield shard_key(shard), record


def _keys_by_shard(keys: Hashes, owners: Hashes, aside: Aside, *, known: bool) -> Iterator[TaggedOutput]:
    for shard, some, nodes in split_by_shard(KEY_SHARDS, keys, owners):
        arrays = KeyArrays(some.tobytes(), nodes.tobytes(), known)
        yield TaggedOutput(KEYS, (shard_key(shard), pack([arrays], aside)))


class _ReadKeysFn(beam.DoFn):
    def __init__(self, known: KnownRows[Any], aside: Aside):
        self._known = known
        self._aside = aside

    def process(self, file: str) -> Iterator[Any]:
        for found in self._known.keys(file):
            yield from _keys_by_shard(found.keys, found.owners, self._aside, known=True)
            for shard, nodes, rows in split_by_shard(RECORD_SHARDS, found.nodes, found.rows):
                yield shard_key(shard), pack([Places(file, nodes.tobytes(), rows.tobytes())], self._aside)


def _links(element: tuple[str, Iterable[Any]], aside: Aside) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
    left, right = find_links(unpack(element[1], aside))
    if len(left):
        yield ONE_KEY, (left.tobytes(), right.tobytes())


def _number_of_links(links: tuple[bytes, bytes]) -> int:
    return len(links[0]) // HASH_BYTES


def _labels(element: tuple[str, Iterable[Any]], aside: Aside) -> Iterator[tuple[str, Any]]:
    pairs: list[tuple[bytes, bytes]] = list(unpack(element[1], aside))
    left, right = (array_of(b"".join(pair[side] for pair in pairs)) for side in (0, 1))
    nodes, labels = label_components(*unique_links(left, right))
    for shard, some, theirs in split_by_shard(RECORD_SHARDS, nodes, labels):
        yield shard_key(shard), pack([Labels(some.tobytes(), theirs.tobytes())], aside)


class _ConnectFn(beam.DoFn):
    """Emits the records of a shard with their labels; those without a label as groups of one node."""

    def __init__(self, identify: Callable[[Any], tuple[int, Hashes]], aside: Aside):
        self._identify = identify
        self._aside = aside

    def process(self, element: tuple[str, Iterable[Any]]) -> Iterator[Any]:
        shard = _Shard()
        for each in unpack(element[1], self._aside):
            shard.add(each)
        nodes = [self._identify(record)[0] for record in shard.records]
        labels = labels_of(np.unique(np.array(nodes, np.uint64)), shard.labels)
        by_node: dict[int, list[Any]] = defaultdict(list)
        for node, record in zip(nodes, shard.records, strict=True):
            by_node[node].append(record)
        for node, records in by_node.items():
            if node in labels:
                key = _label_key(labels[node])
                yield from (TaggedOutput(LINKED, (key, record)) for record in records)
            else:
                yield Group(records)
        yield from _hits(shard)


@dataclass
class _Shard:
    """What arrives for one shard of nodes."""

    records: list[Any] = field(default_factory=list)
    labels: list[Labels] = field(default_factory=list)
    places: list[Places] = field(default_factory=list)

    def add(self, each: Any) -> None:
        match each:
            case Labels():
                self.labels.append(each)
            case Places():
                self.places.append(each)
            case _:
                self.records.append(each)


def _hits(shard: _Shard) -> Iterator[TaggedOutput]:
    """Yield for each file the rows that are in a component with new records, with its label."""
    for places in shard.places:
        nodes = array_of(places.nodes)
        labels = labels_of(np.unique(nodes), shard.labels)
        hits = [
            (row, labels[node])
            for node, row in zip(nodes.tolist(), array_of(places.rows).tolist(), strict=True)
            if node in labels
        ]
        if hits:
            yield TaggedOutput(KNOWN, (places.file, hits))


def _read_known(element: tuple[str, Iterable[Any]], known: Any, aside: Aside) -> Iterator[tuple[str, _Known]]:
    file, packs = element
    hits = sorted(set(chain.from_iterable(unpack(packs, aside))))
    records = known.read(file, [row for row, _ in hits])
    for (_, label), record in zip(hits, records, strict=True):
        yield _label_key(label), _Known(record)


def _label_key(label: int) -> str:
    return f"{label:016x}"


def _make_group(element: tuple[str, Iterable[Any]], aside: Aside) -> Group:
    new: list[Any] = []
    known: dict[Any, None] = {}
    for each in unpack(element[1], aside):
        if isinstance(each, _Known):
            known[each.record] = None  # once: during a compaction a row can be read twice
        else:
            new.append(each)
    return Group(new, list(known))


def keys_of(node: int, *keys: int) -> tuple[int, Hashes]:
    """Return a node and its keys as `GroupConnected.identify` does."""
    return node, np.array(keys, np.uint64)
