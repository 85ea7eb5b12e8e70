"""What the HTML and the plain-text reader give: blocks of text in reading order."""

from typing import NamedTuple

from newsbeam.transforms.records import Kind


class Block(NamedTuple):
    """One paragraph to be.

    Attributes:
        text: Normalised (see `normalise.tidy`); only a table has line breaks in it.
        language: That a part around it says it is in, or "".
    """

    text: str
    kind: Kind = "paragraph"
    language: str = ""
