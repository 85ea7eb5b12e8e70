"""The components of a NewsML 1 item -> its text: each text once, in the order of a page, at any nesting.

A NewsComponent contains components, or content items, which may be equivalents of each other (`EquivalentsList`, or a
`BasisForChoice` of format or language). Its Role states its purpose, in names that agencies choose freely.
"""

import base64
import binascii
import html
import quopri
import re
import textwrap
from dataclasses import dataclass, field, replace

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.plain_markup import as_markup
from newsbeam.transforms.errors import ParseError, RecordError
from newsbeam.transforms.parse.plain import html_text, scrub
from newsbeam.transforms.parse.result import LeftOut
from newsbeam.transforms.parse.wire.nitf import BodyHead, body_head, head_title
from newsbeam.transforms.parse.wire.nitf_markup import line_of, nitf_body
from newsbeam.transforms.parse.xml import Element, attribute, child, children, descendants, read_xml, text_of
from newsbeam.transforms.records import Document

# Roles, and their place on a page: lead, story, other parts, captions, contacts.
_STYLES = re.compile(r"style ?sheet", re.IGNORECASE)
_HEADLINE = re.compile(r"^head ?(?:line)?$|^title$", re.IGNORECASE)
_SUBTITLE = re.compile(r"^sub ?-?(?:head|title)", re.IGNORECASE)
_SUMMARY = re.compile(r"abstract|summary|teaser|synopsis", re.IGNORECASE)
_CAPTION = re.compile(r"caption|legend", re.IGNORECASE)
_CONTACT = re.compile(r"contact", re.IGNORECASE)
_STORY = re.compile(r"^(?:main|body|text|story|article|news|$)", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:lead(?:[ -]?(?:in|text|paragraph))?|intro(?:duction)?|chap(?:eau|o)|stand ?first|vorspann|ingress|preamble)$",
    re.IGNORECASE,
)
# Sort keys: in this order the parts stand on the page.
_LEAD_PLACE, _STORY_PLACE, _OTHER_PLACE, _CAPTION_PLACE, _CONTACT_PLACE = range(5)

_NOT_TEXT = re.compile(
    r"(?:photo|picture|image|graphics?|video|audio|animation)(?:/.*)?|application/(?!x?html|xml|nitf).*|text/css"
    r"|text/javascript|css|jpe?g.*|gif.*|png|pdf|mpeg.*|quicktime|flash",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"</?(?:p|br|div|html|body|nitf|body\.content|table|pre|hl\d|h\d|ul|b|i|em|strong)[\s/>]", re.I)
_DOCUMENT = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE[^>\[]*>\s*)?<(?:\w+:)?(?:nitf|html|body|body\.content)[\s>]", re.IGNORECASE
)
_PARTS = re.compile(r"</?(?:p|li|div|br|h\d)\b[^<>]*>", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"[\W_]+")
_PLAIN_RANK = 3
_NO_RANK = 9
# A hostile document could nest Encoding elements without end, and each decoding costs the whole text.
_MOST_ENCODINGS = 4  # around one content


@dataclass(frozen=True)
class Text:
    """One text of an item.

    Attributes:
        markup: The text as HTML.
        plain: The text as published, if it has no markup.
        rank: How much structure it has: 0 for NITF, 1 for XHTML, 2 for HTML, 3 for plain text.
        head: Fields of the head of NITF.
        title: The title in the head of the document.
        language: The declared language, or "".
    """

    markup: str
    plain: str = ""
    rank: int = 0
    head: BodyHead = field(default_factory=BodyHead)
    title: str = ""
    language: str = ""


@dataclass(frozen=True)
class Component:
    """A NewsComponent with its own or inherited role and language, and its depth."""

    element: Element
    role: str
    depth: int
    language: str = ""


