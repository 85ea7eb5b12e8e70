"""feedparser's strict parser, made tolerant: if a handler fails, the element is skipped and the feed is read on.

`feedparser.parse` also has a second parser for feeds that are not well-formed; here all are, since `repair` comes
first.
"""

import io
import re
import xml.sax
from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.sax.expatreader import ExpatParser

from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.feed_texts import XML
from newsbeam.transforms.parse.linear_feedparser import LinearFeedParser
from newsbeam.transforms.parse.result import lost, repaired
from newsbeam.transforms.records import DeadLetter, Document

Fields = dict[str, Any]

# A text too long to be a name, of which the start is kept: feedparser searches it for an address in quadratic time.
_LONG_NAME = re.compile(
    r"(<(?:[\w.\-]+:)?(?:author|creator|managingEditor|webMaster|publisher|name|email)\b[^<>]*>)"
    r"(?:(<!\[CDATA\[(?:(?!\]\]>).){500})(?:(?!\]\]>).)*|([^<]{500})[^<]*)",
    re.IGNORECASE | re.DOTALL,
)
_XHTML = "application/xhtml+xml"
# Elements whose content becomes columns, by their names without prefix.
_READ = {
    *(
        "item",
        "entry",
        "title",
        "link",
        "guid",
        "id",
        "description",
        "summary",
        "subtitle",
        "content",
        "encoded",
        "body",
    ),
    *("author", "creator", "category", "subject", "keywords", "language", "rights", "copyright"),
    *("pubdate", "published", "updated", "date", "created", "modified", "issued"),
}
# A tag without a handler.
_NO_HANDLER = "newsbeam:skipped"


class _BufferedReader(ExpatParser):
    """Gives text in pieces of 64 KB. xml.sax does not, so escaped HTML would be 20 calls of feedparser an element."""

    _parser: Any

    def reset(self) -> None:
        super().reset()
        parser: Any = vars(self)["_parser"]  # typeshed does not know it
        parser.buffer_text = True
        parser.buffer_size = 65_536


class FeedParser(LinearFeedParser):
    """Reads one feed.

    Attributes:
        skipped: How many elements were skipped, by feedparser's names for them.
    """

    def __init__(self) -> None:
        super().__init__("", None, "utf-8")
        # These two take two thirds of feedparser's time, and paragraphs are a better place for both.
        self.resolve_relative_uris = False
        self.sanitize_html = False
        self.skipped: Counter[str] = Counter()
        # For each open element the depth of feedparser's stack before it, and whether its handler succeeded.
        self._open: list[tuple[int, bool]] = []

    def read(self, text: str) -> None:
        """Parse XML that begins with its root element.

        Raises:
            ParseError: It is not well-formed.
        """
        parser = _BufferedReader()  # no document type comes here (`security`)
        # feedparser finds its handlers by namespace, whatever prefix a feed gives it.
        parser.setFeature(xml.sax.handler.feature_namespaces, True)
        # No entity may read a file or an address (CWE-611). Python's default is off since 3.7.1; this says that it has
        # to be.
        parser.setFeature(xml.sax.handler.feature_external_ges, False)
        parser.setContentHandler(self)
        parser.setErrorHandler(self)
        # The declaration is ours: the text is decoded by now, and expat would obey the one that the publisher wrote.
        data = b'<?xml version="1.0" encoding="utf-8"?>\n' + _LONG_NAME.sub(r"\1\2\3", text).encode()
        try:
            parser.parse(io.BytesIO(data))
        except xml.sax.SAXException as error:
            raise ParseError(f"not well-formed: {error}") from None

    def dead_letters(self, document: Document) -> Iterator[DeadLetter]:
        """Yield a dead letter for each kind of skipped element; it is a repair if no column would have its content."""
        for tag, count in self.skipped.items():
            # An element that no column would have (a chapter, a position) costs nothing, so its poll stays healthy.
            write = lost if tag.rpartition(":")[2] in _READ else repaired
            yield write(document, f"{counted(count, f'<{tag}> element')} skipped: not readable in this place or form")

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        """Begin an element; one whose handler fails is skipped, which `dead_letters` reports."""
        depth = len(self.elementstack)
        # `feedparser.parse` drops the whole feed here, for a chapter without a start, a position outside of its shape.
        try:
            super().unknown_starttag(tag, attrs)
        except Exception:  # noqa: BLE001  its handlers raise whatever goes wrong in them
            self._skip(tag, depth)
            self._open.append((depth, False))
        else:
            self._open.append((depth, True))

    def unknown_endtag(self, tag: str) -> None:
        """End an element that was not skipped."""
        depth, is_read = self._open.pop()
        if is_read:
            try:
                super().unknown_endtag(tag)
            except Exception:  # noqa: BLE001
                self._skip(tag, depth)
                is_read = False
        if not is_read:
            # Not left out: it also takes the element's xml:base and xml:lang off their stacks.
            super().unknown_endtag(_NO_HANDLER)

    def _end_item(self) -> None:
        """End an item; an empty item within another, which some feeds have, is ignored."""
        super()._end_item()
        # Of <item><item/>...</item> the outer one goes on: feedparser would end the entry here and give the rest to the
        # feed.
        if not self.entries[-1] and any(element == "item" for element, *_ in self.elementstack):
            self.entries.pop()
            self.inentry = 1

    # feedparser looks handlers up by name, and its own alias still means its own method.
    _end_entry = _end_item

    def _skip(self, tag: str, depth: int) -> None:
        self.skipped[tag] += 1
        # A handler may have failed after it pushed its element: all later text would go into that one.
        del self.elementstack[depth:]

    def push_content(self, tag: str, attrs_d: Fields, default_content_type: str, expecting_text: int) -> None:
        """Begin a text; the markup of all XML is kept, while feedparser keeps only that of XHTML."""
        super().push_content(tag, attrs_d, default_content_type, expecting_text)
        # feedparser maps types to the few that it knows; `feed_texts.choose_body` needs the one that was published.
        media_type = self.contentparams["type"].partition(";")[0].strip()
        self.contentparams.update(type=_XHTML if XML.fullmatch(media_type) else media_type, media_type=media_type)
