"""The keyed index, with state in lists: the cached index has what one rebuilt from the bags would have."""

import copy
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newsbeam.transforms.dedup.keyed_index import BAGS, ITEMS_FORMAT, PACK_ITEMS, KeyedIndex, Session
from newsbeam.transforms.runtime.state import decode
from testing.fake_state import FakeBag, FakeValue

START = datetime(2026, 11, 24, tzinfo=UTC)
WINDOW = timedelta(days=30)
BUCKET = WINDOW / 3


class State:
    """The state of one key, as an engine keeps it."""

    def __init__(self) -> None:
        self.head = FakeValue()
        self.bags = [FakeBag() for _ in range(BAGS)]

    def items(self) -> list[Any]:
        """Return the items of the bags, in the order in which they were added."""
        packs = sorted(decode("items", ITEMS_FORMAT, pack) for bag in self.bags for pack in bag.content)
        return [value for _, items in packs for (value,) in items]


@dataclass(frozen=True)
class Item:
    value: Any


class ItemList(list):
    """An index that keeps the order."""

    def add(self, item: Item) -> None:
        self.append(item.value)


def make_index(
    max_items: int = 10**9, bootstrap: Callable[[str], Iterable[Any]] | None = None
) -> KeyedIndex[Any, ItemList]:
    return KeyedIndex("items", Item, WINDOW, ItemList, max_items, bootstrap and (lambda key: map(Item, bootstrap(key))))


def add_items(
    index: KeyedIndex[Any, ItemList], state: State, now: datetime, *items: Any, key: str = "k"
) -> Session[ItemList]:
    session = index.open(key, now, state.head, state.bags)
    for item in items:
        session.index.add(Item(item))
    index.close(session, [Item(item) for item in items])
    return session


def known(index: KeyedIndex[Any, ItemList], state: State, now: datetime) -> list[Any]:
    return list(add_items(index, state, now).index)


@pytest.mark.parametrize("seed", range(30))
def test_the_index_has_the_items_of_the_bags(seed: int) -> None:
    """With bundles that commit, bundles that fail in or after a decision, restored checkpoints and keys that move."""
    chance = random.Random(seed)
    workers = [make_index(max_items=20) for _ in range(3)]
    state, now, snapshots, number = State(), START, [], 0
    for _ in range(300):
        now += timedelta(days=chance.choice([0, 0, 0, 0.1, 3, -0.5, chance.choice([0, 0, 35, 300])]))
        worker, before = chance.choice(workers), copy.deepcopy(state)
        # A server may answer differently when a bundle is retried: equal numbers, other items.
        items = [(number + each, chance.random()) for each in range(chance.choice([0, 1, 3]))]
        session = worker.open("k", now, state.head, state.bags)
        assert list(session.index) == state.items()
        match chance.choice(["commit"] * 5 + ["fail", "lose", "restore"]):
            case "fail":
                session.index.extend(items[:1])
                state = before
                continue
            case kind:
                session.index.extend(items)
                worker.close(session, list(map(Item, items)))
        assert session.size == len(state.items())
        if kind == "lose":
            state = before
        elif kind == "restore" and snapshots:
            state, number = copy.deepcopy(chance.choice(snapshots))
        else:
            number += len(items)
            snapshots.append(copy.deepcopy((state, number)))


def test_no_stale_index_after_a_rollback() -> None:
    """Two workers write as many items, but other ones, after one checkpoint; the key returns to the first worker."""
    first, second, state = make_index(), make_index(), State()
    add_items(first, state, START, "a")
    checkpoint = copy.deepcopy(state)
    add_items(first, state, START, ("b", "as it was"))
    state = checkpoint
    add_items(second, state, START, ("b", "as it is now"))
    assert known(first, state, START) == ["a", ("b", "as it is now")]


def test_an_index_is_built_once_and_cached() -> None:
    made = []
    index: KeyedIndex[Any, ItemList] = KeyedIndex("items", Item, WINDOW, lambda: made.append(1) or ItemList(), 100)
    state = State()
    for number in range(50):
        add_items(index, state, START, number)
    assert len(made) == 1
    assert known(index, state, START + BUCKET) == list(range(50))
    assert len(made) == 2


