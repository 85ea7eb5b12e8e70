"""Makes XML well-formed, and changes it only where it is not.

A parser's own recovery changes how it reads the rest of a document, or all of it: feedparser's loose parser decodes
references once more than the strict one, so that one bare "<" changes the links and guids of all items. Here everything
that is well-formed stays the same. A "<" that begins no tag becomes text, an attribute gets quotation marks, an element
without an end tag ends where the next field of the item begins, and an end tag without a start tag is removed.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field

_NAME = r"[A-Za-z_][\w.\-]{0,127}(?::[\w.\-]{1,127})?"
# No alternative matches past a "<", so that the time is linear.
_TOKEN = re.compile(
    rf"(?P<section><!\[CDATA\[|<!--|<\?)|</\s*+(?P<end>{_NAME})\s*+(?:>|(?=<))"
    rf"|<(?P<start>{_NAME})(?=[\s/>])(?P<attributes>(?:\"[^\"<]*+\"|'[^'<]*+'|[^<>\"'])*+)>"
    rf"|<(?P<torn>{_NAME})(?P<rest>\s[^<>]*+)>|(?P<declaration><![A-Za-z][^<>]*+>)|(?P<bare><|\]\]>)"
)
_SECTION_ENDS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
_CDATA = "<![CDATA["
ITEM_END = re.compile(r"</(?:[\w.\-]{1,64}:)?(?:item|entry)\s{0,64}>", re.IGNORECASE)
"""The end tag of an entry of a feed."""
_BARE = {"<": "&lt;", "]]>": "]]&gt;"}
_GOOD_ATTRIBUTES = re.compile(rf"(?:\s++{_NAME}\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'))*+\s*+/?")
_ATTRIBUTE = re.compile(rf"({_NAME})(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>]++)))?")
_ITEMS = {"item", "entry"}
_HEADS = {"channel", "feed", "rdf", "rss"}
# Names of children of items and feeds, which don't occur in HTML that a text contains unescaped.
_FIELDS = _ITEMS | {
    *("title", "link", "guid", "id", "pubdate", "published", "updated", "description", "summary", "content"),
    *("author", "category", "comments", "enclosure", "contributor", "rights", "copyright", "language", "image"),
    *("generator", "lastbuilddate", "managingeditor", "webmaster", "ttl", "docs", "encoded"),
}
# Only these: an item may have several links and categories.
_ONCE = {"title", "guid", "description"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "meta", "param", "source", "track", "wbr"}
_MAX_DEPTH = 250  # elements; libxml2 allows 256


@dataclass
class _Open:
    """An open element, with indexes of pieces; -1 for none.

    Attributes:
        start: The piece after its start tag.
        next_field: The first piece in it that begins a field.
        after_item: The piece after the last item in it.
        repeated: The piece that begins the second one of a field that an item has once, after that item.
        fields: The names of fields after that item.
    """

    name: str
    start: int
    next_field: int = -1
    after_item: int = -1
    repeated: int = -1
    fields: set[str] = field(default_factory=set)

    @property
    def local(self) -> str:
        return _local(self.name)

    def begin_field(self, name: str, at: int) -> None:
        """Record that a child begins at the piece `at`."""
        local = _local(name)
        if local not in _FIELDS and ":" not in name:
            return
        if self.next_field < 0:
            self.next_field = at
        if local in _ONCE and name in self.fields and self.repeated < 0:
            self.repeated = at
        self.fields.add(name)

    def end_item(self, at: int) -> None:
        """Record that an item has ended before the piece `at`."""
        self.after_item, self.repeated = at, -1
        self.fields.clear()


class _Balancer:
    """Reads tags and writes them so that start and end tags match.

    Attributes:
        lost: Items with an end tag whose start can't be found.
    """

    def __init__(self) -> None:
        self.lost = 0
        self._pieces: list[str] = []
        self._inserted: dict[int, list[str]] = {}
        self._stack: list[_Open] = []
        self._open: dict[str, list[int]] = defaultdict(list)  # the places in the stack of each name in lower case
        self._items: list[int] = []
        # Marks that don't come again: without it, each of many open sections would search the rest of the text.
        self._absent: set[str] = set()

    def read(self, text: str) -> str:
        """Return the text made well-formed."""
        position = 0
        while token := _TOKEN.search(text, position):
            self._pieces.append(text[position : token.start()])
            position = self._read_section(text, token) if token["section"] else token.end()
            if name := token["start"] or token["torn"]:
                self._start(name, token["attributes"] or token["rest"] or "")
            elif token["end"]:
                self._end(token["end"])
            elif token["bare"]:
                self._pieces.append(_BARE[token[0]])
        self._pieces.append(text[position:])
        self._close_to(0)
        return "".join(
            piece
            for at in range(len(self._pieces) + 1)
            for piece in (*self._inserted.get(at, ()), *self._pieces[at : at + 1])
        )

    def _read_section(self, text: str, token: re.Match[str]) -> int:
        """Add a CDATA section, or drop a comment or an instruction; return where it ends."""
        end = _SECTION_ENDS[token[0]]
        at = self._find(text, end, token.end())
        if end == "]]>" and (at < 0 or _is_unended(text, token.end(), at)):
            # The section ends with the element that it is in.
            close = self._find(text, f"</{self._stack[-1].name}", token.end()) if self._stack else -1
            if at < 0 or 0 <= close < at:
                self._pieces.append(f"{text[token.start() : close]}]]>" if close >= 0 else "")
                return max(close, token.end())
        if end == "]]>":
            self._pieces.append(text[token.start() : at + len(end)])
        return at + len(end) if at >= 0 else token.end()

    def _find(self, text: str, part: str, start: int) -> int:
        """Return the position of the next `part`, or -1; a part that is absent is not searched again."""
        at = text.find(part, start) if part not in self._absent else -1
        if at < 0:
            self._absent.add(part)
        return at

    def _start(self, name: str, attributes: str) -> None:
        is_empty = attributes.endswith("/")
        # An item within an item: the outer one has lost its end tag.
        if self._items and _local(name) in _ITEMS and not is_empty:
            self._close_to(self._items[0])
        if self._stack:
            self._stack[-1].begin_field(name, len(self._pieces))
        # Its text stays, in the element around it; its end tag is removed as one without a start.
        if len(self._stack) >= _MAX_DEPTH and not is_empty:
            return
        self._pieces.append(f"<{name}{_repaired(attributes)}>")
        if not is_empty:
            self._open[name.lower()].append(len(self._stack))
            if _local(name) in _ITEMS:
                self._items.append(len(self._stack))
            self._stack.append(_Open(name, len(self._pieces)))

    def _end(self, name: str) -> None:
        """End an element and those in it without an end tag. The root ends with the text, since more may follow."""
        local = _local(name)
        at = (self._open.get(name.lower()) or [-1])[-1]
        if at < 0:
            if local in _ITEMS:
                self._insert_item(name)
            elif local in _FIELDS:
                self._insert_field(name)
        # A stray end tag in an item must not end an element that the item is in.
        elif local in _ITEMS | _HEADS or (self._items or [-1])[-1] <= at:
            self._close_to(at + 1)
            if at:
                self._pieces.append(f"</{self._pop().name}>")
                self._end_item(local)

    def _pop(self) -> _Open:
        each = self._stack.pop()
        self._open[each.name.lower()].pop()
        if each.local in _ITEMS:
            self._items.pop()
        return each

    def _end_item(self, local: str) -> None:
        if local in _ITEMS and self._stack:
            self._stack[-1].end_item(len(self._pieces))

    def _close_to(self, depth: int) -> None:
        """End the elements without an end tag, down to a depth."""
        while len(self._stack) > depth:
            each = self._pop()
            at = len(self._pieces)
            # HTML's elements without an end tag end at once: what follows them is not in them.
            if each.local in _VOID:
                at = each.start
            # An unclosed title ends before the next field of its item, or it would swallow the rest.
            elif self._stack and each.local not in _ITEMS | _HEADS and each.next_field >= 0:
                at = each.next_field
            self._inserted.setdefault(at, []).append(f"</{each.name}>")
            if self._stack and self._stack[-1].next_field < 0:
                self._stack[-1].next_field = at
            self._end_item(each.local)

    def _insert_item(self, name: str) -> None:
        """Insert the start tag of an item that has only an end tag: after the last item, or before the second title."""
        head = next((at for at in reversed(range(len(self._stack))) if self._stack[at].local in _HEADS), None)
        if head is None or not self._stack[head].fields:
            return
        self._close_to(head + 1)
        parent = self._stack[head]
        start = parent.after_item if parent.after_item >= 0 else parent.repeated
        if start < 0:
            self.lost += 1
            return
        self._inserted.setdefault(start, []).append(f"<{name}>")
        self._pieces.append(f"</{name}>")
        parent.end_item(len(self._pieces))

    def _insert_field(self, name: str) -> None:
        """Insert the start tag of a field before the text between it and the last tag, which is in an item."""
        if not self._stack or self._stack[-1].local not in _ITEMS or name in self._stack[-1].fields:
            return
        at = len(self._pieces) - 1
        while not self._pieces[at].strip() and self._pieces[at - 1].startswith(_CDATA):
            at -= 1
        if self._pieces[at].strip():
            self._stack[-1].begin_field(name, at)
            self._inserted.setdefault(at, []).append(f"<{name}>")
            self._pieces.append(f"</{name}>")


def balance(text: str) -> tuple[str, int]:
    """Return XML made well-formed, and how many items are lost because their start can't be found.

    Args:
        text: XML from its root element on, whose ampersands are escaped and whose prefixes are declared.
    """
    balancer = _Balancer()
    return balancer.read(text), balancer.lost


def has_unended_section(text: str) -> bool:
    """Return whether a CDATA section lacks its end and so ends with that of a later item: well-formed, but wrong."""
    position = 0
    while (start := text.find(_CDATA, position)) >= 0:
        position = text.find("]]>", start)
        if position < 0 or _is_unended(text, start + len(_CDATA), position):
            return True
    return False


def _is_unended(text: str, start: int, end: int) -> bool:
    """Return whether a section contains the end of an item and the start of another section."""
    inner = text.rfind(_CDATA, start, end)
    # Both signs, since a text about feeds may hold either.
    return inner >= 0 and bool(ITEM_END.search(text, start, inner))


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


def _repaired(attributes: str) -> str:
    """Return attributes with quotation marks, without duplicates."""
    found = _ATTRIBUTE.findall(attributes)
    if _GOOD_ATTRIBUTES.fullmatch(attributes) and len({each[0] for each in found}) == len(found):
        return attributes
    values: dict[str, str] = {}
    for name, double, single, bare in found:
        # The first of two, as browsers do (HTML Standard, 13.2.5.33).
        values.setdefault(name, double or single.replace('"', "&quot;") or bare.removesuffix("/"))
    return "".join(f' {name}="{value}"' for name, value in values.items()) + "/" * attributes.endswith("/")
