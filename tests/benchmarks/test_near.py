"""The search for all similar pairs leaves none out."""

import random
from itertools import combinations

from benchmarks.near import similar_pairs


def test_prefix_filtering_finds_what_a_comparison_of_all_pairs_finds() -> None:
    chance = random.Random(6)
    words = [f"w{number}" for number in range(40)]
    sets = [
        frozenset(words[int(40 * chance.random() ** 2)] for _ in range(chance.randrange(1, 12))) for _ in range(200)
    ]
    for least in (0.4, 0.6, 1.0):
        expected = {
            (a, b)
            for (a, one), (b, other) in combinations(enumerate(sets), 2)
            if len(one & other) >= least * len(one | other)
        }
        found = similar_pairs(sets, least)
        assert len(found) == len(set(found))
        assert {(min(pair), max(pair)) for pair in found} == expected
        assert expected