@pytest.mark.parametrize("offset", [0, 0.25, 0.5, 0.99])
def test_items_stay_for_at_least_a_window_and_at_most_four_thirds_of_it(offset: float) -> None:
    index, state = make_index(), State()
    now = START + BUCKET * offset
    for hour in range(0, 24 * 90, 7):
        at = now + timedelta(hours=hour)
        found = known(index, state, at)
        assert set(found) >= {each for each in range(0, hour, 7) if now + timedelta(hours=each) > at - WINDOW}
        assert all(now + timedelta(hours=each) > at - WINDOW * 4 / 3 for each in found)
        add_items(index, state, at, hour)


@pytest.mark.parametrize(("buckets", "kept"), [(1, ["a", "b"]), (3, ["a", "b"]), (4, ["b"]), (5, []), (1000, [])])
def test_a_jump_over_many_buckets_removes_expired_items(buckets: int, kept: list[str]) -> None:
    index, state = make_index(), State()
    add_items(index, state, START, "a")
    add_items(index, state, START + BUCKET, "b")
    later = START + BUCKET * (1 + max(0, buckets - 1)) if buckets > 1 else START + BUCKET
    assert known(index, state, later) == kept
    assert known(make_index(), state, later) == kept
    assert sum(len(bag.content) for bag in state.bags) == len(kept)


def test_a_clock_that_goes_back_loses_nothing() -> None:
    index, state = make_index(), State()
    for number, days in enumerate([0, 11, 9, 10, 12, 8]):
        add_items(index, state, START + timedelta(days=days), number)
    assert known(index, state, START + timedelta(days=12)) == list(range(6))
    assert known(index, state, START + timedelta(days=37)) == list(range(6))


def test_a_full_bag_evicts_the_oldest() -> None:
    index, state = make_index(max_items=10), State()
    evicted = sum(add_items(index, state, START, number).evicted for number in range(99))
    kept = known(index, state, START)
    assert kept == list(range(99 - len(kept), 99))
    assert 3 * 10 <= len(kept) <= BAGS * 10
    assert evicted == 99 - len(kept)
    assert known(make_index(), state, START) == kept


def test_expired_items_are_not_counted_as_evicted() -> None:
    index, state = make_index(), State()
    assert not sum(add_items(index, state, START + BUCKET * each, each).evicted for each in range(20))


def test_keys_are_independent() -> None:
    index, states = make_index(), {"a": State(), "b": State()}
    for number in range(10):
        for key, state in states.items():
            add_items(index, state, START, f"{key}{number}", key=key)
    assert known(index, states["a"], START)  # with the key "k": rebuilt
    assert states["a"].items() == [f"a{number}" for number in range(10)]


def test_a_warm_start_has_the_items_of_the_output_for_one_window() -> None:
    index, state = (
        make_index(bootstrap=lambda key: [f"{key} {number}" for number in range(2 * PACK_ITEMS + 1)]),
        State(),
    )
    assert len(known(index, state, START)) == 2 * PACK_ITEMS + 1
    assert max(len(decode("items", ITEMS_FORMAT, pack)[1]) for bag in state.bags for pack in bag.content) == PACK_ITEMS
    add_items(index, state, START, "new")
    cold = make_index()
    assert known(cold, state, START + WINDOW)[-2:] == [f"k {2 * PACK_ITEMS}", "new"]
    assert known(cold, state, START + WINDOW * 4 / 3) == []


def test_bootstrap_is_called_once_a_key() -> None:
    asked = []
    index, state = make_index(bootstrap=lambda key: asked.append(key) or []), State()
    for _ in range(3):
        known(index, state, START)
    known(make_index(bootstrap=lambda key: asked.append(key) or []), state, START)
    assert asked == ["k"]


def test_a_warm_start_with_too_much_keeps_the_latest() -> None:
    state = State()
    kept = known(make_index(max_items=10, bootstrap=lambda _: range(95)), state, START)
    assert kept == list(range(55, 95))
    session = add_items(make_index(max_items=10), state, START, "new")
    assert session.evicted == 10  # the oldest bag was evicted
    assert session.index == [*range(65, 95), "new"]
