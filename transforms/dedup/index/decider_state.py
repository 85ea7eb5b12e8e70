"""What the deciding step remembers, in the state of its key."""

from collections.abc import Iterable, Sequence
from typing import Any

from newsbeam.transforms.dedup.index.decisions import Decider, Note
from newsbeam.transforms.dedup.index.numbering import PackNumber
from newsbeam.transforms.dedup.keyed_index import Bag
from newsbeam.transforms.runtime.state import decode, encode

KIND, FORMAT = "copies", 1


def keep_notes(number: PackNumber, notes: Sequence[Note], bag: Bag) -> None:
    """Write what was decided on a pack."""
    if notes:
        bag.add(encode_notes(number.number, notes))


def clear_notes(decider: Decider, number: PackNumber, bag: Bag) -> None:
    """Forget what is about paragraphs that are forgotten."""
    decider.forget(number.oldest)
    bag.clear()
    notes = decider.notes()
    if notes:
        bag.add(encode_notes(number.number - 1, notes))  # what the pack itself decides comes after it


def load_notes(bag: Bag) -> Decider:
    """Return what is remembered."""
    decider = Decider()
    # Beam promises nothing about the order of a bag, and a later note on a paragraph replaces an earlier one.
    for _, notes in sorted(map(decode_notes, bag.read()), key=lambda pack: pack[0]):
        for note in notes:
            decider.note(note)
    return decider


def encode_notes(number: int, notes: Iterable[Note]) -> tuple[Any, ...]:
    """Return what was decided on the pack with a number as state."""
    return encode(KIND, FORMAT, number, tuple(notes))


def decode_notes(state: Any) -> tuple[int, Sequence[Note]]:
    """Return what a state holds: the number of a pack, and what was decided on it."""
    number, notes = decode(KIND, FORMAT, state)
    return number, notes
