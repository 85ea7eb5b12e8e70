"""The text of a NewsML-G2 item: its `contentSet`, a set of renditions -> one body.

A rendition is XHTML, NITF, or data (plain text, HTML, either as base64). Other XML (SportsML, events) is data, not
prose; prose wrapped in it is extracted. Remote content is not fetched. `renditions` chooses among the renditions.
"""

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.urls import canonical_url, is_http
from newsbeam.transforms.parse.plain import html_text, one_line, unique
from newsbeam.transforms.parse.wire.fields import is_not_for_publication
from newsbeam.transforms.parse.wire.nitf import BodyHead, body_head, head_title
from newsbeam.transforms.parse.wire.nitf_markup import TAG_IN_TEXT, line_of, nitf_body
from newsbeam.transforms.parse.wire.notepads import without_notepad
from newsbeam.transforms.parse.wire.renditions import HTML_DATA, NITF, PLAIN, XHTML, Part, choose, in_languages, joined
from newsbeam.transforms.parse.xml import XML_LANG, Element, attribute, child, children, descendants, local_name

_HTML = re.compile("a|b|blockquote|br|div|em|h[1-6]|hr|i|ol|p|pre|section|span|strong|table|ul", re.I)
_NITF_BLOCKS = frozenset(("body.head", "body.content", "body.end"))
_REPEATABLE = re.compile("h[1-6]|p|div", re.I)
_ONE_PARAGRAPH = re.compile(r"\s*<p>([^<]*)</p>\s*", re.I)
_PAGE_TITLE = re.compile(r"<title[^<>]{0,200}>([^<>]{1,500})</title>", re.IGNORECASE)
_HEAD = 2_000  # characters
_BASE64 = frozenset(("b64", "base64"))
_NAME = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
_GENRE = re.compile(r"(?:^|\s)genre(?:\s|$)")
_LONGEST_GENRE = 40  # characters
_NOT_STORY = re.compile(r"headline|title|teaser", re.IGNORECASE)  # renditions of metadata


@dataclass(frozen=True)
class Body:
    """The text of an item, and the metadata extracted from its content.

    Attributes:
        content: HTML or plain text, "" if the item has no text.
        content_type: "text/html" or "text/plain".
        head: Fields of the head of an NITF body.
        title: The title in the head of a page, or a rendition that is only a headline.
        teaser: A rendition that is only a teaser.
        genres: Genre lines above a headline.
        notes: Notes to editors, from a notepad below the text.
        language: The language that the rendition declares.
        url: The web address of content that is not in the item.
        left_out: The reason and the element of each part left out.
    """

    content: str = ""
    content_type: str = "text/html"
    head: BodyHead = field(default_factory=BodyHead)
    title: str = ""
    teaser: str = ""
    genres: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    language: str = ""
    url: str = ""
    left_out: tuple[tuple[str, Element], ...] = ()


class _LeftOutError(Exception):
    """A part without readable text; the message states the reason."""


def read_body(item: Element, known_lines: Collection[str], languages: Sequence[str] = ()) -> Body:
    """Return the text in the `contentSet` of an item.

    Args:
        item: A newsItem; the names in its XHTML lose their namespaces.
        known_lines: Lines of the item's metadata, which the header of an XHTML page repeats.
        languages: The declared languages of the content; renditions in other languages are left out.
    """
    parts, left_out = _parts(item, known_lines)
    stories, foreign = in_languages([part for part in parts if part.is_story], languages)
    left_out += [(f"left out: a rendition in another language: {part.language}", part.element) for part in foreign]
    chosen = choose(stories)
    language = next((part.language for part in chosen if part.language), "")
    content, content_type = joined(chosen, next(iter(languages), language))
    return Body(
        content=content,
        content_type=content_type,
        head=next((part.head for part in parts if part.head != BodyHead()), BodyHead()),
        title=next((part.title for part in parts if part.title), ""),
        teaser=next((part.teaser for part in parts if part.teaser), ""),
        genres=unique(genre for part in parts for genre in part.genres),
        notes=unique(one_line(note) for part in parts for note in part.notes),
        language=language,
        url=_url(children(item, "contentSet", "remoteContent"), text_only=bool(chosen)),
        left_out=tuple(left_out),
    )


