"""A story as plain text -> one entry: the first line is the title, the rest the body."""

import re
from dataclasses import replace
from pathlib import PurePath

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.repair import strip_controls
from newsbeam.transforms.common.urls import canonical_url, is_http
from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.ids import entry_id
from newsbeam.transforms.parse.identity import identify
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.plain import one_line
from newsbeam.transforms.parse.result import Parsed, ParseLimits, repaired
from newsbeam.transforms.parse.wire.fields import first_lines
from newsbeam.transforms.parse.wire.signals import with_status
from newsbeam.transforms.records import Document, Entry

_CONTROLS_MAX = 0.1
_BLANK_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")  # before the first line, whose indentation says what others' means


def parse_text(document: Document, limits: ParseLimits) -> Parsed:
    """Return the one entry of a plain-text story.

    Its identity is the place that it is from: a file that changes is a new version of one story, and two files with
    one title ("News summary") are two stories. What agencies write of a story's life ("KILL: ...", "EMBARGOED until
    ...") counts as in other formats.

    Raises:
        ParseError: There is no text in it.
        NotAFeedError: It is no text (NUL bytes, or every tenth character is for controlling).
    """
    decoded = decode(document.body, document.media_type)
    if "\0" in decoded.text:
        raise NotAFeedError("binary data is no story")
    text, controls = strip_controls(decoded.text)
    if controls > len(decoded.text) * _CONTROLS_MAX:
        raise NotAFeedError("binary data is no story")
    title, _, body = text.strip().partition("\n")
    if not title:
        raise ParseError("no text in it")
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
        replace(entry, entry_id=entry_id(document.source, document.feed_url, _member(document)))
        for entry in identify([with_status(draft, lines=first_lines(draft), zone=document.zone)])
    )
    reasons = (decoded.repair, f"{controls} control characters removed" if controls else "")
    return Parsed(entries[: limits.entries], tuple(repaired(document, reason) for reason in reasons if reason))


def _member(document: Document) -> str:
    """Return the name of a document within the archive that it is from, "" if it is from none.

    The rest of `uri` may begin where we were started; `feed_url` is as the config has it.
    """
    return document.uri.partition(f"{PurePath(document.feed_url).name}!")[2]