@dataclass
class ItemText:
    """The texts of an item.

    Attributes:
        pieces: Each text and its place on the page, by its letters.
        headline, subtitle, summary: From components with these roles.
        head: Fields of the first NITF head.
        title: The first title in the head of a document.
        headings: Later headlines, which are headings of the next text.
        losses: What could not be read, or was left out, and why.
    """

    headline: str = ""
    subtitle: str = ""
    summary: str = ""
    head: BodyHead = field(default_factory=BodyHead)
    title: str = ""
    headings: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    pieces: dict[str, tuple[int, Text]] = field(default_factory=dict)

    def content(self) -> tuple[str, str]:
        """Return the text of the item in the order of a page, and its media type, without captions that repeat it."""
        story = "\n".join(key for key, (place, _) in self.pieces.items() if place in (_LEAD_PLACE, _STORY_PLACE))
        texts = [
            text
            for key, (place, text) in sorted(self.pieces.items(), key=lambda piece: piece[1][0])
            if place != _CAPTION_PLACE or key not in story
        ]
        if len(texts) == 1 and texts[0].plain:
            return texts[0].plain, "text/plain"
        return "\n".join(text.markup for text in texts), "text/html"

    def add(self, place: int, text: Text) -> None:
        """Add a text; one that is sent in two formats is added once."""
        # By letters, since the two formats differ in markup, line breaks and quotation marks.
        key = letters_of(html_text(text.markup))
        first, other = self.pieces.get(key, (place, text))
        if key:
            self.pieces[key] = (first, min(text, other, key=lambda each: each.rank))


def read_text(document: Document, found: list[Component], title: str, language: str) -> ItemText:
    """Return the texts in the components of an item.

    Args:
        document: The document of the item.
        found: The components of the item.
        title: The headline from its lines, or "".
        language: The item's language, "" if unknown; a text in another language gets a `lang` in its markup.
    """
    item = ItemText()
    for component in found:
        texts, losses = _texts(document, component)
        item.losses += losses
        captions, heading = _lines(component, bool(texts), title)
        item.headings += [heading] if heading else []
        for text in texts:
            if text.head != BodyHead() and item.head == BodyHead():
                item.head = text.head
            item.title = item.title or text.title
            _add_by_role(item, component.role, _in_its_language(text, language), title)
        for line in captions:
            item.add(_CAPTION_PLACE, Text(f"<p>{html.escape(line, quote=False)}</p>"))
    if item.headings:
        item.add(_OTHER_PLACE, _below_headings(item.headings, Text("")))
    return item


def _in_its_language(text: Text, language: str) -> Text:
    # Primary tags: de-AT within de needs no mark, and the text stage would read the `lang` as a foreign part.
    if not text.language or text.language[:2].lower() == (language or text.language)[:2].lower():
        return text
    return replace(text, markup=f'<div lang="{html.escape(text.language)}">{text.markup}</div>', plain="")


def _below_headings(headings: list[str], text: Text) -> Text:
    """Return a text with headings above it; empties the list of headings."""
    above = "".join(f"<h2>{html.escape(heading, quote=False)}</h2>" for heading in headings)
    # The caller's list: a heading belongs to one text only.
    headings.clear()
    return replace(text, markup=f"{above}{text.markup}", plain="") if above else text


def _add_by_role(item: ItemText, role: str, text: Text, title: str) -> None:
    """Add a text by its role: to a field, or to a place on the page."""
    if _STYLES.search(role):
        return
    if is_headline(role):
        _add_headline(item, html_text(text.markup), title)
    elif _SUBTITLE.search(role) and not item.subtitle:
        item.subtitle = "; ".join(filter(None, map(html_text, _PARTS.split(text.markup))))
    elif _SUMMARY.search(role) and not item.summary:
        item.summary = html_text(text.markup)
    else:
        item.add(_place_of(role), _below_headings(item.headings, text))


def _add_headline(item: ItemText, line: str, title: str) -> None:
    """Use the first headline for an item that has none; a later one is the heading of the next text."""
    if not title and not item.headline:
        item.headline = line
    elif letters_of(line) not in ("", letters_of(title), letters_of(item.headline)):
        item.headings.append(line)


