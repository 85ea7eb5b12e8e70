"""Computes the hash that decides whether an entry has a new version: of the text that readers see, and its status.

It is of what becomes paragraphs, without counters.
"""

from newsbeam.transforms.ids import content_hash
from newsbeam.transforms.records import Entry
from newsbeam.transforms.text import boilerplate
from newsbeam.transforms.text.content import blocks_of
from newsbeam.transforms.text.counters import without_counters, without_labelled_counters
from newsbeam.transforms.text.normalise import letters_and_digits

_BEGINNING = 200  # characters that show that most bodies are not the summary


def story_hash(entry: Entry) -> str:
    """Return the hash of the text and the status of an entry; see `ids.content_hash`."""
    blocks = blocks_of(entry.content, entry.content_type)
    summary = entry.summary
    if _has_same_words(summary, "".join(block.text for block in blocks)):
        summary = ""  # the line that the body was made from
    # Share bars, related headlines and numbers of comments change: with them each poll would make a version.
    lines = without_counters(block.text for block in boilerplate.without_boilerplate(blocks))
    return content_hash(entry, without_labelled_counters(summary), " ".join(lines))


def _has_same_words(summary: str, body: str) -> bool:
    """Return whether two texts differ only in white space and punctuation."""
    words = letters_and_digits(summary)
    return words.startswith(letters_and_digits(body[:_BEGINNING])) and words == letters_and_digits(body)
