"""The way in: one document -> its entries, by the parser of its format."""

from dataclasses import replace

from newsbeam.transforms.common.formats import FORMATS
from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.feeds import parse_feed
from newsbeam.transforms.parse.fit import fit
from newsbeam.transforms.parse.jsonfeed import parse_jsonfeed
from newsbeam.transforms.parse.plain import one_line
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
from newsbeam.transforms.records import Document, Entry

__all__ = ["PARSERS", "ParseLimits", "Parsed", "parse_document"]

MOST_NAME = 200  # characters of a feed's title that become the name of a source

# A family of formats (what `sniff` returns) and the function that reads it: a key for each of FORMATS.
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
        raise ParseError(f"no parser for the format {name}; there are {', '.join(FORMATS)}")
    parsed = fit(document, PARSERS[name](replace(document, source=document.source_id), limits))
    return Parsed(
        tuple(_finished(entry, document, limits) for entry in parsed.entries),
        tuple(replace(letter, source=document.source) for letter in parsed.dead_letters),
    )


def _finished(entry: Entry, document: Document, limits: ParseLimits) -> Entry:
    """Return an entry with the hash of its story, and the name of its source.

    Where the config gives a feed no name, that is what the feed calls itself.
    """
    own = "" if document.named else one_line(entry.feed_title)[:MOST_NAME].strip()
    name = own or document.source
    return replace(entry, content_hash=limits.content_hash(entry), source=name, source_id=document.source_id)
