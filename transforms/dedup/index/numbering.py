"""Numbers packs, and says what a stream still remembers when each of them is decided.

    window    an eighth of it a bag; a bag is cleared as a whole, so a paragraph stays for a ninth eighth at most
    memory    a seventh of it a bag; when the bags exceed the memory, the oldest ones are forgotten first

The one step that gives numbers decides this for all partitions, so that they forget the same at the same pack.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from newsbeam.transforms.runtime.state import decode, encode

BAGS = 16
WINDOW_BAGS = 8
MEMORY_BAGS = 7  # with those of the window and the newest one BAGS: there is always a cleared one
WARM_BAGS = 4  # what a warm start loads is in as many bags, to be forgotten little by little
WARM_SHARE = 0.5  # of the memory, at most
FIRST_PARAGRAPH = 1 << 32
"""The number of a stream's first paragraph; those of a warm start have lower ones."""
_KIND, _FORMAT = "pack numbers", 1


@dataclass(frozen=True)
class BagInfo:
    """A bag: the time bucket in which it was started, the number of its first paragraph, and its bytes of memory."""

    bucket: int
    first: int
    size: int = 0


@dataclass(frozen=True)
class PackNumber:
    """The place of a pack in the order of decisions.

    Attributes:
        number: Counted from 0.
        first: The number of its first paragraph.
        bag: The bag that its paragraphs are kept in, counted from 0.
        oldest_bag: The oldest bag that is not forgotten.
        aged: The number of the first paragraph that has not left the window, of those that were not forgotten before.
        oldest: The number of the first paragraph that is not forgotten; more than `aged` where the memory is too small.
    """

    number: int
    first: int
    bag: int
    oldest_bag: int
    aged: int
    oldest: int


@dataclass(frozen=True)
class Numbering:
    """What is needed to give the next number.

    Attributes:
        partitions: How many partitions the packs are for.
        number: The next pack's number.
        first: The next paragraph's.
        newest: The newest bag.
        aged: As in `PackNumber`.
        bags: Those that are not forgotten, the newest one last.
    """

    partitions: int
    number: int = 0
    first: int = FIRST_PARAGRAPH
    newest: int = 0
    aged: int = 0
    bags: tuple[BagInfo, ...] = ()


@dataclass(frozen=True)
class Bounds:
    """How much is remembered.

    Attributes:
        window: How long a paragraph is remembered at least, if the memory is large enough.
        memory: Bytes, over all partitions.
    """

    window: timedelta
    memory: int

    def bucket(self, now: datetime) -> int:
        """Return the time bucket of a time."""
        return int(now.timestamp() // max(1.0, self.window.total_seconds() / WINDOW_BAGS))


def start(bounds: Bounds, partitions: int, now: datetime, *, warm: bool) -> Numbering:
    """Return the numbering of the first pack; of a warm start the first bags are those of the output's paragraphs."""
    bucket = bounds.bucket(now)
    if not warm:
        return Numbering(partitions, bags=(BagInfo(bucket, FIRST_PARAGRAPH),))
    loaded = BagInfo(bucket, 0, int(bounds.memory * WARM_SHARE) // WARM_BAGS)
    bags = (*[loaded] * WARM_BAGS, BagInfo(bucket, FIRST_PARAGRAPH))
    return Numbering(partitions, newest=WARM_BAGS, bags=bags)


def number_pack(
    before: Numbering, bounds: Bounds, now: datetime, paragraphs: int, memory: int
) -> tuple[Numbering, PackNumber]:
    """Return the numbering after a pack, and the pack's number.

    Args:
        before: The numbering.
        bounds: How much is remembered.
        now: When the pack's stories were fetched.
        paragraphs: How many paragraphs it has.
        memory: How many bytes they will take.
    """
    bags, newest, aged, bucket = list(before.bags), before.newest, before.aged, bounds.bucket(now)
    if bucket > bags[-1].bucket or bags[-1].size >= bounds.memory // MEMORY_BAGS:
        bags.append(BagInfo(max(bucket, bags[-1].bucket), before.first))
        newest += 1
        # The last bucket of a bag's items began WINDOW_BAGS buckets before it may be cleared.
        live = [bag for bag in bags if bag.bucket >= bags[-1].bucket - WINDOW_BAGS]
        aged = live[0].first
        while sum(bag.size for bag in live) > bounds.memory and len(live) > 1:
            del live[0]
        bags = live
    number = PackNumber(before.number, before.first, newest, newest + 1 - len(bags), aged, bags[0].first)
    bags[-1] = replace(bags[-1], size=bags[-1].size + memory)
    after = replace(
        before,
        number=before.number + 1,
        first=before.first + paragraphs,
        newest=newest,
        aged=aged,
        bags=tuple(bags),
    )
    return after, number


def encode_numbering(numbering: Numbering) -> tuple[Any, ...]:
    """Return a numbering as state."""
    bags = tuple((bag.bucket, bag.first, bag.size) for bag in numbering.bags)
    fields = (numbering.partitions, numbering.number, numbering.first, numbering.newest, numbering.aged, bags)
    return encode(_KIND, _FORMAT, *fields)


def decode_numbering(state: Any) -> Numbering:
    """Return the numbering that a state holds."""
    partitions, number, first, newest, aged, bags = decode(_KIND, _FORMAT, state)
    return Numbering(partitions, number, first, newest, aged, tuple(BagInfo(*bag) for bag in bags))


def values_of(number: PackNumber) -> tuple[int, ...]:
    """Return a pack's number as plain data."""
    return number.number, number.first, number.bag, number.oldest_bag, number.aged, number.oldest