def _parts(item: Element, known_lines: Collection[str]) -> tuple[list[Part], list[tuple[str, Element]]]:
    """Return the renditions of an item that are for publication, and what could not be read."""
    parts: list[Part] = []
    left_out: list[tuple[str, Element]] = []
    for element in (*children(item, "contentSet", "inlineXML"), *children(item, "contentSet", "inlineData")):
        named = attribute(element, "rendition") or attribute(element, "renditionuri")
        rendition = re.split("[:/#]", named)[-1]
        if is_not_for_publication(rendition):
            continue
        language = one_line(element.get(XML_LANG) or "")
        try:
            found = [_without_notepad(part)._replace(language=language) for part in _read(element, known_lines)]
        except _LeftOutError as error:
            left_out.append((str(error), element))
            continue
        parts += [_as_title_or_teaser(part, rendition) for part in found] if _NOT_STORY.search(rendition) else found
    has_story = any(part.is_story for part in parts)
    # An item whose only rendition is a headline or a teaser has that as its text.
    return parts if has_story else [part._replace(is_story=True) for part in parts], left_out


def _without_notepad(part: Part) -> Part:
    if part.kind != PLAIN:
        return part
    story, notes = without_notepad(part.content)
    return part._replace(content=story, notes=tuple(notes))


def _as_title_or_teaser(part: Part, rendition: str) -> Part:
    """Return a rendition as the headline or the teaser that it is."""
    if "teaser" in rendition.lower():
        return part._replace(is_story=False, teaser=part.text())
    lines = map(one_line, part.content.splitlines()) if part.kind == PLAIN else [part.text()]
    return part._replace(is_story=False, title=next(filter(None, lines), ""))


def markup(element: Element) -> str:
    """Return an element of (X)HTML, without the text after it, as HTML; its names lose their namespaces."""
    # etree.Element as the filter leaves out comments and instructions, whose tag is a function.
    for each in element.iter(etree.Element):
        name = local_name(each)
        each.tag = name if _NAME.fullmatch(name) else "span"  # a malformed one, in repaired XML
        for name in list(each.attrib):
            # HTML has no namespaces: lxml would write them as ns0:... attributes.
            if str(name).startswith("{"):
                del each.attrib[name]
    etree.cleanup_namespaces(element)
    serialised: str = etree.tostring(element, method="html", encoding="unicode", with_tail=False)
    return serialised


def _read(element: Element, known_lines: Collection[str]) -> Iterator[Part]:
    if local_name(element) == "inlineData" and not len(element):
        yield _data(element)
        return
    found = list(_texts(element))
    for kind, text, title in found:
        if kind == NITF:
            yield Part(NITF, nitf_body(text), element, body_head(text), title=title)
        else:
            yield _xhtml(text, element, known_lines)._replace(title=title)
    if found:
        return
    if not len(element):  # markup in CDATA, or plain text
        yield _text_part("".join(element.itertext()), element, "")
    elif any(_HTML.fullmatch(local_name(each)) for each in element):
        yield _xhtml(element, element, known_lines)
    else:
        raise _LeftOutError(f"<{local_name(element[0])}> in {local_name(element)} is data, not text")


def _texts(parent: Element) -> Iterator[tuple[int, Element, str]]:
    """Yield the bodies of XHTML and NITF below an element, at any depth, and their documents' titles."""
    for each in parent:
        name = local_name(each).lower()
        if name == "html":
            body = child(each, "body")
            yield XHTML, each if body is None else body, head_title(each)
        elif name == "body":
            yield (NITF if _NITF_BLOCKS.intersection(map(local_name, each)) else XHTML), each, ""
        elif name == "nitf":
            body = child(each, "body")
            if body is not None:
                yield NITF, body, head_title(each)
        elif name == "body.content":
            yield NITF, each, ""
        else:
            yield from _texts(each)


