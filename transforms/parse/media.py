"""Reads the pictures, audio and video of feeds: Media RSS (rssboard.org/media-rss), enclosures, iTunes, `<img>`.

A title, a caption or a credit belongs to the media object that contains it, else to its whole group, else to the whole
item (Media RSS, "Optional elements"). One address is one row.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Literal
from urllib.parse import urljoin, urlsplit

from newsbeam.transforms.common.picture_credits import picture_credit
from newsbeam.transforms.common.urls import canonical_url, is_http
from newsbeam.transforms.parse.plain import html_text, one_line, parse_html
from newsbeam.transforms.parse.xml import Element, local_name
from newsbeam.transforms.records import Media

MediaKind = Literal["image", "video", "audio", "other"]
Namer = Callable[[Element], str]
"""Returns an element's name with the usual prefix of its namespace: "media:content", "link"."""

_KINDS: dict[str, MediaKind] = {"image": "image", "video": "video", "audio": "audio"}
# Types whose first half does not tell the kind: Flash and playlists of videos.
_VIDEO_TYPES = {
    "application/x-shockwave-flash",
    "application/vnd.apple.mpegurl",
    "application/x-mpegurl",
    "application/dash+xml",
}
# Our own table, since the one of the standard library depends on the machine.
_ENDINGS: dict[str, MediaKind] = {
    "avif bmp gif heic jpe jpeg jpg png svg tif tiff webp": "image",
    "3gp avi flv m3u8 m4v mkv mov mp4 mpeg mpg ogv webm wmv": "video",
    "aac aif aiff flac m4a m4b mp3 oga ogg opus wav wma": "audio",
}
_KIND_OF_ENDING = {ending: kind for endings, kind in _ENDINGS.items() for ending in endings.split()}
# Six digits, so that no number exceeds an int32 column; "640.0" and "640px" occur.
_PIXELS = re.compile(r"(\d{1,6})(?:\.\d{1,6})?(?:px)?", re.ASCII)
_BYTES = re.compile(r"\d{1,15}", re.ASCII)
_CLOCK = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,6}(?:\.\d{1,6})?)", re.ASCII)
# Where lazy-loading scripts keep the address.
_SOURCES = ("src", "data-src", "data-lazy-src", "data-original", "data-orig-file")
# Buttons, smileys and counters that publishing systems put into bodies.
_DECORATION_CLASS = re.compile(r"\b(?:wp-smiley|emoji|smiley|avatar)\b", re.IGNORECASE)
_SERVICES = re.compile(
    r"https?://(?:feeds\.feedburner\.com/~|[^/]*\.feedsportal\.com/|(?:stats|pixel)\.[^/]+/|[^/]*doubleclick\.net/)",
    re.IGNORECASE,
)
_COUNTER = re.compile(
    r"https?://[^?#]*(?:/(?:tracking|pixels?|beacons?)/|[/._-](?:pixel|beacon|1x1|spacer|blank)\.(?:gif|png)(?:[?#]|$))",
    re.IGNORECASE,
)
# Elements that can be the line of a credit, and how many elements can be in one (a link, a name in italics).
_CREDITING = ("p", "figcaption", "div", "span", "small", "em", "i", "cite")
_CREDIT_PARTS = 3
_NO_ADDRESS = {"", "undefined", "null", "none", "#"}  # scripts write these if they have none


@dataclass(frozen=True)
class _Inherited:
    """The descriptions that media objects inherit from the elements around them."""

    title: str = ""
    caption: str = ""
    credit: str = ""


def media_of_item(item: Element, name_of: Namer) -> tuple[Media, ...]:
    """Return the media objects of an item, in its order, with their addresses as published."""
    inherited = _inherited(item, name_of, _Inherited())
    # It is the length of the episode, so it is that of whatever sound or film the item has.
    duration = next((_seconds(_text(child)) for child in item if name_of(child) == "itunes:duration"), None)
    found = tuple(_in_scope(item, name_of, inherited))
    # A rendition that states its own length keeps it: trailers stand beside whole episodes.
    timed = {media.url for media in found if media.duration_s or media.kind not in ("audio", "video")}
    return tuple(media if media.url in timed else replace(media, duration_s=duration) for media in found)


def unique_media(found: Iterable[Media], base: str) -> tuple[Media, ...]:
    """Return media with absolute addresses, each address once with all its descriptions; no tracking pixels."""
    by_url: dict[str, Media] = {}
    for media in found:
        url = canonical_url(media.url, base)
        if is_http(url) and (media.width, media.height) != (1, 1):
            by_url[url] = _filled(by_url[url], media) if url in by_url else replace(media, url=url)
    return tuple(by_url.values())


