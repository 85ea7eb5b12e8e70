"""Hands numbered elements of a key on in the order of their numbers, whatever the order in which they arrive.

    state     order    the token of the last write, the next number, how many elements are kept
              early    elements whose turn has not come
    memory    what the key knows, and the elements that wait, with the token of the state that they belong to

Engines deliver elements of one key in any order: Prism has been seen to deliver hundreds too early. An element that was
handed on is ignored if it arrives again.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from newsbeam.transforms.dedup.keyed_index import Bag, Value
from newsbeam.transforms.runtime.state import decode, encode, from_values, to_values

MAX_EARLY = 10_000
"""Numbers that wait for an earlier one. With more, something is wrong that waiting does not repair."""
_SLACK = 64  # elements that were handed on and are still in state, beside as many as wait
HEADER, HEADER_FORMAT, ELEMENT, ELEMENT_FORMAT = "order header", 1, "early element", 1

MemoryT = TypeVar("MemoryT")


class OrderError(Exception):
    """Too many elements wait for one that does not arrive."""


@dataclass(frozen=True)
class OrderHeader:
    """The header of a key's state.

    Attributes:
        token: Identifies the last write.
        next: The number of the next element.
        kept: How many elements are in the state `early`, with those that were handed on since.
        oldest_bag: The oldest bag that is not cleared, of keys with bags.
    """

    token: str = ""
    next: int = 0
    kept: int = 0
    oldest_bag: int = 0


@dataclass
class Turn(Generic[MemoryT]):
    """The use of one key's memory for one element, from `InOrder.open` to `InOrder.close`.

    Attributes:
        memory: What the key knows, to be changed by what `ready` says.
        ready: The elements whose turn it is: for each number the parts, in their order.
        waiting: How many numbers wait.
        header: The header; its `oldest_bag` may be replaced.
    """

    memory: MemoryT
    ready: list[list[Any]]
    waiting: int
    header: OrderHeader
    _early: dict[int, dict[int, Any]]


@dataclass
class InOrder(Generic[MemoryT]):
    """The keys that a process has processed.

    Attributes:
        parts: How many elements each number has; they are handed on together.
    """

    parts: int = 1
    _cache: dict[str, tuple[str, MemoryT, dict[int, dict[int, Any]]]] = field(default_factory=dict, init=False)

    def open(
        self, key: str, place: tuple[int, int], element: Any, states: tuple[Value, Bag], load: Callable[[bool], MemoryT]
    ) -> Turn[MemoryT]:
        """Take an element.

        Args:
            key: The key of the state.
            place: The element's number, and which part of it it is.
            element: Plain data.
            states: The states `order` and `early`.
            load: Returns the memory from the rest of the state; its argument is whether there is no state yet.

        Raises:
            OrderError: More than MAX_EARLY numbers wait.
        """
        stored = states[0].read()
        header = decode_order(stored) if stored is not None else OrderHeader()
        # Out of the cache until `close`: a decision that fails may have changed the memory.
        token, memory, early = self._cache.pop(key, ("", None, {}))
        # The tokens differ after a restart, a failed bundle, or when the key was on another worker.
        if memory is None or token != header.token:
            memory = load(stored is None)
            early = _read(states[1], header) if header.kept else {}
        number, part = place
        # Below it: handed on before, and delivered again.
        if number >= header.next:
            early.setdefault(number, {})[part] = element
        after, ready = header.next, []
        while len(early.get(after, ())) == self.parts:
            ready.append([each for _, each in sorted(early.pop(after).items())])
            after += 1
        if len(early) > MAX_EARLY:
            raise OrderError(f"{len(early):,} packs wait for pack {after}, which does not arrive")
        if number >= after:
            states[1].add(encode(ELEMENT, ELEMENT_FORMAT, number, part, element))
            header = replace(header, kept=header.kept + 1)
        return Turn(memory, ready, len(early), replace(header, next=after), early)

    def close(self, key: str, turn: Turn[MemoryT], states: tuple[Value, Bag]) -> None:
        """Write the state, and keep the memory for the next `open`."""
        header, waiting = turn.header, sum(map(len, turn._early.values()))
        # A bag can't lose single elements. So it is written anew, but not before most of them were handed on.
        if header.kept > (2 * waiting + _SLACK if waiting else 0):
            states[1].clear()
            for number, parts in turn._early.items():
                for part, element in parts.items():
                    states[1].add(encode(ELEMENT, ELEMENT_FORMAT, number, part, element))
            header = replace(header, kept=waiting)
        # Random, never computed from what is written: after a rollback two workers may write states that look alike.
        header = replace(header, token=secrets.token_hex(8))
        states[0].write(encode_order(header))
        # Only now: the token is that of the write that has just been made, and the next `open` compares it with the
        # engine's.
        self._cache[key] = header.token, turn.memory, turn._early


def encode_order(header: OrderHeader) -> Any:
    """Return a header as state."""
    return encode(HEADER, HEADER_FORMAT, *to_values(header))


def decode_order(state: Any) -> OrderHeader:
    """Return the header that a state holds."""
    return from_values(OrderHeader, decode(HEADER, HEADER_FORMAT, state))


def _read(bag: Bag, header: OrderHeader) -> dict[int, dict[int, Any]]:
    early: dict[int, dict[int, Any]] = {}
    for state in bag.read():
        number, part, element = decode(ELEMENT, ELEMENT_FORMAT, state)
        # The bag also has those that were handed on since it was cleared.
        if number >= header.next:
            early.setdefault(number, {})[part] = element
    return early