def _xhtml(body: Element, element: Element, known_lines: Collection[str]) -> Part:
    if not len(body):
        return _text_part(body.text or "", element, "")
    for head in list(children(body, "head")):
        _remove(head)
    for header in list(descendants(body, "header")):
        _strip_header(header, known_lines)
    # A list, since the loop removes from the tree that it walks.
    for paragraph in [each for each in descendants(body, "p") if "teaser" in (each.get("class") or "").split()]:
        if line_of(paragraph) in known_lines:  # the summary
            _remove(paragraph)
    genres = _take_genres(body)
    body.tag, body.tail = "div", None
    body.attrib.clear()
    return Part(XHTML, markup(body), element, genres=genres)


def _take_genres(body: Element) -> tuple[str, ...]:
    """Remove the lines with the class genre from a page (dpa, above a headline), and return them."""
    found = [each for each in body.iter(etree.Element) if _GENRE.search(each.get("class") or "")]
    lines = [(each, line_of(each)) for each in found if each is not body]
    # A longer element of that class holds the story, and only the class is misused.
    short = [(each, line) for each, line in lines if len(line) <= _LONGEST_GENRE]
    for each, _ in short:
        _remove(each)
    return unique(line for _, line in short)


def _strip_header(header: Element, known_lines: Collection[str]) -> None:
    """Remove what repeats the metadata from a page's header: time, keywords, headline, byline (dpa)."""
    for each in list(header):
        is_metadata = local_name(each) == "time" or "slugline" in (each.get("class") or "").split()
        if is_metadata or (_REPEATABLE.fullmatch(local_name(each)) and line_of(each) in known_lines):
            _remove(each)


def _remove(element: Element) -> None:
    """Remove an element from its tree, but not the text after it."""
    # lxml keeps the text after an element in the element: remove() would take it along.
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _data(element: Element) -> Part:
    """Return the text of `inlineData`, decoded."""
    text = "".join(element.itertext())
    media_type = attribute(element, "contenttype").lower()
    encoding = re.split("[:/]", attribute(element, "encoding") or attribute(element, "encodinguri"))[-1].lower()
    is_text = not media_type or bool(re.search("text|html|xml|nitf", media_type))
    if text.strip() and not is_text:
        raise _LeftOutError(f"inlineData of the type {media_type} is not text")
    if encoding in _BASE64:
        text = _decoded(text, media_type)
    elif encoding:
        raise _LeftOutError(f"inlineData in the encoding {encoding} can't be read")
    return _text_part(text, element, media_type)


def _decoded(text: str, media_type: str) -> str:
    try:
        # Not validated, since XML is indented and Base64 in it broken into lines.
        data = base64.b64decode(text.encode(), validate=False)
        # Without a type it may be a picture. That is not UTF-8, while `decode` makes a text of anything.
        return data.decode() if not media_type else decode(data, media_type).text
    except (binascii.Error, UnicodeDecodeError):
        raise _LeftOutError("inlineData is not text in base64") from None


def _text_part(text: str, element: Element, media_type: str) -> Part:
    """Return text as HTML or plain text by its content: HTML is sent as text/plain too (ANSA)."""
    wrapped = _ONE_PARAGRAPH.fullmatch(text)
    if wrapped and "\n" in wrapped[1].strip():
        return Part(PLAIN, wrapped[1], element)  # a text with its own line breaks
    is_html = bool(TAG_IN_TEXT.search(text))
    title = html_text(found[1]) if (found := _PAGE_TITLE.search(text[:_HEAD])) else ""
    return Part(HTML_DATA if is_html or "html" in media_type else PLAIN, text, element, title=title)


def _url(remote: Iterable[Element], text_only: bool) -> str:
    """Return the web address of a rendition: a text if there is one, else the picture or film of the item."""
    urls = [(attribute(each, "contenttype"), attribute(each, "href")) for each in remote]
    texts = [url for media_type, url in urls if "text" in media_type or "html" in media_type]
    others = () if text_only else [url for _, url in urls]
    return next((canonical_url(url) for url in (*texts, *others) if is_http(url)), "")