def media_of_body(markup: str) -> Iterator[Media]:
    """Yield the pictures in an HTML body, with the caption of their figure or else their alternative text.

    A line that only credits a picture ("(Image credit: Jane Doe)") is the credit of the last one before it.
    """
    # Most bodies have no picture, and need no parser for that.
    if "<img" not in markup and "<IMG" not in markup:
        return
    tree = parse_html(markup)
    last: Media | None = None
    for element in () if tree is None else tree.iter("img", *_CREDITING):
        if element.tag != "img":
            last = replace(last, credit=_credit(element)) if last and not last.credit else last
            continue
        url = _source(element)
        if url and not _is_decoration(element, url):
            yield from filter(None, [last])
            last = _picture_in_body(element, url)
    yield from filter(None, [last])


def _picture_in_body(image: Element, url: str) -> Media:
    return Media(
        url,
        "image",
        caption=_caption(image) or one_line(image.get("alt", "")),
        width=pixels(image.get("width", "")),
        height=pixels(image.get("height", "")),
    )


def _credit(element: Element) -> str:
    """Return whom an element credits if that is all that it says; elements within others are not looked into."""
    if len(element) > _CREDIT_PARTS or any(len(part) for part in element):
        return ""
    return picture_credit(one_line("".join(element.itertext())))


def kind_of(media_type: str, url: str, medium: str = "") -> MediaKind:
    """Return the kind of a file by its declared medium, its media type, or the suffix of its path."""
    if medium.lower() in _KINDS:
        return _KINDS[medium.lower()]
    if media_type in _VIDEO_TYPES:
        return "video"
    if media_type.partition("/")[0] in _KINDS:
        return _KINDS[media_type.partition("/")[0]]
    try:
        path = urlsplit(url).path
    except ValueError:
        return "other"
    # A stated medium that is not a picture, sound or film ("document", "executable") outweighs the ending of the
    # address.
    return "other" if medium else _KIND_OF_ENDING.get(path.rpartition(".")[2].lower(), "other")


def pixels(raw: str) -> int | None:
    """Return a number of pixels; None for none and for 0, which means unknown."""
    match = _PIXELS.fullmatch(raw.strip())
    return int(match[1]) or None if match else None


def size(raw: str) -> int | None:
    """Return a number of bytes; None for none and for 0, which RSS requires if it is unknown."""
    return int(raw) or None if _BYTES.fullmatch(raw.strip()) else None


def _seconds(raw: str) -> float | None:
    """Return a duration in seconds, also of "1:02:03"; None for none and for 0."""
    match = _CLOCK.fullmatch(raw.strip())
    return float(match[3]) + 60 * int(match[2] or 0) + 3600 * int(match[1] or 0) or None if match else None


def _in_scope(scope: Element, name_of: Namer, inherited: _Inherited) -> Iterator[Media]:
    """Yield the media objects of an item or a group; thumbnails inherit only if there are no other objects."""
    names = [name_of(child) for child in scope]
    contents = {"media:content", "media:group", "enclosure"} & set(names)
    for child, name in zip(scope, names, strict=True):
        if name == "media:group":
            yield from _in_scope(child, name_of, _inherited(child, name_of, inherited))
        elif name == "media:content":
            yield from _content(child, name_of, inherited)
        elif name == "media:thumbnail":
            yield from _picture(child, _Inherited() if contents else inherited)
        # A player is a page that shows the content (Media RSS), so it is a medium only where there is no content.
        elif name == "media:player" and "media:content" not in names:
            yield from _object(child, inherited, medium="video")
        elif name == "enclosure" or (name.endswith("link") and _is_enclosure(child)):
            yield from _object(child, inherited)
        # The cover of a podcast: captions and credits of the item are about other pictures.
        elif name in ("itunes:image", "image", "googleplay:image"):
            yield from _picture(child, _Inherited())


def _is_enclosure(link: Element) -> bool:
    return str(link.get("rel", "")).strip().lower().endswith("enclosure")


def _content(content: Element, name_of: Namer, inherited: _Inherited) -> Iterator[Media]:
    own = _inherited(content, name_of, inherited)
    yield from _object(content, own, content.get("medium", ""))
    has_url = bool(content.get("url"))
    for child in content:
        if name_of(child) == "media:thumbnail":
            yield from _picture(child, _Inherited() if has_url else own)
        elif name_of(child) == "media:player" and not has_url:
            yield from _object(child, own, content.get("medium", "") or "video")


