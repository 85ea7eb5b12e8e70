"""Extracts or rewrites, in the XML of a feed, what feedparser would confuse within an item.

feedparser (6.0) flattens an item; `_extract_item` says what would become of each part. XML that is not well-formed
stays unchanged.
"""

from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from newsbeam.transforms.common.xml import untrusted_parser
from newsbeam.transforms.parse import exported
from newsbeam.transforms.parse.authors import names_in
from newsbeam.transforms.parse.media import media_of_item
from newsbeam.transforms.parse.places import places_of_item
from newsbeam.transforms.parse.plain import html_text, one_line, unique
from newsbeam.transforms.parse.xml import Element, local_name
from newsbeam.transforms.records import Media, Place

MARK = "newsbeam_part"
"""feedparser's name of the element that holds an item's index in `FeedTree.items`."""

_MARK = "{urn:newsbeam}part"
# By namespace in lower case, without "/" or "#" at its end. Those of feeds themselves, in all versions, have "".
_PREFIXES = {
    "http://purl.org/rss/1.0": "",
    exported.NAMESPACE: "newsbeam",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://purl.org/rss/1.0/modules/rss091": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns": "atom",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.google.com/schemas/play-podcasts/1.0": "googleplay",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/elements/1.0": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://news.yandex.ru": "yandex",
    "http://turbo.yandex.ru": "turbo",
    "http://www.georss.org/georss": "georss",
    "http://www.georss.org/georss/10": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://www.opengis.net/gml/3.2": "gml",
    "http://www.w3.org/2003/01/geo/wgs84_pos": "geo",
    "http://postneo.com/icbm": "icbm",
    "http://web.resource.org/cc": "cc",
    "http://creativecommons.org/ns": "cc",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
}
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
_IANA = "http://www.iana.org/assignments/relation/"
_AUTHORS = {"author", "atom:author", "dc:creator", "dc:author", "itunes:author"}
_DATES = {"pubdate", "published", "updated", "date", "issued", "modified", "created"}
# In place of a description that is missing.
_SUMMARIES = {"itunes:summary", "summary", "atom:summary", "dc:description", "abstract", "dcterms:abstract"}
_TITLES = {"title", "atom:title", "dc:title"}
# Elements for a whole story: without a prefix as some scripts write them, and those of Yandex's readers.
_BODIES = {"content:encoded", "encoded", "yandex:full-text", "turbo:content", "full-text", "fulltext", "full_text"} | {
    *("fullcontent", "full_content", "articlebody", "article_body", "story", "storybody", "text")
}
_STANDARD = {"content:encoded", "encoded"}
_USUAL_TEXTS = {"description", "content", "body", "fullitem", "xhtml:body"}
_TEXTS = {"description", "content:encoded", "content", "atom:content", "fullitem", "body", "xhtml:body", *_SUMMARIES}


@dataclass(frozen=True)
class ItemParts:
    """What was extracted from an item, as published.

    Attributes:
        media: Media objects with their addresses as published.
        rights: Usage terms: as a rule the address of a licence.
        copyright: The notice for all media of the item.
        exported: The fields that newsbeam's own export names, in JSON.
    """

    media: tuple[Media, ...] = ()
    places: tuple[Place, ...] = ()
    rights: str = ""
    copyright: str = ""
    exported: str = ""


@dataclass(frozen=True)
class FeedTree:
    """A feed prepared for feedparser.

    Attributes:
        text: XML.
        items: What was extracted from its items; `MARK` in an item is the index.
        rights: Usage terms of the whole feed.
        has_words: Whether any of its items has text.
    """

    text: str
    items: tuple[ItemParts, ...] = ()
    rights: str = ""
    has_words: bool = False


def extract_parts(text: str) -> FeedTree:
    """Return a feed without what feedparser would confuse, and that, extracted."""
    try:
        # CDATA stays: with "&lt;" instead, each would be an event of its own for feedparser.
        parser = untrusted_parser(remove_comments=True, remove_pis=True, strip_cdata=False)
        root = etree.fromstring(text.encode(), parser)
    # feedparser's own error, a moment later, is the one that names the place; nothing is extracted until then.
    except etree.XMLSyntaxError:
        return FeedTree(text)
    # Atom describes the feed in its root, RSS in a channel within it.
    heads = [root, *(child for child in root if local_name(child).lower() == "channel")]
    rights = next(filter(None, map(_rights, heads)), "")
    for head in heads:
        _clear_head(head)
    items = [item for item in root.iter(etree.Element) if name_of(item) in ("item", "entry", "atom:entry")]
    # Before the parts leave the items: one that has only a caption counts as an item that could not be read, too.
    has_words = any(map(_has_words, items))
    parts = tuple(_extract_item(item, number) for number, item in enumerate(items))
    return FeedTree(etree.tostring(root, encoding="unicode"), parts, rights, has_words)


