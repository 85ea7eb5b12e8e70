"""What makes a new version of an entry: the text that a reader sees as the story, and its status.

A hash of all that a feed sends would make a version at each poll of an entry whose share bar, related headlines or
number of comments change. So it is made of what becomes paragraphs, without counters.
"""

from newsbeam.transforms.ids import content_hash
from newsbeam.transforms.records import Entry
from newsbeam.transforms.text import boilerplate, html, plain
from newsbeam.transforms.text.blocks import Block
from newsbeam.transforms.text.counters import without_counters, without_labelled_counters
from newsbeam.transforms.text.normalise import decode_entities


def story_hash(entry: Entry) -> str:
    """Return the hash of the words and the status of an entry; see `ids.content_hash`."""
    blocks = _blocks(entry)
    summary = entry.summary
    if _letters(summary) == _letters("".join(block.text for block in blocks)):
        summary = ""  # the one line that the body was made of
    told = without_counters(block.text for block in boilerplate.without_widgets(blocks))
    return content_hash(entry, without_labelled_counters(summary), " ".join(told))


def _blocks(entry: Entry) -> list[Block]:
    if not entry.content.strip():
        return []
    is_html = entry.content_type == "text/html"
    return html.blocks(entry.content) if is_html else plain.blocks(decode_entities(entry.content))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
