"""What a paragraph is to an older one by the text of both alone, for measuring on labelled pairs."""

from typing import get_args

from newsbeam.transforms.dedup.judgement.judge import Kind, judge
from newsbeam.transforms.dedup.judgement.words import words_of
from newsbeam.transforms.dedup.near import near_keys, search_keys

KINDS: tuple[str, ...] = get_args(Kind)


def judge_pair(older: str, newer: str, near: float) -> Kind | None:
    """Return what `newer` is to `older` if the two are compared; None for neither a copy nor an update.

    Args:
        older: The text of the older paragraph.
        newer: That of the newer one.
        near: The least word similarity of `near`.
    """
    judgement = judge(words_of(older), words_of(newer), near)
    return judgement.kind if judgement else None


def are_compared(older: str, newer: str) -> bool:
    """Return whether two paragraphs that are not equal are candidates: whether they share a key."""
    keys, (first, _) = search_keys(near_keys([older, newer]))
    return not set(keys[:first].tolist()).isdisjoint(keys[first:].tolist())
