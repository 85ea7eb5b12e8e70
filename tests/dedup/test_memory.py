"""The memory of a key, with state that is a list: what the index knows is what a new one made of the bags would."""

import copy
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newsbeam.transforms.dedup.memory import BAGS, ITEMS_FORMAT, PACK_ITEMS, Memory, Opened
from newsbeam.transforms.state import decode
from testing.fake_state import FakeBag, FakeValue

START = datetime(2026, 11, 24, tzinfo=UTC)
WINDOW = timedelta(days=30)
THIRD = WINDOW / 3


class State:
    """The state of one key, as an engine keeps it."""

    def __init__(self) -> None:
        self.head = FakeValue()
        self.bags = [FakeBag() for _ in range(BAGS)]

    def items(self) -> list[Any]:
        """All that is in the bags, in the order in which it was added."""
        packs = sorted(decode("items", ITEMS_FORMAT, pack) for bag in self.bags for pack in bag.content)
        return [value for _, items in packs for (value,) in items]


@dataclass(frozen=True)
class Item:
    value: Any


class Learned(list):
    """An index that keeps the order."""

    def add(self, item: Item) -> None:
        self.append(item.value)


def make_memory(most: int = 10**9, warm: Callable[[str], Iterable[Any]] | None = None) -> Memory[Any, Learned]:
    return Memory("items", Item, WINDOW, Learned, most, warm and (lambda key: map(Item, warm(key))))


def remember(memory: Memory[Any, Learned], state: State, now: datetime, *items: Any, key: str = "k") -> Opened[Learned]:
    opened = memory.open(key, now, state.head, state.bags)
    for item in items:
        opened.index.add(Item(item))
    memory.close(opened, [Item(item) for item in items])
    return opened


def known(memory: Memory[Any, Learned], state: State, now: datetime) -> list[Any]:
    return list(remember(memory, state, now).index)


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happens_the_index_is_what_the_bags_hold(seed: int) -> None:
    """Bundles that commit, bundles that fail after or within a decision, restored checkpoints, keys that move."""
    chance = random.Random(seed)
    workers = [make_memory(most=20) for _ in range(3)]
    state, now, snapshots, number = State(), START, [], 0
    for _ in range(300):
        now += timedelta(days=chance.choice([0, 0, 0, 0.1, 3, -0.5, chance.choice([0, 0, 35, 300])]))
        worker, before = chance.choice(workers), copy.deepcopy(state)
        # A server may have changed since the attempt that is repeated: equal numbers, other items.
        items = [(number + each, chance.random()) for each in range(chance.choice([0, 1, 3]))]
        opened = worker.open("k", now, state.head, state.bags)
        assert list(opened.index) == state.items()
        match chance.choice(["commit"] * 5 + ["fail", "lose", "restore"]):
            case "fail":
                opened.index.extend(items[:1])
                state = before
                continue
            case kind:
                opened.index.extend(items)
                worker.close(opened, list(map(Item, items)))
        assert opened.size == len(state.items())
        if kind == "lose":
            state = before
        elif kind == "restore" and snapshots:
            state, number = copy.deepcopy(chance.choice(snapshots))
        else:
            number += len(items)
            snapshots.append(copy.deepcopy((state, number)))


def test_a_history_that_forks_after_a_rollback_gives_no_stale_index() -> None:
    """Two workers write alike after one checkpoint, but not equal things; the key comes back to the first."""
    first, second, state = make_memory(), make_memory(), State()
    remember(first, state, START, "a")
    checkpoint = copy.deepcopy(state)
    remember(first, state, START, ("b", "as it was"))
    state = checkpoint
    remember(second, state, START, ("b", "as it is now"))
    assert known(first, state, START) == ["a", ("b", "as it is now")]


def test_an_index_is_made_once_and_then_kept() -> None:
    made = []
    memory: Memory[Any, Learned] = Memory("items", Item, WINDOW, lambda: made.append(1) or Learned(), 100)
    state = State()
    for number in range(50):
        remember(memory, state, START, number)
    assert len(made) == 1
    assert known(memory, state, START + THIRD) == list(range(50))
    assert len(made) == 2


