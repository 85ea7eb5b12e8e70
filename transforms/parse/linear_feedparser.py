"""feedparser's strict parser in linear time, where its own code and that of xml.sax take quadratic time."""

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

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl) -> None:
        if len(attrs) > _MOST_ATTRIBUTES:
            kept = attrs.getNames()[:_MOST_ATTRIBUTES]
            qnames = {key: attrs.getQNameByName(key) for key in kept}
            attrs = AttributesNSImpl({key: attrs.getValue(key) for key in kept}, qnames)
        super().startElementNS(name, qname, attrs)

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
