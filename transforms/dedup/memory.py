"""What a key has seen within a window, in Beam's state, with an index of it in memory.

    state     HEAD   a token that changes with every write, and the number of the newest bucket
              LOG*   the items, appended; one bag a bucket of a third of the window, the oldest of which is cleared
    memory    the index that decisions look into, and the token that it belongs to

Looking up costs no read but HEAD's, and remembering appends: a stateful element costs the same however much is known,
and a pack of items is one. After a restart, a bundle that failed, or a key that moved, the token in memory is not that
of the state, and the index is made anew from the bags. The token is a hash of all that was written, so that equal
tokens mean equal histories.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from newsbeam.transforms.ids import digest

BUCKETS = 4  # a window is three of them: what is remembered stays for one window at least, four thirds at most

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


IndexT = TypeVar("IndexT")


@dataclass(frozen=True)
class Head:
    """The state of a key beside its bags.

    Attributes:
        token: Of everything that was written.
        bucket: The number of the newest bucket, counted from 1970.
        sizes: How many items are in each bag.
    """

    token: str
    bucket: int
    sizes: tuple[int, ...] = (0,) * BUCKETS


class Memory(Generic[Item, IndexT]):
    """The indexes of all keys that one DoFn instance has met.

    Args:
        window: How long to remember at least.
        make_index: Makes the index of some items.
        identity: Tells items apart.
        most: Items a bucket at most; more are decided on but not remembered.
        warm: Returns what a key knows before it has seen anything; for a start beside an output that is there.
    """

    def __init__(
        self,
        window: timedelta,
        make_index: Callable[[Iterable[Item]], IndexT],
        identity: Callable[[Item], str],
        most: int,
        warm: Callable[[str], Iterable[Item]] | None = None,
    ):
        self._bucket_s = max(1.0, window.total_seconds() / (BUCKETS - 1))
        self._make_index = make_index
        self._identity = identity
        self._most = most
        self._warm = warm
        self._known: dict[str, tuple[str, IndexT]] = {}

    def open(self, key: str, now: datetime, head: Value, bags: Sequence[Bag]) -> IndexT:
        """Return the index of a key, after forgetting what has left the window.

        Give it back with `close`: an index that was changed by a decision that failed is never used again.

        Args:
            key: The key of the state.
            now: When what is decided was fetched; the clock of a bundle that is tried again must not matter.
            head: The state HEAD.
            bags: The states LOG0 to LOG3.
        """
        bucket = int(now.timestamp() // self._bucket_s)
        state: Head | None = head.read()
        if state is None:
            state = self._begin(key, bucket, head, bags)
        elif bucket > state.bucket:
            state = _forget(state, bucket, head, bags)
        token, index = self._known.pop(key, ("", None))
        if index is None or token != state.token:
            index = self._make_index(item for bag in bags for items in bag.read() for item in items)
        return index

    def close(self, key: str, index: IndexT, items: Sequence[Item], head: Value, bags: Sequence[Bag]) -> int:
        """Append the items that `index` has learned; return how many were too many to keep."""
        state: Head = head.read()
        place = state.bucket % BUCKETS
        kept = items[: max(0, self._most - state.sizes[place])]
        if kept:
            bags[place].add(tuple(kept))
            sizes = list(state.sizes)
            sizes[place] += len(kept)
            state = Head(digest(state.token, *map(self._identity, kept)), state.bucket, tuple(sizes))
            head.write(state)
        self._known[key] = state.token, index
        return len(items) - len(kept)

    def size(self, head: Value) -> int:
        """Return how many items a key remembers."""
        return sum(head.read().sizes)

    def _begin(self, key: str, bucket: int, head: Value, bags: Sequence[Bag]) -> Head:
        warm = tuple(self._warm(key))[: self._most] if self._warm else ()
        sizes = [0] * BUCKETS
        if warm:
            bags[bucket % BUCKETS].add(warm)
            sizes[bucket % BUCKETS] = len(warm)
        state = Head(digest(key, *map(self._identity, warm)), bucket, tuple(sizes))
        head.write(state)
        return state


def _forget(state: Head, bucket: int, head: Value, bags: Sequence[Bag]) -> Head:
    """Clear the bags whose place newer buckets take."""
    sizes = list(state.sizes)
    for number in range(max(state.bucket + 1, bucket - BUCKETS + 1), bucket + 1):
        bags[number % BUCKETS].clear()
        sizes[number % BUCKETS] = 0
    state = Head(digest(state.token, str(bucket)), bucket, tuple(sizes))
    head.write(state)
    return state