def _object(element: Element, inherited: _Inherited, medium: str = "") -> Iterator[Media]:
    """Yield the media object that an element's attributes describe, if it has an address."""
    url = _address(element)
    media_type = one_line(element.get("type", "")).lower()
    if url:
        yield Media(
            _absolute(element, url),
            kind_of(media_type, url, medium.strip()),
            media_type,
            one_line(element.get("title", "")) or inherited.title,
            inherited.caption,
            inherited.credit,
            pixels(element.get("width", "")),
            pixels(element.get("height", "")),
            _seconds(element.get("duration", "")),
            size(element.get("fileSize", "") or element.get("length", "")),
        )


def _picture(element: Element, inherited: _Inherited) -> Iterator[Media]:
    """Yield the picture at the address in an element's attributes, in its `<url>`, or in its text."""
    url = _address(element)
    if url:
        width, height = pixels(element.get("width", "")), pixels(element.get("height", ""))
        url = _absolute(element, url)
        yield Media(url, "image", "", inherited.title, inherited.caption, inherited.credit, width, height)


def _absolute(element: Element, url: str) -> str:
    return joined(element.base or "", url)


def joined(base: str, url: str) -> str:
    """Return an address resolved against `xml:base`; one that is not a URL as published."""
    try:
        return urljoin(base, url)
    except ValueError:  # "http://[": brackets that are not an IPv6 address, in the address or in the base
        return url


def _address(element: Element) -> str:
    """Return the address in an element's attributes, in its `<url>`, or in its text if that is a URL."""
    inner = next((_text(child) for child in element if local_name(child).lower() == "url"), "")
    # In this order: Media RSS has url, iTunes has href, and <image> of RSS has an element.
    given = (element.get("url") or element.get("href") or inner).strip()
    text = "" if len(element) else _text(element).strip()
    return given or (text if is_http(text) and not any(map(str.isspace, text)) else "")


def _inherited(scope: Element, name_of: Namer, outer: _Inherited) -> _Inherited:
    texts: dict[str, list[str]] = {}
    for child in scope:
        text = _words(child) if name_of(child).startswith("media:") else ""
        if text:
            texts.setdefault(name_of(child), []).append(text)
    captions = texts.get("media:description") or texts.get("media:text") or [outer.caption]
    return _Inherited(
        next(iter(texts.get("media:title", ())), outer.title),
        " ".join(captions) if "media:description" not in texts else captions[0],
        # A copyright names whose picture it is where no credit does.
        ", ".join(dict.fromkeys(texts.get("media:credit") or texts.get("media:copyright") or [])) or outer.credit,
    )


def _words(element: Element) -> str:
    """Return the text of an element in one line, without tags if it is HTML, declared or not."""
    text = _text(element)
    return html_text(text) if element.get("type") == "html" or "</" in text or "/>" in text else one_line(text)


def _text(element: Element) -> str:
    return "".join(element.itertext())


def _filled(first: Media, other: Media) -> Media:
    """Return the first of two descriptions of one file, completed from the other."""
    missing = {
        field.name: getattr(other, field.name)
        for field in fields(Media)
        if field.name != "kind" and not getattr(first, field.name)
    }
    return replace(first, **missing, kind=other.kind if first.kind == "other" else first.kind)


def _source(image: Element) -> str:
    # `src` first: of a lazy image it is missing or a data: address, which is skipped below.
    candidates = [image.get(name, "").strip() for name in _SOURCES]
    candidates += [image.get(name, "").strip().partition(" ")[0].rstrip(",") for name in ("srcset", "data-srcset")]
    found = (url for url in candidates if url.lower() not in _NO_ADDRESS and not url.lower().startswith("data:"))
    return next(found, "")


def _is_decoration(image: Element, url: str) -> bool:
    """Return whether an image is a counter or a button: without size, hidden, or from a counting service."""
    sides = [image.get("width", "").removesuffix("px").strip(), image.get("height", "").removesuffix("px").strip()]
    style = image.get("style", "").replace(" ", "").lower()
    return (
        # Both sides: without any size the set is {""}, and a picture of one pixel's height may be a rule.
        set(sides) <= {"0", "1"}
        or "display:none" in style
        or bool(re.search(r"(?:^|;)(?:width|height):[01](?:px)?(?:;|$)", style))
        or bool(_DECORATION_CLASS.search(image.get("class", "")))
        or bool(_SERVICES.match(url))
        # A picture with a description is for readers, whatever its path is called.
        or (not image.get("alt", "").strip() and bool(_COUNTER.match(url)))
    )


def _caption(image: Element) -> str:
    figure = next((parent for parent in image.iterancestors("figure")), None)
    caption = None if figure is None else next(figure.iter("figcaption"), None)
    return "" if caption is None else one_line("".join(caption.itertext()))