def _place_of(role: str) -> int:
    if _LEAD.search(role):
        return _LEAD_PLACE
    if is_story(role):
        return _STORY_PLACE
    if is_caption(role):
        return _CAPTION_PLACE
    return _CONTACT_PLACE if _CONTACT.search(role) else _OTHER_PLACE


def letters_of(text: str) -> str:
    """Return the letters of a text in lower case, the key by which texts are compared."""
    return _NOT_LETTERS.sub("", text).casefold()


def _lines(component: Component, has_text: bool, title: str) -> tuple[list[str], str]:
    """Return the captions in the NewsLines of a component, and its heading unless it is the item's headline.

    The headline of a component without text (a photo) is a caption.
    """
    lines = child(component.element, "NewsLines")
    captions = [
        line_of(text)
        for line in children(lines, "NewsLine")
        if _CAPTION.search(attribute(child(line, "NewsLineType"), "FormalName"))
        for text in children(line, "NewsLineText")
    ]
    headline = line_of(own) if (own := child(lines, "HeadLine")) is not None else ""
    if not headline or letters_of(headline) == letters_of(title):
        return captions, ""
    if has_text or _has_text_below(component.element):
        return captions, headline
    is_file = child(component.element, "ContentItem") is not None
    return ([*captions, headline], "") if is_file else (captions, headline if component.depth else "")


def _has_text_below(component: Element) -> bool:
    """Tell whether a component contains only other components, with text in them."""
    is_outer = child(component, "ContentItem") is None and child(component, "NewsItem") is None
    return is_outer and next(descendants(component, "DataContent"), None) is not None


def components(item: Element, language: str, losses: list[str]) -> list[Component]:
    """Return the components of an item in document order, only the best of equivalents; none of nested items.

    Args:
        item: A NewsItem.
        language: The language to choose among equivalents, "" for the first.
        losses: Receives what is left out.
    """
    found = []
    # A stack in place of recursion: components can be nested to any depth.
    todo = [Component(each, _role(each), 0, language_of(each)) for each in children(item, "NewsComponent")][::-1]
    while todo:
        component = todo.pop()
        found.append(component)
        inside = list(children(component.element, "NewsComponent"))
        if len(inside) > 1 and _are_equivalent(component.element, "NewsComponent"):
            inside = [_best_component(inside, language, losses)]
        depth = component.depth + 1
        todo.extend(
            Component(each, _role(each) or component.role, depth, language_of(each) or component.language)
            # Reversed, so that the stack gives them in document order.
            for each in reversed(inside)
        )
    return found


def is_story(role: str) -> bool:
    """Tell whether a component of this role contains the story, not an addition to it."""
    return bool(_STORY.search(role) or _LEAD.search(role))


def is_headline(role: str) -> bool:
    """Tell whether a component is only a headline."""
    return _HEADLINE.search(role) is not None


def is_caption(role: str) -> bool:
    """Tell whether a component or a line is the caption of a picture."""
    return _CAPTION.search(role) is not None


def _role(component: Element) -> str:
    return attribute(child(component, "Role"), "FormalName")


def _are_equivalent(component: Element, kind: str) -> bool:
    """Tell whether the components or content items in a component are declared equivalents.

    A choice by role is not one: a headline, a body and a logo are parts of one whole.
    """
    if attribute(component, "EquivalentsList").lower() == "yes":
        return True
    choice = re.compile(rf"{kind}\b.*(?:Language|Format|MimeType|MediaType)")
    return any(choice.search(text_of(basis)) for basis in children(component, "BasisForChoice"))


def _best_component(equivalents: list[Element], language: str, losses: list[str]) -> Element:
    """Return the equivalent in the wanted language, in the richest format."""
    wanted = language[:2].lower()
    languages = [language_of(each)[:2].lower() for each in equivalents]
    wanted = wanted if wanted in languages else languages[0]
    ranks = [min((_rank(each) for each in descendants(e, "ContentItem")), default=_NO_RANK) for e in equivalents]
    best = min(range(len(equivalents)), key=lambda at: (languages[at] != wanted, ranks[at]))
    others = sorted({code for code in languages if code and code != languages[best]})
    # Formats of one language are the same words; another language is a text that no row has.
    losses.extend(LeftOut(f"left out: the equivalent in another language: {code}") for code in others)
    return equivalents[best]


