"""Which paragraphs are furniture: they recur over the stories of a source and belong to none of them.

    "Also read", "Sign up for our newsletter", "Image credit", appeals, the heading of a list of links

A paragraph is furniture of a source that prints it in entries of at least MIN_STORIES stories. So background that a
source repeats in each report of one event is text. What other sources print too is agency copy, unless it recurs in
most of them ("Advertisement"), or is a few words that are not a sentence.
"""

from collections import defaultdict
from collections.abc import Callable

MIN_STORIES = 3


class FurnitureIndex:
    """The stories in which each source prints each paragraph; most paragraphs occur once, and cost one number."""

    def __init__(self) -> None:
        self._once: dict[bytes, tuple[str, str]] = {}
        self._often: dict[bytes, defaultdict[str, list[str]]] = {}

    def add(self, fingerprint: bytes, source: str, story_id: str) -> None:
        """Note that a source prints a paragraph in a story; after MIN_STORIES of them it notes no more."""
        first = self._once.setdefault(fingerprint, (source, story_id))
        if first == (source, story_id) and fingerprint not in self._often:
            return
        by_source = self._often.get(fingerprint)
        if by_source is None:
            by_source = self._often[fingerprint] = defaultdict(list)
            by_source[first[0]].append(first[1])
        stories = by_source[source]
        if len(stories) < 2 * MIN_STORIES and story_id not in stories:
            stories.append(story_id)

    def is_furniture(self, fingerprint: bytes, source: str, root: Callable[[str], str], *, is_fragment: bool) -> bool:
        """Return whether a paragraph is furniture of a source.

        Args:
            fingerprint: The first bytes of its fingerprint.
            source: The name of the source.
            root: Returns the story that a story has become.
            is_fragment: Whether it is a few words that are not a sentence.
        """
        by_source = self._often.get(fingerprint)
        if by_source is None or not _recurs(by_source.get(source, []), root):
            return False
        recurring = sum(_recurs(stories, root) for stories in by_source.values())
        return is_fragment or 2 * recurring > len(by_source)


def _recurs(stories: list[str], root: Callable[[str], str]) -> bool:
    return len(stories) >= MIN_STORIES and len(set(map(root, stories))) >= MIN_STORIES
