"""ninjs 1.0 to 1.6, 2.0 to 2.2 and 3.0 to 3.1 (IPTC, News in JSON) -> entries.

The generations differ in names, never in the meaning of a name: 1.x has `headline`, `body_xhtml` and `subject` with
scheme and code, 2.x lists `headlines`, `bodies` and `subjects` with roles and URIs, 3.x writes `versionCreated`. So the
parser reads an item by its names in lower case. It also reads dialects: Superdesk's `guid` for `uri`, `keywords`,
`source`, `authors`; the `bylines` and `datelinelocation` of AP's API. The meaning of properties follows IPTC's
ninjs-schema_1.6.json and ninjs-schema_3.1.json.

An associated object with its own id and body is a separate entry, like a NewsItem within another in NewsML 1: it has
its own versions, and is also sent alone. All other associations are text of the item (see `ninjs_texts`) and media.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.urls import is_http
from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.format import Format
from newsbeam.transforms.parse.json_text import Fields, objects_in, read_json, scalar_in, string_in
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.plain import one_line, scrub, unique
from newsbeam.transforms.parse.result import LeftOut, Parsed, ParseLimits, repaired, strays
from newsbeam.transforms.parse.wire import ninjs_media
from newsbeam.transforms.parse.wire.drafts import draft_entry, finish
from newsbeam.transforms.parse.wire.fields import (
    INT32,
    WireDates,
    first_lines,
    is_not_for_publication,
    names_of,
    urgency,
    whole_number,
)
from newsbeam.transforms.parse.wire.ninjs_texts import (
    Text,
    descriptions,
    distinct,
    headlines,
    joined,
    page_title,
    texts,
    with_associated,
)
from newsbeam.transforms.parse.wire.nitf import head_title
from newsbeam.transforms.parse.wire.nitf_markup import nitf_body
from newsbeam.transforms.parse.wire.signals import with_status
from newsbeam.transforms.parse.wire.subjects import subject_codes
from newsbeam.transforms.parse.wire.values import lower, objects_of, word_in, words_in
from newsbeam.transforms.parse.xml import child, local_name, read_xml
from newsbeam.transforms.records import DeadLetter, Document, Entry, Related

_WRAPPERS = ("data", "items", "item")
# Deeper than any collection or gallery: without a bound a hostile document ends in RecursionError.
_LEVELS = 6
_PROVIDES = re.compile(r"provid|distrib|supplier|origcont|aggregat", re.IGNORECASE)
_CODE = re.compile(r"\d{8}|[\w.-]+:[\w:.-]+", re.ASCII)
_IPTC_CODE = re.compile(r"\d{8}", re.ASCII)
_GENRE = re.compile(r"https?://cv\.iptc\.org/newscodes/genre/")
_PART = re.compile(r"partial|incomplete|associated", re.IGNORECASE)  # of `representationtype`
# AP's item ids include the search that found the item.
_AP = ("https://api.ap.org/", "http://api.ap.org/")
_AP_SEARCH = re.compile(r"(?<=[?&])(?:qt|et)=[^&#]*&?")


def parse_ninjs(document: Document, limits: ParseLimits) -> Parsed:
    """Return the entries of a ninjs document: one item, a list, one on each line, or a collection (`items`).

    Separate stories in the associations of an item are entries after it.

    Raises:
        NotAFeedError: It is JSON, but no item in it has an id or a text.
        ParseError: It is not JSON, or truncated before the end of the first item.
    """
    decoded = decode(document.body, document.media_type)
    found = read_json(decoded.text)
    ignored: list[Any] = []
    items = [story for value in found.values for item in _items(value, ignored) for story in _stories(item)]
    if not items:
        raise NotAFeedError("JSON without an item that has a uri or a text is not ninjs")
    builder = _EntryBuilder(document)
    entries = [builder.build(item) for item in items[: limits.entries]]
    reasons: tuple[str | DeadLetter, ...] = (
        decoded.repair,
        found.problem,
        limits.cut(len(items)),
        *strays(document, ignored),
        *builder.dead_letters,
    )
    return finish(document, entries, reasons, builder.dates)


def _items(value: Any, ignored: list[Any], levels: int = _LEVELS) -> Iterator[Fields]:
    """Yield the items in a value and in collections of them, with their names in lower case; collect other values."""
    if isinstance(value, list) and levels:
        for element in value:
            yield from _items(element, ignored, levels - 1)
        return
    # In all generations alike: `standard` names the wrong one in some of IPTC's own samples.
    fields = lower(value) if isinstance(value, dict) else {}
    wrapped = [fields[key] for key in _WRAPPERS if key in fields]
    # Before the wrappers: an item of a package may have `items` of its own.
    if scalar_in(fields, "uri", "guid") or any(texts(fields, "headline")) or any(texts(fields, "body")):
        yield fields
    elif wrapped and levels:
        for each in wrapped:
            yield from _items(each, ignored, levels - 1)
    else:
        ignored.append(value)


def _stories(item: Fields, levels: int = _LEVELS) -> Iterator[Fields]:
    """Yield an item and the separate stories in its associations."""
    yield item
    for _, each in objects_of(item.get("associations")) if levels else ():
        inner = list(_stories(each, levels - 1))
        # What is part of the item, such as a gallery, can hold separate stories all the same.
        yield from inner if _is_whole(each, item) else inner[1:]


def _is_whole(associated: Fields, item: Fields) -> bool:
    """Tell whether an association is a separate story: with an id other than the item's, and with a body."""
    uri = _guid(associated)
    is_part = _PART.search(string_in(associated, "representationtype"))
    return bool(uri) and uri != _guid(item) and not is_part and any(texts(associated, "body"))


