"""Similar entries, against the definition: cosine of word weights times their inverse document frequency."""

import math
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from newsbeam.transforms.dedup.relations.word_index import COMMON_SHARE, MIN_COMMON, WordIndex

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
GAP = timedelta(days=14)


def keys(words: dict[int, int]) -> bytes:
    return b"\x01" + b"".join(key.to_bytes(4, "little") + bytes((weight, 0)) for key, weight in words.items())


def cosine(one: dict[int, int], other: dict[int, int], counts: Counter[int], entries: int) -> float:
    most = max(MIN_COMMON, COMMON_SHARE * entries)

    def rarity(key: int) -> float:
        return math.log((entries + 300) / (counts[key] + 1)) if counts[key] + 1 <= most else 0.0

    left, right = ({key: weight * rarity(key) for key, weight in each.items()} for each in (one, other))
    length = math.hypot(*left.values()) * math.hypot(*right.values())
    return sum(value * right.get(key, 0.0) for key, value in left.items()) / length if length else 0.0


@pytest.mark.parametrize("seed", range(3))
def test_similarity_is_the_cosine_of_what_has_been_added_so_far(seed: int) -> None:
    chance = random.Random(seed)
    index, added, counts = WordIndex(GAP), [], Counter()
    for number in range(300):
        # Some words are in most entries, and most words in few.
        words = {int(400 * chance.random() ** 3): chance.randrange(1, 9) for _ in range(chance.randrange(1, 40))}
        for entry, similarity in index.similar(NOON, keys(words)):
            assert similarity == pytest.approx(cosine(words, added[entry], counts, number + 1))
        assert index.add(NOON, keys(words)) == number
        added.append(words)
        counts.update(words.keys())


def test_the_most_similar_of_many_entries_is_found() -> None:
    index = WordIndex(GAP)
    for number in range(500):
        index.add(NOON, keys({number: 2, 10_000 + number % 7: 2}))
    found = dict(index.similar(NOON, keys({123: 2, 10_000 + 123 % 7: 2})))
    assert max(found, key=lambda entry: found[entry]) == 123
    assert found[123] == pytest.approx(1)


def test_entries_too_far_apart_and_without_words_are_not_compared() -> None:
    index = WordIndex(GAP)
    words = keys({1: 2, 2: 4})
    assert index.add(NOON, words) == 0
    assert index.add(NOON, b"") is None
    assert [entry for entry, _ in index.similar(NOON + GAP, words)] == [0]
    assert index.similar(NOON + GAP + timedelta(seconds=1), words) == []
    assert index.similar(NOON, b"") == []
    assert index.similar(NOON, keys({3: 2})) == []


def test_words_that_are_counted_elsewhere_are_common_without_entries() -> None:
    index = WordIndex(GAP)
    index.count(1_000, {1: 900, 2: 1})
    index.add(NOON, keys({1: 2, 2: 2}), is_counted=True)
    ((_, similarity),) = index.similar(NOON, keys({1: 4, 2: 2}))
    assert similarity == pytest.approx(1)  # of the word 2 alone
