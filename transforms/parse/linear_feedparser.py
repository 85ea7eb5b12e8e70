"""feedparser's strict parser with linear-time replacements for quadratic code of feedparser and xml.sax."""

from typing import Any
from xml.sax.xmlreader import AttributesNSImpl

import feedparser.api
from feedparser.util import FeedParserDict

# More than any element of a feed has. xml.sax searches all of them for the name of each.
_MAX_ATTRIBUTES = 200


class LinearFeedParser(feedparser.api.StrictFeedParser):
    """Parses one feed; an element keeps its first 200 attributes."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self._seen_tags: set[tuple[int, str | None, str | None, str | None]] = set()

    def startElementNS(self, name: tuple[Any, ...], qname: str | None, attrs: AttributesNSImpl) -> None:
        """Begin an element, with at most `_MAX_ATTRIBUTES` attributes and names of two parts."""
        # The first and not none: with 300 attributes a link would have no address.
        kept = attrs.getNames()[:_MAX_ATTRIBUTES]
        # feedparser unpacks each name as a pair, and any other number of parts raises ValueError for the whole feed.
        if len(attrs) > len(kept) or any(len(key) != 2 for key in kept):
            values = {_pair(key): attrs.getValue(key) for key in kept}
            attrs = AttributesNSImpl(values, {_pair(key): attrs.getQNameByName(key) for key in kept})
        super().startElementNS(_pair(name), qname, attrs)

    def endElementNS(self, name: tuple[Any, ...], qname: str | None) -> None:
        """End an element."""
        super().endElementNS(_pair(name), qname)

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        """Keep each category once, as feedparser does, without comparing it with all others."""
        # A category without a term gets it from the text of its element, so only the last one can lack it.
        tags = self._get_context().setdefault("tags", [])
        # By the list's identity: each entry has a list of its own, and one set for the feed needs no reset. The lists
        # live as long as the feed, so no id is used again.
        key = (id(tags), term, scheme, label)
        tag = FeedParserDict(term=term, scheme=scheme, label=label)
        if not (term or scheme or label) or key in self._seen_tags or tags[-1:] == [tag]:
            return
        if term:
            self._seen_tags.add(key)
        tags.append(tag)


def _pair(name: tuple[Any, ...]) -> tuple[str | None, str]:
    """Return namespace and name; xml.sax gives more than two parts if the namespace has white space in it."""
    return ("".join(part or "" for part in name[:-1]), name[-1]) if len(name) > 2 else (name[0], name[1])
