"""The blocks that HTML and plain text are split into."""

from typing import NamedTuple

from newsbeam.transforms.records import Kind


class Block(NamedTuple):
    """A block of text, which becomes a paragraph.

    Attributes:
        text: Normalised (see `normalise.tidy`); only tables and code have line breaks.
        linked: How many of its characters, except white space, are the text of links. Plain text has none.
        language: Declared by the markup around it, or "".
    """

    text: str
    kind: Kind = "paragraph"
    linked: int = 0
    language: str = ""
