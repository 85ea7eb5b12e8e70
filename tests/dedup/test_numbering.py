"""What a stream remembers: for a window, within a memory, in bags that are cleared before they are used again."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from newsbeam.transforms.dedup.index.numbering import (
    BAGS,
    WARM_BAGS,
    Bounds,
    PackNumber,
    decode_numbering,
    encode_numbering,
    number_pack,
    start,
)

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
WINDOW = timedelta(days=8)


def numbers(bounds: Bounds, packs: list[tuple[datetime, int, int]], *, warm: bool = False) -> list[PackNumber]:
    numbering, found = start(bounds, 4, packs[0][0], warm=warm), []
    for pack in packs:
        numbering, number = number_pack(decode_numbering(encode_numbering(numbering)), bounds, *pack)
        found.append(number)
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("memory", [7_000, 7_000_000])
def test_bags_are_cleared_before_they_are_used_again_and_hold_the_window_or_the_memory(seed: int, memory: int) -> None:
    chance = random.Random(seed)
    bounds, packs, now = Bounds(WINDOW, memory), [], NOW
    for _ in range(2_000):
        now += timedelta(minutes=chance.choice([1, 10, 200]))
        packs.append((now, chance.randrange(50), chance.randrange(chance.choice([20, 900]))))
    found = numbers(bounds, packs)
    assert [each.number for each in found] == list(range(2_000))
    held = 0
    for number, each in enumerate(found):
        assert each.bag - each.oldest_bag < BAGS
        live = [place for place in range(number) if found[place].bag >= each.oldest_bag]
        remembered = sum(packs[place][2] for place in live)
        assert remembered <= memory + memory // 7 + 900
        young = [place for place in range(number) if packs[place][0] >= packs[number][0] - WINDOW]
        assert set(young) <= set(live) or memory == 7_000
        held += remembered > 5_000
        assert all(packs[place][0] >= packs[number][0] - WINDOW * 9 / 8 for place in live)
    assert held


def test_a_warm_start_has_bags_for_what_is_loaded() -> None:
    bounds = Bounds(WINDOW, 7_000)
    first, *_, last = numbers(bounds, [(NOW, 1, 1_000)] * 40, warm=True)
    assert (first.bag, first.oldest_bag, first.oldest) == (WARM_BAGS, 0, 0)
    assert last.oldest_bag > WARM_BAGS


def test_a_clock_that_goes_back_changes_nothing() -> None:
    bounds = Bounds(WINDOW, 7_000)
    found = numbers(bounds, [(NOW - timedelta(days=day), 1, 10) for day in (0, 40, 0, 3)])
    assert {each.bag for each in found} == {0}
