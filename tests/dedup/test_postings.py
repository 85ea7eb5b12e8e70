import random
from collections import defaultdict
from itertools import chain

import numpy as np
import pytest

from newsbeam.transforms.dedup.index.packs import Columns
from newsbeam.transforms.dedup.index.postings import CELLS, HOLDERS, KEY_BITS, Postings


def longs(values: list[int]) -> np.ndarray:
    return np.array(values, np.uint64)


def found_by(postings: Postings, keys: list[int], before: int) -> list[tuple[int, int]]:
    places, slots = postings.find(longs(keys), longs([before] * len(keys)))
    return list(zip(places.tolist(), slots.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_the_last_holders_of_each_cell_are_found_whatever_the_runs(seed: int) -> None:
    chance = random.Random(seed)
    postings, holders = Postings(range(CELLS)), defaultdict(list)
    slot = 0
    for _ in range(60):
        pack = []
        for _ in range(chance.randrange(40)):
            cell = chance.randrange(CELLS)
            for key in chance.sample(range(30), 3):
                pack.append((key, cell, slot))
                holders[key, cell].append(slot)
            slot += 1
        postings.add(*(longs([each[i] for each in pack]) for i in range(3)))
    for before in (slot, slot // 2, 0):
        expected = [
            [(key, each) for cell in range(CELLS) for each in [s for s in holders[key, cell] if s < before][-HOLDERS:]]
            for key in range(30)
        ]
        assert sorted(found_by(postings, list(range(30)), before)) == sorted(chain.from_iterable(expected))
    gone = slot // 3
    postings.forget(gone)
    kept = [(key, each - gone) for (key, _), slots in holders.items() for each in slots if each >= gone]
    assert set(found_by(postings, list(range(30)), slot)) <= set(kept)
    assert postings.nbytes == 8 * len(kept)


def test_nothing_is_found_in_an_empty_index() -> None:
    assert found_by(Postings([0]), [1, 2], 5) == []
    assert found_by(Postings([0]), [], 5) == []


def test_equal_keys_at_other_positions_are_other_keys() -> None:
    keys = np.array([7, 7, 7, 9], np.uint32)
    columns = Columns(longs([1, 2]), keys, np.array([1, 3]), np.ones(2, np.bool_), ["", ""])
    first, *others = columns.search_keys.tolist()
    assert first == others[0]
    assert len(set(others)) == 3
    assert max(others) < 1 << KEY_BITS
