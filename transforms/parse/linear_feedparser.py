"""feedparser's strict parser in linear time, where its own code and that of xml.sax take quadratic time."""

from typing import Any
from xml.sax.xmlreader import AttributesNSImpl

import feedparser.api
from feedparser.util import FeedParserDict

# More than any element of a feed has. xml.sax looks through all of them for the name of each.
_MOST_ATTRIBUTES = 200


class LinearFeedParser(feedparser.api.StrictFeedParser):
    """Reads one feed; an element keeps its first 200 attributes."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self._seen_tags: set[tuple[int, str | None, str | None, str | None]] = set()

    def startElementNS(self, name: tuple[Any, ...], qname: str | None, attrs: AttributesNSImpl) -> None:
        kept = attrs.getNames()[:_MOST_ATTRIBUTES]
        if len(attrs) > len(kept) or any(len(key) != 2 for key in kept):
            values = {_pair(key): attrs.getValue(key) for key in kept}
            attrs = AttributesNSImpl(values, {_pair(key): attrs.getQNameByName(key) for key in kept})
        super().startElementNS(_pair(name), qname, attrs)

    def endElementNS(self, name: tuple[Any, ...], qname: str | None) -> None:
        super().endElementNS(_pair(name), qname)

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        """Keep a category once, as feedparser does, without comparing it with all others.

        One without a term gets that later, from the text of its element: only the last one can still be without.
        """
        tags = self._get_context().setdefault("tags", [])
        key = (id(tags), term, scheme, label)
        tag = FeedParserDict(term=term, scheme=scheme, label=label)
        if not (term or scheme or label) or key in self._seen_tags or tags[-1:] == [tag]:
            return
        if term:
            self._seen_tags.add(key)
        tags.append(tag)


def _pair(name: tuple[Any, ...]) -> tuple[str | None, str]:
    """Return namespace and name: xml.sax gives more than two where there is white space in the namespace."""
    return ("".join(part or "" for part in name[:-1]), name[-1]) if len(name) > 2 else (name[0], name[1])