@pytest.mark.parametrize("offset", [0, 0.25, 0.5, 0.99])
def test_what_is_younger_than_the_window_stays_and_nothing_is_older_than_four_thirds(offset: float) -> None:
    memory, state = make_memory(), State()
    now = START + THIRD * offset
    for hour in range(0, 24 * 90, 7):
        at = now + timedelta(hours=hour)
        found = known(memory, state, at)
        assert set(found) >= {each for each in range(0, hour, 7) if now + timedelta(hours=each) > at - WINDOW}
        assert all(now + timedelta(hours=each) > at - WINDOW * 4 / 3 for each in found)
        remember(memory, state, at, hour)


@pytest.mark.parametrize(("thirds", "left"), [(1, ["a", "b"]), (3, ["a", "b"]), (4, ["b"]), (5, []), (1000, [])])
def test_a_jump_over_many_thirds_forgets_what_is_too_old(thirds: int, left: list[str]) -> None:
    memory, state = make_memory(), State()
    remember(memory, state, START, "a")
    remember(memory, state, START + THIRD, "b")
    later = START + THIRD * (1 + max(0, thirds - 1)) if thirds > 1 else START + THIRD
    assert known(memory, state, later) == left
    assert known(make_memory(), state, later) == left
    assert sum(len(bag.content) for bag in state.bags) == len(left)


def test_a_clock_that_goes_back_loses_nothing() -> None:
    memory, state = make_memory(), State()
    for number, days in enumerate([0, 11, 9, 10, 12, 8]):
        remember(memory, state, START + timedelta(days=days), number)
    assert known(memory, state, START + timedelta(days=12)) == list(range(6))
    assert known(memory, state, START + timedelta(days=37)) == list(range(6))


def test_a_full_bag_makes_room_by_forgetting_the_oldest() -> None:
    memory, state = make_memory(most=10), State()
    forgotten = sum(remember(memory, state, START, number).forgotten for number in range(99))
    left = known(memory, state, START)
    assert left == list(range(99 - len(left), 99))
    assert 3 * 10 <= len(left) <= BAGS * 10
    assert forgotten == 99 - len(left)
    assert known(make_memory(), state, START) == left


def test_what_leaves_in_time_is_not_counted_as_forgotten() -> None:
    memory, state = make_memory(), State()
    assert not sum(remember(memory, state, START + THIRD * each, each).forgotten for each in range(20))


def test_keys_know_nothing_of_each_other() -> None:
    memory, states = make_memory(), {"a": State(), "b": State()}
    for number in range(10):
        for key, state in states.items():
            remember(memory, state, START, f"{key}{number}", key=key)
    assert known(memory, states["a"], START)  # with the key "k": made anew
    assert states["a"].items() == [f"a{number}" for number in range(10)]


def test_a_warm_start_knows_what_is_written_until_a_window_from_now() -> None:
    memory, state = make_memory(warm=lambda key: [f"{key} {number}" for number in range(2 * PACK_ITEMS + 1)]), State()
    assert len(known(memory, state, START)) == 2 * PACK_ITEMS + 1
    assert max(len(decode("items", ITEMS_FORMAT, pack)[1]) for bag in state.bags for pack in bag.content) == PACK_ITEMS
    remember(memory, state, START, "new")
    cold = make_memory()
    assert known(cold, state, START + WINDOW)[-2:] == [f"k {2 * PACK_ITEMS}", "new"]
    assert known(cold, state, START + WINDOW * 4 / 3) == []


def test_a_warm_start_is_once_a_key() -> None:
    asked = []
    memory, state = make_memory(warm=lambda key: asked.append(key) or []), State()
    for _ in range(3):
        known(memory, state, START)
    known(make_memory(warm=lambda key: asked.append(key) or []), state, START)
    assert asked == ["k"]


def test_a_warm_start_with_too_much_keeps_the_latest() -> None:
    state = State()
    left = known(make_memory(most=10, warm=lambda _: range(95)), state, START)
    assert left == list(range(55, 95))
    opened = remember(make_memory(most=10), state, START, "new")
    assert opened.forgotten == 10  # the oldest bag made room
    assert opened.index == [*range(65, 95), "new"]
