"""The way in: one document -> its entries, by the parser of its format."""

from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.feeds import parse_feed
from newsbeam.transforms.parse.fit import fit
from newsbeam.transforms.parse.jsonfeed import parse_jsonfeed
from newsbeam.transforms.parse.result import Parsed, ParseLimits, Parser
from newsbeam.transforms.parse.sniff import sniff
from newsbeam.transforms.parse.text import parse_text
from newsbeam.transforms.parse.wire.anpa import parse_anpa
from newsbeam.transforms.parse.wire.digitalwires import parse_digitalwires
from newsbeam.transforms.parse.wire.iptc7901 import parse_iptc7901
from newsbeam.transforms.parse.wire.newsml1 import parse_newsml1
from newsbeam.transforms.parse.wire.newsmlg2 import parse_newsmlg2
from newsbeam.transforms.parse.wire.ninjs import parse_ninjs
from newsbeam.transforms.parse.wire.nitf import parse_nitf
from newsbeam.transforms.records import Document

__all__ = ["PARSERS", "ParseLimits", "Parsed", "parse_document"]

# A family of formats (what `sniff` returns) and the function that reads it; a new format is a module and a line here.
PARSERS: dict[str, Parser] = {
    "feed": parse_feed,
    "jsonfeed": parse_jsonfeed,
    "newsml-g2": parse_newsmlg2,
    "newsml-1": parse_newsml1,
    "nitf": parse_nitf,
    "ninjs": parse_ninjs,
    "digitalwires": parse_digitalwires,
    "iptc7901": parse_iptc7901,
    "anpa": parse_anpa,
    "text": parse_text,
}


def parse_document(document: Document, limits: ParseLimits = ParseLimits()) -> Parsed:  # noqa: B008  frozen
    """Return the entries of a document, with ids and content hashes, in the order of the document.

    Args:
        document: A payload as it was fetched.
        limits: Bounds on what is returned.

    Returns:
        The entries, and a dead letter for each thing that was repaired or left out on the way: a wrong encoding
        declaration, control characters, a missing end, markup that is not well-formed, dates that can't be believed.

    Raises:
        ParseError: Nothing could be had from it. UnsafeXmlError and NotAFeedError say why more exactly.
    """
    name = sniff(document)
    if name not in PARSERS:
        raise ParseError(f"no parser for the format {name}; there are {', '.join(PARSERS)}")
    return fit(document, PARSERS[name](document, limits))
