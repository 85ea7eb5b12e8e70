"""What a key has seen within a window, in Beam's state, with an index of it in memory.

    state     HEAD   a token that changes with every write, which bag is the newest, when each was begun, its size
              LOG*   the items, appended in packs; a bag for each third of the window, the oldest of which is cleared;
                     an item is a tuple of its record's fields
    memory    the index that decisions look into, and the token that it belongs to

Looking up costs no read but HEAD's, and remembering appends: a stateful element costs the same however much is known,
and a pack of items is one. After a restart, a bundle that failed, or a key that moved, the token in memory is not that
of the state, and the index is made anew from the bags. Each write makes a new random token, never one computed from
what is written: after a rollback, two workers may write alike but not equal things, and an index belongs to one write.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Generic, Protocol, TypeVar

from newsbeam.transforms.state import decode, encode, from_values, to_values

BAGS = 4  # a window is three of them: what is remembered stays for one window at least, four thirds at most
HEAD, HEAD_FORMAT, ITEMS_FORMAT = "index header", 1, 2
PACK_ITEMS = 1_000  # items an addition to a bag at most, so that a warm start is no single message of gigabytes

Item = TypeVar("Item")


class Value(Protocol):
    """A value in state (Beam's ReadModifyWriteState)."""

    def read(self) -> Any:
        """Return the value, None at first."""

    def write(self, value: Any) -> None:
        """Replace it."""


class Bag(Protocol):
    """A bag in state (Beam's BagState)."""

    def read(self) -> Iterable[Any]:
        """Return all that was added."""

    def add(self, value: Any) -> None:
        """Add something."""

    def clear(self) -> None:
        """Remove everything."""


class Index(Protocol):
    """What decisions look into."""

    def add(self, item: Any, /) -> None:
        """Add an item."""


IndexT = TypeVar("IndexT", bound=Index)


@dataclass(frozen=True)
class Head:
    """The state of a key beside its bags.

    Attributes:
        token: Of the last write.
        newest: The number of the newest bag, counted from 0; it is at the place `newest % BAGS`.
        packs: How many packs were ever added: the number of the next.
        begun: For each bag the third of a window in which it was begun, counted from 1970.
        sizes: How many items are in each bag.
    """

    token: str
    newest: int
    packs: int
    begun: tuple[int, ...]
    sizes: tuple[int, ...]


@dataclass
class Opened(Generic[IndexT]):
    """The memory of a key while a decision is taken.

    Attributes:
        index: What it knows; the decision adds what it learns.
        forgotten: Items that left before their time, since a bag was full.
    """

    index: IndexT
    forgotten: int
    _key: str
    _state: Head
    _head: Value
    _bags: Sequence[Bag]

    @property
    def size(self) -> int:
        """How many items are remembered."""
        return sum(self._state.sizes)


@dataclass
class Memory(Generic[Item, IndexT]):
    """The indexes of all keys that a process has met.

    Attributes:
        kind: What the items are called in state.
        item: Their class, a dataclass of plain fields and datetimes.
        window: How long to remember at least.
        make_index: Makes an empty index. Made anew, it is given the items in the order in which they were learned, so
            that it is the same even where that order matters.
        most: Items at which a bag is full, so that the next one is begun early: the oldest is what is forgotten.
        warm: Returns what a key knows before it has seen anything, the earliest first; for a start beside an output
            that is there. It counts as seen now.
    """

    kind: str
    item: type[Item]
    window: timedelta
    make_index: Callable[[], IndexT]
    most: int
    warm: Callable[[str], Iterable[Item]] | None = None
    _known: dict[str, tuple[str, IndexT]] = field(default_factory=dict, init=False, repr=False)

    def open(self, key: str, now: datetime, head: Value, bags: Sequence[Bag]) -> Opened[IndexT]:
        """Return the index of a key, after forgetting what has left the window.

        Give it back with `close`: an index that was changed by a decision that failed is never used again.

        Args:
            key: The key of the state.
            now: When what is decided was fetched; the clock of a bundle that is tried again must not matter.
            head: The state HEAD.
            bags: The states LOG0 to LOG3.
        """
        third = int(now.timestamp() // max(1.0, self.window.total_seconds() / (BAGS - 1)))
        written = head.read()
        forgotten = 0
        if written is None:
            state = self._begin(key, third, bags)
            head.write(encode_head(state))
        else:
            state = decode_head(written)
            if third > _newest(state.begun, state) or _newest(state.sizes, state) >= self.most:
                state, forgotten = _turn(state, third, bags)
                head.write(encode_head(state))
        token, index = self._known.pop(key, ("", None))
        if index is None or token != state.token:
            index = self.make_index()
            # Beam promises nothing about the order of a bag.
            packs = [self._decode_pack(pack) for pack in chain.from_iterable(bag.read() for bag in bags)]
            for _, items in sorted(packs, key=lambda pack: pack[0]):
                for values in items:
                    index.add(from_values(self.item, values))
        return Opened(index, forgotten, key, state, head, bags)

    def close(self, opened: Opened[IndexT], learned: Sequence[Item]) -> None:
        """Remember `learned`, the items that were added to the index."""
        if learned:
            opened._state = self._add(opened._state, learned, opened._bags)
            opened._head.write(encode_head(opened._state))
        self._known[opened._key] = opened._state.token, opened.index

    def _begin(self, key: str, third: int, bags: Sequence[Bag]) -> Head:
        warm = tuple(self.warm(key))[-BAGS * self.most :] if self.warm else ()
        state = Head(_token(), 0, 0, (third,) * BAGS, (0,) * BAGS)
        for start in range(0, len(warm), self.most):
            state = replace(state, newest=start // self.most)
            state = self._add(state, warm[start : start + self.most], bags)
        return state

    def _add(self, state: Head, items: Sequence[Item], bags: Sequence[Bag]) -> Head:
        """Add items to the newest bag."""
        place, packs, sizes = state.newest % BAGS, state.packs, list(state.sizes)
        for start in range(0, len(items), PACK_ITEMS):
            bags[place].add(self._encode_pack(packs, items[start : start + PACK_ITEMS]))
            packs += 1
        sizes[place] += len(items)
        return replace(state, token=_token(), packs=packs, sizes=tuple(sizes))

    def _encode_pack(self, number: int, items: Sequence[Item]) -> Any:
        return encode(self.kind, ITEMS_FORMAT, number, tuple(map(to_values, items)))

    def _decode_pack(self, state: Any) -> tuple[int, Sequence[Any]]:
        number, items = decode(self.kind, ITEMS_FORMAT, state)
        return number, items


def encode_head(head: Head) -> Any:
    """Return the state HEAD."""
    return encode(HEAD, HEAD_FORMAT, *to_values(head))


def decode_head(state: Any) -> Head:
    """Return what the state HEAD says."""
    return from_values(Head, decode(HEAD, HEAD_FORMAT, state))


def _newest(each: tuple[int, ...], state: Head) -> int:
    return each[state.newest % BAGS]


def _token() -> str:
    return secrets.token_hex(8)


def _turn(state: Head, third: int, bags: Sequence[Bag]) -> tuple[Head, int]:
    """Begin the next bag, in place of the oldest one, and clear what has left the window.

    Returns:
        The new state, and how many items were cleared before their time.
    """
    third = max(third, _newest(state.begun, state))  # a full bag, and a clock that went back
    begun, sizes, next_place, forgotten = list(state.begun), list(state.sizes), (state.newest + 1) % BAGS, 0
    for place in range(BAGS):
        expired = begun[place] <= third - BAGS
        if expired or place == next_place:
            forgotten += 0 if expired else sizes[place]
            bags[place].clear()
            sizes[place] = 0
    begun[next_place] = third
    return Head(_token(), state.newest + 1, state.packs, tuple(begun), tuple(sizes)), forgotten