def language_of(component: Element) -> str:
    """Return the declared language of a component, or ""."""
    stated = attribute(child(component, "DescriptiveMetadata", "Language"), "FormalName")
    return stated or attribute(component, "lang")


def _rank(content: Element) -> int:
    if is_not_text(content):
        return _NO_RANK
    for rank, name in enumerate(("nitf", "html", "DataContent")):
        if next(descendants(content, name), None) is not None:
            return rank
    return _NO_RANK


def _texts(document: Document, component: Component) -> tuple[list[Text], list[str]]:
    """Return the texts of a component itself, and what could not be read."""
    texts: list[Text] = []
    losses: list[str] = []
    for content in children(component.element, "ContentItem"):
        try:
            text = _text(document, content)
        except RecordError as error:
            losses.append(LeftOut(f"left out: a content item: {error}"))
            continue
        if text is not None:
            language = attribute(content, "lang") or attribute(child(content, "DataContent"), "lang")
            texts.append(replace(text, language=language or component.language))
    if len(texts) > 1 and _are_equivalent(component.element, "ContentItem"):
        texts = [min(texts, key=lambda text: text.rank)]
    return texts, losses


def is_not_text(content: Element) -> bool:
    """Tell whether a ContentItem is a picture or another file, by its declared type."""
    kinds = [attribute(child(content, name), "FormalName") for name in ("MediaType", "Format", "MimeType")]
    return any(_NOT_TEXT.fullmatch(kind) for kind in kinds)


def _text(document: Document, content: Element) -> Text | None:
    """Return the text of a ContentItem; None for one without (a photo, a reference)."""
    if is_not_text(content):
        return None
    notations: list[str] = []
    holder = content
    while (inner := child(holder, "Encoding")) is not None and len(notations) < _MOST_ENCODINGS:
        notations.append(attribute(inner, "Notation").lower())
        holder = inner
    data = child(holder, "DataContent")
    if data is None:
        return None
    if len(data):
        return _text_of_markup(data)
    text = "".join(data.itertext())
    for notation in reversed(notations):
        text = _decoded(text, notation, attribute(child(content, "MimeType"), "FormalName"))
    return _text_of_characters(document, text)


def _decoded(text: str, notation: str, mime_type: str) -> str:
    # Both encodings are ASCII, so anything else came between by accident (no-break spaces of an editor).
    raw = text.encode("ascii", "ignore")
    if "base64" in notation:
        try:
            return decode(base64.b64decode(raw), mime_type).text
        except binascii.Error as error:
            raise ParseError(f"not base64: {error}") from error
    if "quoted" in notation:
        return decode(quopri.decodestring(raw), mime_type).text
    raise ParseError(f"unknown encoding {notation!r}")


def _text_of_markup(data: Element) -> Text | None:
    """Return the text of NITF or XHTML elements; None for a NewsML document, whose items are read separately."""
    if next(descendants(data, "NewsItem"), None) is not None:
        return None
    nitf = next(descendants(data, "nitf", "body.content"), None)
    body = next(descendants(data, "body"), None) if nitf is not None else None
    page = next(descendants(data, "nitf", "html"), None)
    title = "" if page is None else head_title(page)
    return Text(nitf_body(data if body is None else body), rank=nitf is None, head=body_head(body), title=title)


def _text_of_characters(document: Document, text: str) -> Text | None:
    """Return the text in characters: an escaped document, HTML, or plain text."""
    # The indentation of the XML is not that of the text, by which paragraphs are told apart (`plain_text`).
    text = scrub(textwrap.dedent(text)).strip()
    if not text:
        return None
    if _DOCUMENT.match(text):
        try:
            return _text_of_markup(read_xml(replace(document, body=text.encode(), media_type="")).root)
        except RecordError:
            return Text(text, rank=2)
    if _MARKUP.search(text):
        return Text(text, rank=2)
    return Text(as_markup(text), text, _PLAIN_RANK)