def name_of(element: Element) -> str:
    """Return an element's name in lower case, with the usual prefix of its namespace."""
    return _named(str(element.tag), element.prefix or "")


@lru_cache(maxsize=1024)
def _named(tag: str, given: str) -> str:
    namespace, _, name = tag.rpartition("}")
    key = namespace.lower().strip("{").rstrip("/#")
    # Old feeds of RSS 2.0 put all elements in a namespace of that host, in many spellings.
    prefix = "" if "backend.userland.com/rss" in key else _PREFIXES.get(key, given if namespace else "")
    return f"{prefix}:{name.rpartition(':')[2]}".lower().removeprefix(":")


def _extract_item(item: Element, number: int) -> ItemParts:
    """Extract the parts of an item, in place, and mark it with its index if there are any."""
    # Before all else, since what follows renames and removes the elements that these are read from.
    parts = ItemParts(
        media_of_item(item, name_of), places_of_item(item, name_of), _rights(item), _copyright(item), _exported(item)
    )
    _rename(item)
    # A caption of Media RSS would become the item's description.
    _keep_description(item, bool(parts.media))
    _remove_media(item)
    # A second description would become its body.
    _keep_one_text(item)
    # An author's address is found by a pattern that ends domains after four letters, which cuts names.
    _rewrite_people(item)
    # An atom:link would become its address, and relative ids would be resolved.
    _rewrite_links(item)
    _rewrite_dates(item)
    if parts != ItemParts():
        mark = etree.Element(_MARK, nsmap={"newsbeam": "urn:newsbeam"})
        mark.text = str(number)
        item.insert(0, mark)
    return parts


def _clear_head(head: Element) -> None:
    """Rewrite people and links of the feed itself, and remove its media elements, whose titles are not its own."""
    for child in list(head):
        if name_of(child).startswith("media:") and name_of(child) not in ("media:category", "media:keywords"):
            _remove(child)
    if name_of(head) == "atom:feed":
        _rewrite_people(head)
    _rewrite_links(head)


def _rename(item: Element) -> None:
    """Make one of the elements that hold a whole story the body; give an item without a title that of its media."""
    bodies = [child for child in item if name_of(child) in _BODIES and _has_words(child)]
    if any(name_of(child) not in _STANDARD for child in bodies):
        # Most of these names are used for other things, too: a photo's caption, the number of a story, "yes".
        usual = max((len(_words(child)) for child in item if name_of(child) in _USUAL_TEXTS), default=0)
        bodies = [child for child in bodies if name_of(child) in _STANDARD or _is_body(_words(child), usual)]
    # The standard element first; sites have their own for readers of their own, with the same text.
    for child in sorted(bodies, key=lambda child: name_of(child) != "content:encoded")[:1]:
        child.tag = _ENCODED
    if any(name_of(child) in _TITLES and _has_words(child) for child in item):
        return
    # A gallery's or podcast's item often has its only title in Media RSS or iTunes elements.
    titles = (element for element in item.iter(etree.Element) if name_of(element) in ("media:title", "itunes:title"))
    title = next(filter(_has_words, titles), None)
    if title is not None:
        title.tag = _in_namespace_of(item, "title")
        item.append(title)


def _words(element: Element) -> str:
    """Return the text of an element as a reader sees it."""
    return html_text("".join(element.itertext()))


def _is_body(words: str, usual: int) -> bool:
    """Return whether a text is at least as long as the usual texts of its item, and more than a number or address."""
    return len(words) >= usual and (" " in words or not words.isascii())


def _in_namespace_of(item: Element, name: str) -> str:
    namespace = etree.QName(item).namespace
    return f"{{{namespace}}}{name}" if namespace else name


def _keep_description(item: Element, has_media: bool) -> None:
    """Use a video's description, or one that describes no media, for an item without any text."""
    if any(name_of(child) in _TEXTS and _has_words(child) for child in item):
        return
    groups = [child for child in item if name_of(child) == "media:group"]
    videos = [group for group in groups if any(media.kind == "video" for media in media_of_item(group, name_of))]
    for scope in (*videos, *(() if has_media else (item, *groups))):
        for child in scope:
            if name_of(child) in ("media:description", "media:text") and _has_words(child):
                child.tag = _in_namespace_of(item, "description")
                item.append(child)
                return


def _remove_media(item: Element) -> None:
    """Remove elements of media objects; their keywords become the item's, as in feedparser."""
    for child in list(item):
        name = name_of(child)
        if name in ("media:category", "media:keywords") or not (name.startswith("media:") or name == "image"):
            continue
        if name != "image" or len(child):
            tags = [tag for tag in child.iter(etree.Element) if name_of(tag) in ("media:category", "media:keywords")]
            for tag in tags:
                child.addprevious(tag)
            _remove(child)


