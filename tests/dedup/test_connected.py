"""Connected records: links of keys, and components of links, against a plain search."""

import random
from collections import defaultdict

import numpy as np

from newsbeam.transforms.dedup.connected import (
    KeyArrays,
    Labels,
    find_links,
    hash_of,
    label_components,
    labels_of,
    shards_of,
    split_by_shard,
)


def _arrays(pairs: list[tuple[int, int]], known: bool = False) -> KeyArrays:
    """(key, node) pairs as arrays."""
    keys, nodes = (np.array([pair[side] for pair in pairs], np.uint64).tobytes() for side in (0, 1))
    return KeyArrays(keys, nodes, known)


def _links(*packs: KeyArrays) -> set[tuple[int, int]]:
    left, right = find_links(packs)
    return set(zip(left.tolist(), right.tolist(), strict=True))


def test_nodes_with_a_key_in_common_are_linked() -> None:
    assert _links(_arrays([(1, 10), (2, 20)]), _arrays([(1, 30), (3, 40)])) == {(10, 30)}


def test_a_key_of_known_rows_alone_gives_no_link() -> None:
    assert _links(_arrays([(1, 10), (1, 20)], known=True), _arrays([(2, 30)])) == set()


def test_known_rows_are_linked_with_new_ones_also_those_that_are_equal() -> None:
    assert _links(_arrays([(1, 10), (1, 20)], known=True), _arrays([(1, 20)])) == {(10, 20), (20, 20)}


def test_equal_new_records_need_no_link() -> None:
    assert _links(_arrays([(1, 10), (1, 10)])) == set()


def test_components_are_those_of_a_plain_search() -> None:
    numbers = random.Random(5)
    for _ in range(50):
        pairs = [(numbers.randrange(1, 60), numbers.randrange(1, 60)) for _ in range(numbers.randrange(1, 50))]
        left, right = (np.array([pair[side] for pair in pairs], np.uint64) for side in (0, 1))
        nodes, labels = label_components(left, right)
        assert dict(zip(nodes.tolist(), labels.tolist(), strict=True)) == _searched(pairs)


def _searched(pairs: list[tuple[int, int]]) -> dict[int, int]:
    near: dict[int, set[int]] = defaultdict(set)
    for a, b in pairs:
        near[a].add(b)
        near[b].add(a)
    label: dict[int, int] = {}
    for start in sorted(near):
        waiting = [start]
        while waiting:
            node = waiting.pop()
            if node not in label:
                label[node] = start
                waiting += near[node]
    return label


def test_a_long_chain_has_one_label() -> None:
    chain = np.arange(1, 5_000, dtype=np.uint64)
    nodes, labels = label_components(chain, chain + np.uint64(1))
    assert len(nodes) == 5_000
    assert set(labels.tolist()) == {1}


def test_no_links_have_no_labels() -> None:
    nothing = np.zeros(0, np.uint64)
    assert [len(each) for each in label_components(nothing, nothing)] == [0, 0]
    assert labels_of(nothing, []) == {}


def test_labels_are_found_by_node_from_several_arrays() -> None:
    def labels(pairs: dict[int, int]) -> Labels:
        nodes, values = (np.array(list(each), np.uint64).tobytes() for each in (pairs.keys(), pairs.values()))
        return Labels(nodes, values)

    wanted = np.array([1, 5, 7, 2**63], np.uint64)
    assert labels_of(wanted, [labels({5: 4, 9: 4}), labels({1: 1})]) == {1: 1, 5: 4}


def test_shards_are_even_also_for_keys_that_are_not() -> None:
    bands = (np.arange(20, dtype=np.uint64) << np.uint64(32))[:, None] | np.arange(1_000, dtype=np.uint64)
    sizes = np.bincount(shards_of(bands.ravel(), 64).astype(np.int64), minlength=64)
    assert len(sizes) == 64
    assert sizes.max() < 2 * sizes.mean()


def test_each_value_is_in_one_shard_with_its_other() -> None:
    values = np.arange(1_000, dtype=np.uint64)
    parts = list(split_by_shard(8, values, values + np.uint64(7)))
    assert sorted(value for _, some, _ in parts for value in some.tolist()) == values.tolist()
    assert all(((others - some) == 7).all() for _, some, others in parts)


def test_hashes_are_the_same_in_every_process() -> None:
    assert hash_of("fingerprint", "ab") == 17015816169942576115
    assert hash_of("a", "bc") != hash_of("ab", "c")
