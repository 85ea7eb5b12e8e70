"""Parses one document into entries, with the parser of its format."""

from dataclasses import replace

from newsbeam.transforms.common.document_fields import fields_of
from newsbeam.transforms.common.formats import FORMATS
from newsbeam.transforms.parse.fit import fit
from newsbeam.transforms.parse.formats import BY_NAME
from newsbeam.transforms.parse.plain import one_line
from newsbeam.transforms.parse.result import Parsed, ParseLimits, Parser
from newsbeam.transforms.parse.sniff import sniff
from newsbeam.transforms.records import DeadLetter, Document, Entry

__all__ = ["PARSERS", "ParseLimits", "Parsed", "parse_document"]

MAX_NAME = 200  # characters of a feed's title that become the name of a source

PARSERS: dict[str, Parser] = {name: BY_NAME[name].parse for name in FORMATS}


def parse_document(document: Document, limits: ParseLimits = ParseLimits()) -> Parsed:  # noqa: B008  frozen
    """Return the entries of a document, with ids and content hashes, in the order of the document.

    Args:
        document: A payload as it was fetched.
        limits: Bounds on what is returned.

    Returns:
        The entries, and a dead letter for each thing that was repaired or left out: a wrong encoding declaration,
        control characters, a missing end, markup that is not well-formed, implausible dates.

    Raises:
        ParseError: Nothing in the document could be read. UnsafeXmlError and NotAFeedError are more specific.
    """
    parse = sniff(document).parse
    # Parsers see the source's id as its name: ids of entries depend on it, and a source that is renamed keeps them.
    # `fit` comes after the ids, which depend on the fields as published and not on the limits.
    parsed = fit(document, parse(replace(document, source=document.source_id), limits))
    return Parsed(
        tuple(_finished(entry, document, limits) for entry in parsed.entries),
        tuple(_of_source(each, document) for each in parsed.dead_letters),
    )


def _of_source(letter: DeadLetter, document: Document) -> DeadLetter:
    """Return a dead letter with its source's name and, if it has all bytes, what is needed to parse them again."""
    # `newsbeam reprocess` parses such a dead letter again when the raw log is swept, so it needs the URL, the time of
    # the fetch and the rest of the document.
    has_all = letter.payload == document.body
    return replace(letter, source=document.source, document=fields_of(document) if has_all else "")


def _finished(entry: Entry, document: Document, limits: ParseLimits) -> Entry:
    """Return an entry with its content hash and its source's name: the feed's own title if the config names none."""
    # The config's name wins: a publisher can change its title at any time, and reports group by this column.
    own = "" if document.named else one_line(entry.feed_title)[:MAX_NAME].strip()
    name = own or document.source
    return replace(entry, content_hash=limits.content_hash(entry), source=name, source_id=document.source_id)