def _keep_one_text(item: Element) -> None:
    """Keep only one text next to a body in `content:encoded`, since feedparser takes a second one for the body.

    That is the description, or another text if the description repeats the body.
    """
    texts = [child for child in item if name_of(child) == "description" or name_of(child) in _SUMMARIES]
    bodies = [child for child in item if name_of(child) == "content:encoded" and _has_words(child)]
    if not bodies or len(texts) < 2:
        return
    # The sort is stable: the description first, the others in the order of the document.
    texts.sort(key=lambda child: name_of(child) != "description")
    # The text without markup is compared: a description often is the body without its tags.
    repeated = {_words(body) for body in bodies}
    kept = next((child for child in texts if _words(child) not in {"", *repeated}), texts[0])
    for child in texts:
        if child is not kept:
            _remove(child)


def _rewrite_people(parent: Element) -> None:
    """Rewrite each person of an item, its source or a feed as an element with a name."""
    for child in list(parent):
        if name_of(child) in ("source", "atom:source"):
            _rewrite_people(child)
        elif name_of(child) in _AUTHORS:
            _rewrite_person(child, parent)


def _rewrite_person(element: Element, parent: Element) -> None:
    inner = [child for child in element.iter(etree.Element) if local_name(child).lower() in ("name", "li")]
    named = [child for child in inner if _has_words(child)]
    if not named and (len(element) or not _has_words(element)):
        return  # an address alone, or nothing
    for name in unique(name for child in named or [element] for name in names_in("".join(child.itertext()))):
        person = etree.Element(element.tag, nsmap=element.nsmap)
        etree.SubElement(person, _in_namespace_of(parent, "name")).text = name
        element.addprevious(person)
    _remove(element)


def _rewrite_links(parent: Element) -> None:
    """Rewrite relations as feedparser knows them, and keep only its own link in an item of RSS that has one."""
    links = [child for child in parent if name_of(child) in ("link", "atom:link")]
    own = [link for link in links if name_of(link) == "link" and (_has_words(link) or link.get("href"))]
    for link in links:
        relation = _relation(link) or "alternate"
        if link.get("rel"):
            link.set("rel", relation)
        if own and name_of(link) == "atom:link" and relation == "alternate":
            _remove(link)
    for child in parent:
        # feedparser makes a link of every id, unless an attribute says that it is none, and knows only "true" as a yes.
        if name_of(child) == "atom:id" or (name_of(child) == "guid" and _is_permanent(child) is False):
            child.set("isPermaLink", "false")
        elif name_of(child) == "guid":
            _set_permanent(child)


def _is_permanent(guid: Element) -> bool | None:
    value = next((value for key, value in guid.items() if key.lower() == "ispermalink"), None)
    # Publishers write the attribute's name and value in any case, and "1" or "yes" for true.
    return None if value is None else value.strip().lower() in ("true", "1", "yes")


def _set_permanent(guid: Element) -> None:
    for key in [key for key, _ in guid.items() if key.lower() == "ispermalink"]:
        guid.set(key, "true")


def _rewrite_dates(item: Element) -> None:
    """Replace HTML within a date by the date as text."""
    for child in item:
        # Drupal writes <pubDate><time datetime="...">: feedparser would take the tags for part of the date.
        if len(child) and local_name(child).lower() in _DATES:
            # The attribute is meant for programs (HTML 4.5.14), the text for readers, in words of their language.
            stamp = next((inner.get("datetime") for inner in child.iter() if inner.get("datetime")), None)
            text = stamp or "".join(child.itertext())
            for inner in list(child):
                child.remove(inner)
            child.text = text


def _rights(owner: Element) -> str:
    """Return the usage terms of an item or a feed, as a rule the address of a licence."""
    return "; ".join(unique(_terms(child) for child in owner))


def _terms(child: Element) -> str:
    name = name_of(child)
    if name in ("cc:license", "creativecommons:license", "dcterms:license", "dcterms:accessrights", "media:license"):
        resource = next((value for key, value in child.items() if key.rpartition("}")[2] in ("resource", "href")), "")
        return one_line(resource) or one_line("".join(child.itertext()))
    return one_line(child.get("href", "")) if name.endswith("link") and _relation(child) == "license" else ""


def _relation(link: Element) -> str:
    """Return the relation of a link as its IANA name, also if it is written as a URI (RFC 4287 4.2.7.2)."""
    return one_line(link.get("rel", "")).lower().removeprefix(_IANA)


def _copyright(item: Element) -> str:
    notices = (_words(child) for child in item if name_of(child) == "media:copyright")
    return next(filter(None, notices), "")


def _exported(item: Element) -> str:
    return next(("".join(c.itertext()) for c in item if name_of(c) == f"newsbeam:{exported.ELEMENT}"), "")


def _has_words(element: Element) -> bool:
    return any(text.strip() for text in element.itertext())


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
