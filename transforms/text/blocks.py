"""What the HTML and the plain-text reader give: blocks of text in reading order."""

from typing import NamedTuple

from newsbeam.transforms.records import Kind


class Block(NamedTuple):
    """One paragraph to be.

    Attributes:
        text: Normalised (see `normalise.tidy`); only tables and code have line breaks in it.
        linked: How many of its characters, white space aside, are the text of links. Plain text has none.
        language: That a part around it says it is in, or "".
    """

    text: str
    kind: Kind = "paragraph"
    linked: int = 0
    language: str = ""
