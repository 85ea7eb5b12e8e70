"""Parses a plain-text story into one entry: the first line is the title, the rest is the body."""

import re
from dataclasses import replace
from pathlib import PurePath, PurePosixPath
from urllib.parse import urlsplit

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.common.repair import strip_controls
from newsbeam.transforms.common.urls import canonical_url, is_http
from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.ids import entry_id
from newsbeam.transforms.parse.format import Format, Sample
from newsbeam.transforms.parse.identity import identify
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.non_stories import refuse, what_by_name, what_by_shape
from newsbeam.transforms.parse.plain import one_line
from newsbeam.transforms.parse.result import Parsed, ParseLimits, repaired
from newsbeam.transforms.parse.wire.fields import first_lines
from newsbeam.transforms.parse.wire.signals import with_status
from newsbeam.transforms.records import Document, Entry

_MAX_CONTROLS = 0.1  # of all characters
# Before the first line. Its own indentation stays: it tells what the indentation of other lines means.
_BLANK_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")
_MARKUP = re.compile(
    r"""<(?:[?!]|/?[A-Za-z_][\w.:\-]*(?:\s+[\w.:\-]+\s*=\s*["']|\s*/?>|\s*$))"""
)  # "<ACME CORP> 4TH QTR" is a headline
_TEXT_SUFFIXES = {".txt", ".text"}
_MARKUP_SUFFIXES = {".xml", ".rss", ".atom", ".rdf", ".json", ".html", ".htm"}


def looks_like_text(sample: Sample) -> bool:
    """Return whether a document is a plain-text story.

    Raises:
        NotAFeedError: It is plain text, but a list of checksums, a log, a table or the like.
    """
    document = sample.document
    if _MARKUP.match(sample.head) or not _may_be_story(document):
        return False
    what = what_by_name(document.uri) or what_by_shape(sample.head)
    hint = "to skip such files, add a pattern to `exclude`; to read every text as a story, set `format: text`"
    refuse(what, document, hint)
    return True


def _may_be_story(document: Document) -> bool:
    """Return whether the address allows a plain-text story. A server's plain text is more often an error message."""
    suffix = PurePosixPath(urlsplit(document.uri).path).suffix.lower()
    return suffix in _TEXT_SUFFIXES if is_http(document.uri) else suffix not in _MARKUP_SUFFIXES


def parse_text(document: Document, limits: ParseLimits) -> Parsed:
    """Return the one entry of a plain-text story.

    Its address identifies it: a file that changes is a new version of one story, and two files with one title ("News
    summary") are two stories. Agencies' orders in the text ("KILL: ...", "EMBARGOED until ...") count as in other
    formats.

    Raises:
        ParseError: It contains no text.
        NotAFeedError: It is not text (NUL bytes, or more than one control character in ten).
    """
    decoded = decode(document.body, document.media_type)
    text, controls = strip_controls(decoded.text)
    # From the decoded text: UTF-16 has a NUL in each other byte of plain English.
    if "\0" in decoded.text or controls > len(decoded.text) * _MAX_CONTROLS:
        raise NotAFeedError("this is binary data, not a story")
    title, _, body = text.strip().partition("\n")
    if not title:
        raise ParseError("the document contains no text")
    draft = Entry(
        entry_id="",
        source=document.source,
        feed_url=document.feed_url,
        format="text",
        fetched_at=document.fetched_at,
        url=canonical_url(document.uri) if is_http(document.uri) else "",
        title=one_line(title),
        language=language_tag(document.language),
        content=_BLANK_LINES.sub("", body).rstrip(),
        content_type="text/plain",
    )
    entries = tuple(
        # Replaces the id by link or title that `identify` gave, for the reason in the docstring.
        replace(entry, entry_id=entry_id(document.source, document.feed_url, _member(document)))
        for entry in identify([with_status(draft, lines=first_lines(draft), zone=document.zone)])
    )
    reasons = (decoded.repair, f"{counted(controls, 'control character')} removed" if controls else "")
    return Parsed(entries[: limits.entries], tuple(repaired(document, reason) for reason in reasons if reason))


def _member(document: Document) -> str:
    """Return the name of a document within its archive, "" if it does not come from one."""
    # Only the member's name: the rest of `uri` depends on the working directory, while `feed_url` is as configured.
    return document.uri.partition(f"{PurePath(document.feed_url).name}!")[2]


FORMAT = Format("text", looks_like_text, parse_text, syntax="text")
