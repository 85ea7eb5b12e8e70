"""feedparser's strict parser, whose handlers may fail: the element is left out, and the feed is read on.

`feedparser.parse` gives up the whole feed if one of its handlers stumbles over an element (a podcast's chapter without
a start, a position outside of its shape), and reads a feed that is not well-formed in another way than all others; what
comes here is well-formed (`repair`).
"""

import io
import re
import xml.sax
from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.sax.xmlreader import AttributesNSImpl

from newsbeam.transforms.errors import ParseError
from newsbeam.transforms.parse.feed_texts import XML
from newsbeam.transforms.parse.linear_feedparser import LinearFeedParser
from newsbeam.transforms.parse.result import lost, repaired
from newsbeam.transforms.records import DeadLetter, Document

Fields = dict[str, Any]

# The start of a name that is no name: feedparser looks for an address in it in quadratic time.
_LONG_NAME = re.compile(
    r"(<(?:[\w.\-]+:)?(?:author|creator|managingEditor|webMaster|publisher|name|email)\b[^<>]*>)"
    r"(?:(<!\[CDATA\[(?:(?!\]\]>).){500})(?:(?!\]\]>).)*|([^<]{500})[^<]*)",
    re.IGNORECASE | re.DOTALL,
)
_XHTML = "application/xhtml+xml"
# Elements of which something comes into rows, by their names without prefix.
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
_MOST_ATTRIBUTES = 256
# A tag that no handler is for.
_NO_TAG = "newsbeam:left-out"


class FeedParser(LinearFeedParser):
    """Reads one feed.

    Attributes:
        left_out: The elements whose handlers failed, as feedparser names them, and how often.
    """

    def __init__(self) -> None:
        super().__init__("", None, "utf-8")
        self.resolve_relative_uris = False
        self.sanitize_html = False
        self.left_out: Counter[str] = Counter()
        self._open: list[tuple[int, bool]] = []

    def read(self, text: str) -> None:
        """Read XML from its root element on.

        Raises:
            ParseError: It is not well-formed.
        """
        parser = xml.sax.make_parser()  # noqa: S317  no document type comes here (`security`)
        parser.setFeature(xml.sax.handler.feature_namespaces, True)
        parser.setFeature(xml.sax.handler.feature_external_ges, False)
        parser.setContentHandler(self)
        parser.setErrorHandler(self)
        data = b'<?xml version="1.0" encoding="utf-8"?>\n' + _LONG_NAME.sub(r"\1\2\3", text).encode()
        try:
            parser.parse(io.BytesIO(data))
        except xml.sax.SAXException as error:
            raise ParseError(f"not well-formed: {error}") from None

    def letters(self, document: Document) -> Iterator[DeadLetter]:
        """Yield what to say of the elements that were left out; it is more than a repair if rows would have them."""
        for tag, count in self.left_out.items():
            write = lost if tag.rpartition(":")[2] in _READ else repaired
            yield write(document, f"{count} elements {tag} in a place or form where they can't be read")

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl) -> None:
        """Begin an element; feedparser takes quadratic time for its attributes."""
        few = len(attrs) <= _MOST_ATTRIBUTES
        super().startElementNS(name, qname, attrs if few else AttributesNSImpl({}, {}))

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        depth = len(self.elementstack)
        try:
            super().unknown_starttag(tag, attrs)
        except Exception:  # noqa: BLE001  its handlers raise whatever they stumble over
            self._leave_out(tag, depth)
            self._open.append((depth, False))
        else:
            self._open.append((depth, True))

    def unknown_endtag(self, tag: str) -> None:
        depth, is_read = self._open.pop()
        if is_read:
            try:
                super().unknown_endtag(tag)
            except Exception:  # noqa: BLE001
                self._leave_out(tag, depth)
                is_read = False
        if not is_read:
            super().unknown_endtag(_NO_TAG)

    def _end_item(self) -> None:
        """End an item; an empty one within another, which some feeds have, ends nothing."""
        super()._end_item()
        if not self.entries[-1] and any(element == "item" for element, *_ in self.elementstack):
            self.entries.pop()
            self.inentry = 1

    _end_entry = _end_item

    def _leave_out(self, tag: str, depth: int) -> None:
        self.left_out[tag] += 1
        del self.elementstack[depth:]

    def push_content(self, tag: str, attrs_d: Fields, default_content_type: str, expecting_text: int) -> None:
        """Begin a text; the markup of all XML is kept, as feedparser keeps that of XHTML alone."""
        super().push_content(tag, attrs_d, default_content_type, expecting_text)
        media_type = self.contentparams["type"].partition(";")[0].strip()
        self.contentparams.update(type=_XHTML if XML.fullmatch(media_type) else media_type, media_type=media_type)
