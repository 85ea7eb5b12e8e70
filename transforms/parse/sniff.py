"""Finds the format of a document.

The format that the config declares counts, then what the bytes begin with, and never the Content-Type: feeds come as
text/html and text/plain, and error pages as application/xml.
"""

from newsbeam.transforms.common.formats import FORMATS as NAMES
from newsbeam.transforms.common.formats import family
from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.format import Format, Sample
from newsbeam.transforms.parse.formats import BY_NAME, FORMATS
from newsbeam.transforms.parse.non_stories import refuse, what_by_magic
from newsbeam.transforms.records import Document

__all__ = ["family", "sniff"]


def sniff(document: Document) -> Format:
    """Return the format of a document.

    Raises:
        ParseError: The document is empty, or the config declares a format that does not exist.
        NotAFeedError: No format recognises it, or it is something that is not a story.
    """
    if not document.body.strip():
        reason = "it contains only white space" if document.body else "it has 0 bytes"
        raise ParseError(f"the document is empty: {reason}")
    # Before the declared format, since a picture in a drop stays one whatever the config says of the drop.
    refuse(what_by_magic(document.body), document, "to skip such files, add a pattern to `exclude`")
    if document.format != "auto":
        return _declared(document.format)
    sample = Sample(document)
    found = next((each for each in FORMATS if each.looks_like(sample)), None)
    if found is None:
        raise NotAFeedError("the document is neither XML nor JSON")
    return found


def _declared(name: str) -> Format:
    if family(name) not in BY_NAME:
        raise ParseError(f'unknown format "{name}"; known formats: {", ".join(NAMES)}')
    return BY_NAME[family(name)]
