"""Steps that all wire parsers share: the draft of an entry that a parser fills, and the last changes to it."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from newsbeam.transforms.parse.identity import identify_items
from newsbeam.transforms.parse.result import DocumentDates, Parsed, repaired
from newsbeam.transforms.parse.wire.fields import first_lines, has_other_dateline
from newsbeam.transforms.records import DeadLetter, Document, Entry

# The mark of a link that no system resolved: [USN:L8N3ABC TEXT:"full story"]. Its quotes may be escaped.
_LINK_MARK = re.compile(
    r"""\[[A-Z]{2,12}:[^\[\]"“”&<>]{0,200}?\s?TEXT:\s?(?:"|&quot;|&\#34;|[“”])"""
    r"""([^\[\]"“”<>]{0,300}?)(?:"|&quot;|&\#34;|[“”])\s?\]"""
)
_MARKED = ("title", "subtitle", "summary", "content")


def draft_entry(document: Document, format: str, **fields: Any) -> Entry:
    """Return an entry of a document, without ids and status.

    Args:
        document: The document of the entry.
        format: The format as entries name it.
        **fields: Other fields of the entry.
    """
    return Entry(
        entry_id="",
        source=document.source,
        feed_url=document.feed_url,
        format=format,
        fetched_at=document.fetched_at,
        **fields,
    )


def finish(
    document: Document, entries: Iterable[Entry], reasons: Iterable[str | DeadLetter], dates: DocumentDates
) -> Parsed:
    """Return the entries with their ids, and the dead letters of a document.

    Args:
        document: The document.
        entries: The drafts.
        reasons: What was repaired or left out ("" for nothing), or dead letters with their own bytes.
        dates: The reader of the document's dates, with the dead letters of implausible ones.
    """
    dead_letters = (repaired(document, each) if isinstance(each, str) else each for each in reasons if each)
    return Parsed(identify_items(map(cleaned, entries)), (*dead_letters, *dates.letters.values()))


def cleaned(entry: Entry) -> Entry:
    """Return the entry without link marks, and without a dateline place that contradicts its text."""
    entry = with_link_texts(entry)
    place = entry.dateline_place
    # Metadata may name the place of the desk; the text stage extracts the one in the text.
    if place and any(has_other_dateline(place, line) for line in first_lines(entry)):
        return replace(entry, dateline_place="")
    return entry


def with_link_texts(entry: Entry) -> Entry:
    """Return the entry with each unresolved link mark replaced by its visible text."""
    # The search for "TEXT:" spares almost all texts the pattern.
    marked: dict[str, Any] = {
        name: _LINK_MARK.sub(r"\1", value) for name in _MARKED if "TEXT:" in (value := getattr(entry, name))
    }
    return replace(entry, **marked) if marked else entry