def _parts(item: Fields, levels: int = _LEVELS) -> Iterator[tuple[str, Fields]]:
    """Yield the other associations of an item with their names, also nested ones (a gallery)."""
    for name, each in objects_of(item.get("associations")) if levels else ():
        if not _is_whole(each, item):
            yield name, each
            yield from _parts(each, levels - 1)


@dataclass
class _EntryBuilder:
    """Makes entries of the items of one document.

    Attributes:
        dates: Reads dates, and collects dead letters of implausible ones.
        dead_letters: The parts that were left out.
    """

    document: Document
    dead_letters: list[DeadLetter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dates = WireDates(self.document)

    def build(self, item: Fields) -> Entry:
        """Return an item as an entry, without ids."""
        embargo_raw = word_in(item, "embargoed", "embargoeduntil")
        embargo = self.dates.read(embargo_raw)
        entry = draft_entry(
            self.document,
            "ninjs",
            guid=_guid(item),
            provider_version=_version(item),
            embargo_until=embargo.as_published,
            language=language_tag(self.document.language, word_in(item, "language")),
            **self._visible(item),
            **self._dated(item),
            **_described(item),
        )
        status = word_in(item, "pubstatus")
        if embargo_raw and embargo.as_published is None and status in ("", "usable"):
            status = "embargoed"  # without a known end
        return with_status(entry, status, (), first_lines(entry), zone=self.document.zone)

    def _visible(self, item: Fields) -> Fields:
        """Return the fields that readers see."""
        (title, subtitle), summaries = headlines(item), descriptions(item)
        bodies, page = self._bodies(item)
        parts = list(_parts(item))
        files = [ninjs_media.Associated.of(name, part) for name, part in parts]
        others = (
            text
            for (_, part), file in zip(parts, files, strict=True)
            if not file.is_shown
            for text in self._other(part)
        )
        own = bodies or summaries
        content, content_type = joined(with_associated(own, (file.caption for file in files if file.is_shown), others))
        return {
            "title": title or word_in(item, "title") or page,
            "subtitle": subtitle,
            "summary": " ".join(text.line() for text in summaries),
            "authors": words_in(item, "authors")
            or unique(name for byline in ninjs_media.byline_names(item) for name in names_of(byline)),
            "byline": "; ".join(ninjs_media.bylines(item)),
            "content": content,
            "content_type": content_type,
            "media": (
                *(ninjs_media.Associated.of("", item).media(is_item=True) if item.get("renditions") else ()),
                *(media for file in files for media in file.media()),
            ),
        }

    def _other(self, part: Fields) -> list[Text]:
        """Return the texts of an association that is not a picture: its heading, and its body or description."""
        title = headlines(part)[0] or word_in(part, "title")
        return [Text("heading", "plain", title), *(self._bodies(part)[0] or descriptions(part))]

    def _dated(self, item: Fields) -> Fields:
        updated_raw = word_in(item, "versioncreated", "contentmodified", "contentcreated")
        published_raw = word_in(item, "firstcreated", "versioncreated", "contentcreated") or updated_raw
        return {
            "published": self.dates.read(published_raw).value,
            "published_raw": published_raw,
            "updated": self.dates.read(updated_raw).value,
            "updated_raw": updated_raw,
        }

    def _bodies(self, item: Fields) -> tuple[list[Text], str]:
        """Return the bodies of an item, and the title in the head of one of them."""
        found, title = [], ""
        for text in texts(item, "body"):
            if is_not_for_publication(text.role):
                continue
            title = title or page_title(text)
            try:
                body, head = self._from_nitf(text) if text.kind == "nitf" else (text, "")
            except ParseError as error:
                reason = LeftOut(f"left out: a body in NITF: {error}")
                self.dead_letters.append(repaired(self.document, reason, text.value.encode()))
                continue
            found.append(body)
            title = title or head
        return distinct(found), title

    def _from_nitf(self, text: Text) -> tuple[Text, str]:
        root = read_xml(replace(self.document, body=text.value.encode(), media_type="")).root
        part = child(root, "body") if local_name(root) == "nitf" else root
        return replace(text, value="" if part is None else nitf_body(part)), head_title(root)


def _described(item: Fields) -> Fields:
    """Return the fields for subject, rights and notes of an item."""
    linked = (link for info in objects_in(item, "rightsinfo") for link in words_in(lower(info), "linkedrights"))
    return {
        "dateline_place": word_in(item, "located"),
        "slugline": word_in(item, "slugline"),
        "urgency": urgency(scalar_in(item, "urgency")),
        "ednote": "; ".join(words_in(item, "ednote", "ednotes", "editorialnote")),
        "copyright": word_in(item, "copyrightnotice", "copyrightholder"),
        "rights": "; ".join(words_in(item, "usageterms") or unique(linked)),
        "categories": unique(_categories(item)),
        "subjects": subject_codes(_subjects(item)),
        "genres": unique(_code(genre) or _name(genre) for genre in objects_in(item, "genre", "genres")),
        "provider": _provider(item),
        "related": tuple(_related(item)),
        "places": ninjs_media.places(item, _code),
    }


def _guid(item: Fields) -> str:
    """Return the id of an item, without AP's reference to a search."""
    uri = one_line(scalar_in(item, "uri", "guid"))
    return _AP_SEARCH.sub("", uri).rstrip("?&") if uri.startswith(_AP) else uri


def _version(item: Fields) -> int | None:
    return whole_number(scalar_in(item, "version"))


def _code(concept: Fields) -> str:
    """Return the identifier of a concept: its URI (2.x, 3.x), its code in a scheme (1.x), or a literal code."""
    fields = lower(concept)
    uri, code, literal = (one_line(scalar_in(fields, key)) for key in ("uri", "code", "literal"))
    scheme = one_line(string_in(fields, "scheme"))
    if not uri and code and scheme:
        joint = "" if scheme.endswith(("/", "#", ":", "=")) else "/" if is_http(scheme) else ":"
        uri = f"{scheme}{joint}{code}"
    return _GENRE.sub("genre:", uri) or code or (literal if _CODE.fullmatch(literal) else "")


def _subjects(item: Fields) -> Iterator[str]:
    """Yield the codes of the subjects, also IPTC codes beside an agency's own URI (TT)."""
    for subject in objects_in(item, "subject", "subjects"):
        yield _code(subject)
        literal = scalar_in(lower(subject), "literal")
        if _IPTC_CODE.fullmatch(literal):
            yield literal


def _name(concept: Fields) -> str:
    return one_line(string_in(lower(concept), "name", "literal"))


def _categories(item: Fields) -> Iterator[str]:
    """Yield the keywords, and the names of subjects without a code."""
    yield from words_in(item, "keywords")
    for subject in objects_in(item, "subject", "subjects"):
        if not _code(subject):
            yield _name(subject)


def _provider(item: Fields) -> str:
    """Return the source that delivers the item: by its role, or without one; other sources are only quoted."""
    sources = objects_in(item, "infosource", "infosources")
    roles = [string_in(lower(source), "role", "rel") for source in sources]
    delivering = [source for source, role in zip(sources, roles, strict=True) if _PROVIDES.search(role)]
    nameless = [source for source, role in zip(sources, roles, strict=True) if not role]
    # A stated role outweighs Superdesk's `source`, and that one a source whose role isn't known.
    names = (*map(_name, delivering), one_line(string_in(item, "source")), *map(_name, nameless))
    return next(filter(None, names), "")


def _related(item: Fields) -> Iterator[Related]:
    """Yield the associated items; in 1.x an association is named by its field."""
    for name, each in objects_of(item.get("associations")):
        if target := _guid(each):
            rel = one_line(string_in(each, "rel", "name") or scrub(name))
            yield Related(rel, target, whole_number(scalar_in(each, "version"), INT32))


FORMAT = Format("ninjs", lambda sample: sample.json_kind == "ninjs", parse_ninjs, syntax="json")
