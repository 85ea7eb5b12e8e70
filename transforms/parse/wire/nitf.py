"""NITF 2.x and 3.x (IPTC, News Industry Text Format) -> entries.

The meaning of elements and attributes follows IPTC's schema nitf-3-6.xsd.
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lxml import etree

from newsbeam.transforms.common.urls import canonical_url, is_http
from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.format import Format, has_root
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.plain import one_line, unique
from newsbeam.transforms.parse.result import LeftOut, Parsed, ParseLimits, repaired
from newsbeam.transforms.parse.wire.drafts import draft_entry, finish
from newsbeam.transforms.parse.wire.fields import (
    BY,
    INT64,
    WireDates,
    day_in,
    day_of,
    first_lines,
    names_of,
    place_of,
    urgency,
    whole_number,
    without_by,
)
from newsbeam.transforms.parse.wire.nitf_markup import is_unpublishable, line_of, nitf_body
from newsbeam.transforms.parse.wire.nitf_media import media_in, places_in
from newsbeam.transforms.parse.wire.signals import with_status
from newsbeam.transforms.parse.wire.subjects import subject_codes
from newsbeam.transforms.parse.xml import (
    XML_LANG,
    Element,
    attribute,
    child,
    children,
    descendants,
    local_name,
    read_xml,
    text_of,
)
from newsbeam.transforms.records import Document, Entry, Media, Related

_TAKEN_BACK = ("canceled", "cancelled", "withheld")
# Parts of `rights` that limit the use of a story; without them it is only a copyright notice.
_LIMITS = ("rights.limitations", "rights.type", "rights.geography", "rights.startdate", "rights.enddate")
_NOT_DIGITS = re.compile(r"[^0-9]")
_SAYS_NOTHING = LeftOut("left out: an nitf without headline, text and id")
_VERSIONS = 1000  # versions of one generation of a du-key, at most


@dataclass(frozen=True)
class BodyHead:
    """The fields of an entry from `body.head`, and the media of the body.

    Attributes:
        dateline: The whole dateline, since its day may be in words.
    """

    title: str = ""
    subtitle: str = ""
    byline: str = ""
    authors: tuple[str, ...] = ()
    provider: str = ""
    dateline: str = ""
    dateline_place: str = ""
    dateline_date: date | None = None
    summary: str = ""
    ednote: str = ""
    copyright: str = ""
    rights: str = ""
    media: tuple[Media, ...] = ()


def parse_nitf(document: Document, limits: ParseLimits) -> Parsed:
    """Return the entries of an NITF document: one, or all stories in a wrapper.

    Raises:
        NotAFeedError: It contains no NITF.
        UnsafeXmlError: It uses an entity that is declared as more than characters.
        ParseError: It is not XML, or has no headline, text or id.
    """
    xml = read_xml(document)
    stories = [xml.root] if local_name(xml.root) == "nitf" else list(descendants(xml.root, "nitf"))
    if not stories:
        raise NotAFeedError(f"the root element <{local_name(xml.root)}> is not NITF")
    dates = WireDates(document)
    entries = [_entry(document, story, dates) for story in stories[: limits.entries]]
    found = [entry for entry in entries if _says_something(entry)]
    if not found:
        raise ParseError("the NITF document has no headline, text or id")
    empty = [
        repaired(document, _SAYS_NOTHING, etree.tostring(story, with_tail=False))
        # Not strict: a limit leaves fewer entries than stories.
        for story, entry in zip(stories, entries, strict=False)
        if not _says_something(entry)
    ]
    return finish(document, found, (*xml.dead_letters, *empty, limits.cut(len(stories))), dates)


def _says_something(entry: Entry) -> bool:
    return bool(entry.title or entry.content or entry.guid)


def _entry(document: Document, nitf: Element, dates: WireDates) -> Entry:
    head, body = child(nitf, "head"), child(nitf, "body")
    # Without a body element its parts stand directly in the nitf.
    body = nitf if body is None else body
    data = child(head, "docdata")
    top = body_head(body)
    dated = _dated(head, top, dates)
    updated = dated["updated"] or document.fetched_at
    entry = draft_entry(
        document,
        "nitf",
        guid=_guid(nitf, data, dated["updated_raw"]),
        provider_version=_version(child(data, "du-key")),
        url=_url(head),
        title=top.title or head_title(nitf) or text_of(next(descendants(body, "hl1"), None)),
        language=language_tag(document.language, *_languages(nitf, body)),
        embargo_until=_embargo(data, dates, dates.read(dated["updated_raw"]).as_published),
        dateline_date=top.dateline_date or day_in(top.dateline, updated.date()),
        ednote="; ".join(unique((*_messages(data), top.ednote))),
        copyright="; ".join(unique((_copyright(data), top.copyright))),
        rights="; ".join(unique((*_terms(data), top.rights))),
        provider=top.provider or _sender(data),
        places=places_in(nitf),
        content=nitf_body(body),
        **_visible(top),
        **dated,
        **_described(head),
    )
    signals = ["correction"] if child(data, "correction") is not None else []
    return with_status(entry, attribute(data, "management-status"), signals, first_lines(entry), zone=document.zone)


def _visible(top: BodyHead) -> dict[str, Any]:
    """Return the fields that come from `body.head` alone."""
    return {
        "subtitle": top.subtitle,
        "summary": top.summary,
        "authors": top.authors,
        "byline": top.byline,
        "dateline_place": top.dateline_place,
        "media": top.media,
    }


def _dated(head: Element | None, top: BodyHead, dates: WireDates) -> dict[str, Any]:
    """Return when a version was made and its story published; the day of the dateline as a last resort."""
    data = child(head, "docdata")
    issued = _norm(data, "date.issue")
    stated = attribute(child(head, "pubdata"), "date.publication") or issued
    story = top.dateline_date.isoformat() if top.dateline_date else ""
    updated_raw = issued or stated or _norm(data, "date.release") or story
    published_raw = stated or updated_raw
    return {
        "published": dates.read(published_raw).value,
        "published_raw": published_raw,
        "updated": dates.read(updated_raw).value,
        "updated_raw": updated_raw,
    }


def _described(head: Element | None) -> dict[str, Any]:
    """Return the fields for subject, urgency and relations of an entry."""
    data = child(head, "docdata")
    return {
        "slugline": attribute(child(data, "du-key"), "key"),
        "urgency": urgency(attribute(child(data, "urgency"), "ed-urg")),
        "categories": unique(_categories(head)),
        "subjects": subject_codes(_subjects(head)),
        "genres": unique(
            attribute(each, "tobject.property.type") for each in children(head, "tobject", "tobject.property")
        ),
        "related": tuple(_related(data)),
    }


def head_title(document: Element) -> str:
    """Return the title in the head of an `nitf` or `html` document, the headline if it has no other."""
    return text_of(child(document, "head", "title"))


def body_head(body: Element | None) -> BodyHead:
    """Return the fields of the `body.head` of an NITF `body`, also in NewsML, whose own fields take precedence."""
    head = child(body, "body.head")
    if body is None or head is None:
        return BodyHead(ednote="; ".join(_advisories(body)), media=() if body is None else media_in(body))
    bylines = [_byline(each) for each in children(head, "byline")]
    dateline = child(head, "dateline")
    title = _lines(head, "hedline", "hl1")
    return BodyHead(
        title=title,
        # AP repeats the headline as <hl2 id="originalHeadline">.
        subtitle="; ".join(line for line in unique(map(line_of, children(head, "hedline", "hl2"))) if line != title),
        byline="; ".join(unique(line for line, _ in bylines)),
        authors=unique(name for _, names in bylines for name in names),
        provider=_lines(head, "distributor"),
        # With spaces between the elements, of which some writers have none: "Oslo" and "20 November" are two words.
        dateline="" if dateline is None else one_line(" ".join(dateline.itertext())),
        dateline_place="" if dateline is None else _place(dateline),
        dateline_date=day_of(attribute(child(dateline, "story.date"), "norm")),
        summary=" ".join(line_of(each) for each in children(head, "abstract")),
        ednote="; ".join(unique((*map(line_of, children(head, "note")), *_advisories(body)))),
        copyright=_lines(head, "rights"),
        rights=_lines(head, "rights") if next(descendants(head, *_LIMITS), None) is not None else "",
        media=media_in(body),
    )


def _lines(parent: Element, *path: str) -> str:
    return "; ".join(unique(map(line_of, children(parent, *path))))


def _advisories(body: Element | None) -> list[str]:
    """Return the notes that `nitf_body` leaves out because they are not for publication."""
    if body is None:
        return []
    notes = [line_of(note) for note in descendants(body, "note", "tagline") if is_unpublishable(note)]
    return [note for note in notes if note]


def _byline(element: Element) -> tuple[str, tuple[str, ...]]:
    """Return a byline without "By", and the names in it."""
    # A copy, since stripping happens in place and the titles are read from the element below.
    bare = copy.deepcopy(element)
    etree.strip_elements(bare, "{*}byttl", with_tail=False)
    if len(bare) and BY.fullmatch((bare.text or "").strip()):
        bare.text = f"{bare.text} "  # By<person>Jane Doe</person>
    bare_line = without_by(line_of(bare).strip(" ,"))
    titles = [line_of(title) for title in descendants(element, "byttl")]
    persons = unique(map(line_of, descendants(bare, "person")))
    return ", ".join(filter(None, (bare_line, *titles))), persons or names_of(bare_line, has_titles=not titles)


def _place(dateline: Element) -> str:
    """Return the place of a dateline: its `location`, else its text without date, agency and dash."""
    location = child(dateline, "location")
    if location is not None:
        return line_of(location)
    bare = copy.deepcopy(dateline)
    etree.strip_elements(bare, "{*}story.date", with_tail=False)
    return place_of(line_of(bare))


def _norm(data: Element | None, name: str) -> str:
    """Return a normalised date; in dialects it is the text of its element."""
    return attribute(child(data, name), "norm") or text_of(child(data, name))


def _guid(nitf: Element, data: Element | None, issued: str) -> str:
    """Return the id that all versions of a story share: the registered id, the UNO, or a du-key with the day.

    A du-key alone is only "unique to a story during a period fixed by the provider".
    """
    day = _NOT_DIGITS.sub("", issued)[:8]  # as 20080219T101500Z or 2008-02-19T10:15:00Z
    identity = _registered(child(data, "doc-id")) or attribute(nitf, "uno")
    key = attribute(child(data, "du-key"), "key")
    return identity or (f"{key}:{day}" if key and day else "")


def _registered(element: Element | None, registrar: str = "") -> str:
    """Return an id within its registry: regsrc "AP", id-string "D8SGH" -> "AP:D8SGH"; URNs and URLs are complete."""
    return _complete(attribute(element, "id-string"), attribute(element, "regsrc") or registrar)


def _complete(identity: str, registrar: str) -> str:
    return f"{registrar}:{identity}" if identity and registrar and ":" not in identity else identity


def _version(key: Element | None) -> int | None:
    """Return the version of a du-key; its generation takes precedence, since it "increments with each instance"."""
    version = whole_number(attribute(key, "version"))
    # Bounded so that the product below fits its column.
    generation = whole_number(attribute(key, "generation"), INT64 // _VERSIONS - 1)
    if version is None or not generation:
        return version if version is not None else generation
    # One number that sorts as the pair does.
    return generation * _VERSIONS + min(version, _VERSIONS - 1)


def _url(head: Element | None) -> str:
    links = (attribute(each, "ex-ref") for each in children(head, "pubdata"))
    return next((canonical_url(link) for link in links if is_http(link)), "")


def _languages(nitf: Element, body: Element) -> Iterator[str]:
    yield attribute(nitf, "baselang")
    yield one_line(body.get(XML_LANG) or nitf.get(XML_LANG) or "")


def _embargo(data: Element | None, dates: WireDates, issued: datetime | None) -> datetime | None:
    """Return when a story may be released: `date.release`, if it is embargoed or that is after its issue."""
    release = dates.read(_norm(data, "date.release")).as_published
    if release is None:
        return None
    is_embargoed = attribute(data, "management-status").lower() == "embargoed"
    return release if is_embargoed or (issued is not None and release > issued) else None


def _messages(data: Element | None) -> Iterator[str]:
    """Yield the messages to editors: `ed-msg` and `correction`, in an attribute or (in dialects) as text."""
    for name in ("ed-msg", "correction"):
        for element in children(data, name):
            yield attribute(element, "info") or text_of(element)


def _copyright(data: Element | None) -> str:
    """Return "© 2008 Holder" from `doc.copyright`; its year may be a whole date."""
    stated = child(data, "doc.copyright")
    holder = attribute(stated, "holder") or attribute(child(data, "doc.rights"), "owner")
    return " ".join(filter(None, ("©", attribute(stated, "year")[:4], holder))) if holder else ""


def _terms(data: Element | None) -> Iterator[str]:
    """Yield the terms of usage in `doc.rights`."""
    for stated in children(data, "doc.rights"):
        dates = " to ".join(filter(None, (attribute(stated, "startdate"), attribute(stated, "enddate"))))
        named = (attribute(stated, name) for name in ("type", "geography", "limitations"))
        yield ", ".join(filter(None, (*named, dates)))


def _sender(data: Element | None) -> str:
    """Return the first of the services that delivered a story, else the registry of its id."""
    trail = list(children(data, "del-list", "from-src"))
    # The first service wrote the story; later ones only passed it on.
    first = min(trail, key=lambda each: whole_number(attribute(each, "level-number")) or 0, default=None)
    return attribute(first, "src-name") or attribute(child(data, "doc-id"), "regsrc")


def _subjects(head: Element | None) -> Iterator[str]:
    for subject in children(head, "tobject", "tobject.subject"):
        deprecated = attribute(subject, "tobject.subject.code")
        yield attribute(subject, "tobject.subject.refnum") or (f"iptccat:{deprecated}" if deprecated else "")


def _categories(head: Element | None) -> Iterator[str]:
    """Yield the categories of a story: keywords, column, series, section, scope, and the people and things it names."""
    for data in children(head, "docdata"):
        for keyword in children(data, "key-list", "keyword"):
            yield attribute(keyword, "key") or text_of(keyword)
        yield attribute(child(data, "fixture"), "fix-id")
        yield attribute(child(data, "series"), "series.name")
        for scope in children(data, "doc-scope"):
            yield attribute(scope, "scope")
        for content in children(data, "identified-content"):
            for named in content:
                yield line_of(named) or attribute(named, "value")
    yield attribute(child(head, "pubdata"), "position.section")
    for subject in children(head, "tobject", "tobject.subject"):
        # With a code the name is in the vocabulary, and `subjects` has it.
        if not attribute(subject, "tobject.subject.refnum"):
            names = (attribute(subject, f"tobject.subject.{level}") for level in ("detail", "matter", "type"))
            yield next(filter(None, names), "")


def _related(data: Element | None) -> Iterator[Related]:
    """Yield the documents that this one replaces, corrects or takes out of use (`management-doc-idref`)."""
    registrar = attribute(child(data, "doc-id"), "regsrc")
    other = _complete(attribute(data, "management-doc-idref"), registrar)
    if other and other != _registered(child(data, "doc-id")):
        status = attribute(data, "management-idref-status") or attribute(data, "management-status")
        yield Related("kills" if status.lower() in _TAKEN_BACK else "updates", other)
    for correction in children(data, "correction"):
        if corrected := _registered(correction, registrar):
            yield Related("corrects", corrected)


FORMAT = Format("nitf", has_root("nitf"), parse_nitf)
