"""Splits the content of an entry into blocks, by its type."""

from newsbeam.transforms.text import html, plain_text
from newsbeam.transforms.text.block import Block
from newsbeam.transforms.text.normalise import decode_entities


def blocks_of(source: str, content_type: str) -> list[Block]:
    """Return the blocks of a content or summary; "text/html" is HTML, and everything else is plain text."""
    if not source.strip():
        return []
    if content_type == "text/html":
        return html.to_blocks(source)
    return plain_text.to_blocks(decode_entities(source))
