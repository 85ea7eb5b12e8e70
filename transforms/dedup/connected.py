"""Connected records share a key, directly or through others. Only they can influence each other's decisions.

    node      a record, or all records with the same content: 64 bits of a hash
    key       what two records must share to be compared: a fingerprint, a band, a link; 64 bits as well
    link      two nodes that share a key
    label     the smallest node of a component: equal for all that are connected

Two values with one hash connect records that have nothing in common. This costs time and changes no decision, which is
made on the records themselves. Here are only arrays: 16 bytes a key or link, so that one process can hold the links of
millions of records. Components are found by hooking and pointer jumping (Shiloach and Vishkin, 1982), in a number of
rounds that grows with the logarithm of the longest chain; scipy has the same, at 100 MB installed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

_MIX = np.uint64(0x9E3779B97F4A7C15)  # multiplicative hashing (Knuth 6.4): keys of bands are not evenly distributed
HASH_BYTES = 8


@dataclass(frozen=True)
class KeyArrays:
    """Keys of one shard, with the node of each.

    Attributes:
        keys, nodes: Arrays of uint64 as bytes, of equal length: a runner encodes bytes fastest.
        known: Whether the nodes are rows of earlier runs.
    """

    keys: bytes
    nodes: bytes
    known: bool


@dataclass(frozen=True)
class Labels:
    """The labels of nodes that are linked; arrays of uint64 as bytes, sorted by node."""

    nodes: bytes
    labels: bytes


def hash_of(*parts: str | bytes) -> int:
    """Return 64 bits of a hash of `parts`, the same in every process."""
    state = blake2b(digest_size=HASH_BYTES)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        # The length as well: ("ab", "c") and ("a", "bc") are different parts.
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return int.from_bytes(state.digest(), "little")


def array_of(values: bytes) -> Hashes:
    """Return bytes as the array that they were."""
    return np.frombuffer(values, np.uint64)


def shards_of(values: Hashes, shards: int) -> npt.NDArray[np.uint64]:
    """Return the shard of each value: a power of two of them at most 2**32."""
    mixed: npt.NDArray[np.uint64] = (values * _MIX) >> np.uint64(64 - (shards - 1).bit_length())
    return mixed


def split_by_shard(shards: int, values: Hashes, others: Hashes) -> Iterator[tuple[int, Hashes, Hashes]]:
    """Yield each shard with its part of `values` and of `others`, which belong to them."""
    places = shards_of(values, shards)
    order = np.argsort(places, kind="stable")
    found, starts = np.unique(places[order], return_index=True)
    for shard, part in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
        yield shard, values[part], others[part]


def find_links(packs: Iterable[KeyArrays]) -> tuple[Hashes, Hashes]:
    """Return the links between the nodes of a shard: each node that has a key with the first new node that has it.

    A key that only known rows have gives none. A new node that is known as well is linked with itself.
    """
    packs = list(packs)
    keys = np.concatenate([array_of(pack.keys) for pack in packs])
    nodes = np.concatenate([array_of(pack.nodes) for pack in packs])
    known = np.repeat([pack.known for pack in packs], [len(pack.keys) // HASH_BYTES for pack in packs])
    # By key, new nodes before known ones: the first of a key is a new one, if there is any.
    order = np.lexsort((nodes, known, keys))
    keys, nodes, known = keys[order], nodes[order], known[order]
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    sizes = np.diff(np.append(starts, len(keys)))
    first, has_new = np.repeat(nodes[starts], sizes), np.repeat(~known[starts], sizes)
    linked = has_new & ((first != nodes) | known)
    return unique_links(first[linked], nodes[linked])


def unique_links(left: Hashes, right: Hashes) -> tuple[Hashes, Hashes]:
    """Return each link once, in whatever direction it was found."""
    return unique_pairs(np.minimum(left, right), np.maximum(left, right))


def unique_pairs(left: Hashes, right: Hashes) -> tuple[Hashes, Hashes]:
    """Return each pair of values once, sorted."""
    order = np.lexsort((right, left))
    left, right = left[order], right[order]
    changes = np.concatenate(([True], (left[1:] != left[:-1]) | (right[1:] != right[:-1]))) if len(left) else order > 0
    return left[changes], right[changes]


def label_components(left: Hashes, right: Hashes) -> tuple[Hashes, Hashes]:
    """Return the linked nodes, sorted, and the label of each."""
    nodes, places = np.unique(np.concatenate((left, right)), return_inverse=True)
    a, b = places[: len(left)], places[len(left) :]
    parents = np.arange(len(nodes))
    while True:
        before = parents.copy()
        lowest = np.minimum(parents[a], parents[b])
        # `at`, since one root is in many links: of plain assignments the last one would count.
        np.minimum.at(parents, before[a], lowest)
        np.minimum.at(parents, before[b], lowest)
        # Without the jumps a chain of n nodes would take n rounds.
        while not np.array_equal(jumped := parents[parents], parents):
            parents = jumped
        if np.array_equal(parents, before):
            return nodes, nodes[parents]


def labels_of(nodes: Hashes, labels: Iterable[Labels]) -> dict[int, int]:
    """Return the label of each of `nodes` that has one."""
    labels = list(labels)
    if not labels:
        return {}
    known = np.concatenate([array_of(each.nodes) for each in labels])
    values = np.concatenate([array_of(each.labels) for each in labels])
    order = np.argsort(known)
    known, values = known[order], values[order]
    places = np.searchsorted(known, nodes).clip(max=len(known) - 1)
    hits = known[places] == nodes
    return dict(zip(nodes[hits].tolist(), values[places[hits]].tolist(), strict=True))
