"""An index of what a key has seen within a window: in memory for look-ups, in Beam's state for restarts.

    state     header   the token of the last write, the newest bag, each bag's time bucket and size
              bags     the items, appended in packs: a bag for each third of the window, the oldest of which is cleared;
                       an item is a tuple of its record's fields
    memory    the index that decisions look into, and the token of the state that it belongs to

A look-up reads only the header from state, and a write appends. So the cost of a stateful element doesn't depend on how
much is known, and a pack of items costs one element.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Generic, Protocol, TypeVar

from newsbeam.transforms.runtime.state import decode, encode, from_values, to_values

BAGS = 4  # the window is three of them, so an item stays for at least one window and at most four thirds of it
HEADER, HEADER_FORMAT, ITEMS_FORMAT = "index header", 1, 3
PACK_ITEMS = 1_000  # items in one addition to a bag at most, so that a warm start isn't one message of gigabytes

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
        """Return everything that was added."""

    def add(self, value: Any) -> None:
        """Add a value."""

    def clear(self) -> None:
        """Remove everything."""


class Index(Protocol):
    """What decisions look into."""

    def add(self, item: Any, /) -> None:
        """Add an item."""


IndexT = TypeVar("IndexT", bound=Index)


@dataclass(frozen=True)
class IndexHeader:
    """The header of a key's state; the bags have the items.

    Attributes:
        token: Identifies the last write.
        newest: The number of the newest bag, counted from 0; it is bag `newest % BAGS`.
        packs: How many packs were added so far: the number of the next one.
        buckets: The time bucket in which each bag was started: thirds of a window since 1970.
        sizes: How many items are in each bag.
    """

    token: str
    newest: int
    packs: int
    buckets: tuple[int, ...]
    sizes: tuple[int, ...]


@dataclass
class Session(Generic[IndexT]):
    """The use of one key's index for one decision, from `KeyedIndex.open` to `KeyedIndex.close`.

    Attributes:
        index: The index; the decision adds its new items to it.
        evicted: Items that were removed before they left the window, since a bag was full.
    """

    index: IndexT
    evicted: int
    _key: str
    _header: IndexHeader
    _header_state: Value
    _bags: Sequence[Bag]

    @property
    def size(self) -> int:
        """How many items are in state."""
        return sum(self._header.sizes)


@dataclass
class KeyedIndex(Generic[Item, IndexT]):
    """The indexes of all keys that a process has processed.

    Attributes:
        kind: The name of the items in state.
        item: Their class, a dataclass of plain fields and datetimes.
        window: How long an item is kept at least.
        make_index: Makes an empty index. A rebuilt index gets its items in the order in which they were added.
        max_items: Items at which a bag is full. The next bag is then started early, and the oldest one evicted.
        bootstrap: Returns the items of a key that has no state, the earliest first, for a warm start from an output.
            They count as seen now.
    """

    kind: str
    item: type[Item]
    window: timedelta
    make_index: Callable[[], IndexT]
    max_items: int
    bootstrap: Callable[[str], Iterable[Item]] | None = None
    _cache: dict[str, tuple[str, IndexT]] = field(default_factory=dict, init=False, repr=False)

    def open(self, key: str, now: datetime, header_state: Value, bags: Sequence[Bag]) -> Session[IndexT]:
        """Return the index of a key, after removing what has left the window.

        Args:
            key: The key of the state.
            now: When the elements to decide were fetched; the clock would differ when a bundle is retried.
            header_state: The state `head`.
            bags: The states `log0` to `log3`.
        """
        # Thirds of a window: bags can only be cleared as a whole, so the window ends a third of it late at most.
        bucket = int(now.timestamp() // max(1.0, self.window.total_seconds() / (BAGS - 1)))
        stored = header_state.read()
        evicted = 0
        if stored is None:
            header = self._start(key, bucket, bags)
            header_state.write(encode_header(header))
        else:
            header = decode_header(stored)
            # A full bag is closed early rather than refused: forgetting the oldest items costs missed duplicates, a
            # state that grows without end costs the job.
            if bucket > _newest(header.buckets, header) or _newest(header.sizes, header) >= self.max_items:
                header, evicted = _rotate(header, bucket, bags)
                header_state.write(encode_header(header))
        # Out of the cache until `close`: a decision that fails may have changed the index.
        token, index = self._cache.pop(key, ("", None))
        # The tokens differ after a restart, a failed bundle, or when the key was on another worker.
        if index is None or token != header.token:
            index = self.make_index()
            # Beam promises nothing about the order of a bag.
            packs = [self._decode_pack(pack) for pack in chain.from_iterable(bag.read() for bag in bags)]
            for _, items in sorted(packs, key=lambda pack: pack[0]):
                for values in items:
                    index.add(from_values(self.item, values))
        return Session(index, evicted, key, header, header_state, bags)

    def close(self, session: Session[IndexT], added: Sequence[Item]) -> None:
        """Write `added`, the items that the decision added to the index, and keep the index for the next `open`."""
        if added:
            session._header = self._add(session._header, added, session._bags)
            session._header_state.write(encode_header(session._header))
        # Only now: the token is that of the write that has just been made, and the next `open` compares it with the
        # engine's.
        self._cache[session._key] = session._header.token, session.index

    def _start(self, key: str, bucket: int, bags: Sequence[Bag]) -> IndexHeader:
        # The latest ones, if the output has more than the state may hold.
        items = tuple(self.bootstrap(key))[-BAGS * self.max_items :] if self.bootstrap else ()
        # All bags begin now: bootstrapped items have no time of arrival, and must stay for a whole window.
        header = IndexHeader(_new_token(), 0, 0, (bucket,) * BAGS, (0,) * BAGS)
        for start in range(0, len(items), self.max_items):
            header = replace(header, newest=start // self.max_items)
            header = self._add(header, items[start : start + self.max_items], bags)
        return header

    def _add(self, header: IndexHeader, items: Sequence[Item], bags: Sequence[Bag]) -> IndexHeader:
        """Add items to the newest bag."""
        place, packs, sizes = header.newest % BAGS, header.packs, list(header.sizes)
        for start in range(0, len(items), PACK_ITEMS):
            bags[place].add(self._encode_pack(packs, items[start : start + PACK_ITEMS]))
            packs += 1
        sizes[place] += len(items)
        return replace(header, token=_new_token(), packs=packs, sizes=tuple(sizes))

    def _encode_pack(self, number: int, items: Sequence[Item]) -> Any:
        return encode(self.kind, ITEMS_FORMAT, number, tuple(map(to_values, items)))

    def _decode_pack(self, state: Any) -> tuple[int, Sequence[Any]]:
        number, items = decode(self.kind, ITEMS_FORMAT, state)
        return number, items


def encode_header(header: IndexHeader) -> Any:
    """Return a header as state."""
    return encode(HEADER, HEADER_FORMAT, *to_values(header))


def decode_header(state: Any) -> IndexHeader:
    """Return the header that a state holds."""
    return from_values(IndexHeader, decode(HEADER, HEADER_FORMAT, state))


def _newest(values: tuple[int, ...], header: IndexHeader) -> int:
    return values[header.newest % BAGS]


def _new_token() -> str:
    # Random, never computed from what is written: after a rollback two workers may write states that look alike
    # (as many items, other contents), and an index belongs to one of the writes.
    return secrets.token_hex(8)


def _rotate(header: IndexHeader, bucket: int, bags: Sequence[Bag]) -> tuple[IndexHeader, int]:
    """Start the next bag, in place of the oldest one, and clear those that have left the window.

    Returns:
        The new header, and how many items were evicted before they had left the window.
    """
    bucket = max(bucket, _newest(header.buckets, header))  # a full bag, and a clock that went back
    buckets, sizes, next_place, evicted = list(header.buckets), list(header.sizes), (header.newest + 1) % BAGS, 0
    for place in range(BAGS):
        # Its last item may have come at the end of its bucket, so a whole window has passed BAGS buckets later.
        expired = buckets[place] <= bucket - BAGS
        if expired or place == next_place:
            evicted += 0 if expired else sizes[place]
            bags[place].clear()
            sizes[place] = 0
    buckets[next_place] = bucket
    return IndexHeader(_new_token(), header.newest + 1, header.packs, tuple(buckets), tuple(sizes)), evicted
