"""digitalwires (dpa's JSON format, 0.9) -> entries.

The meaning of fields is that of dpa's own converter to NewsML-G2 (github.com/dpa-newslab/dpa-digitalwires-to-newsmlg2):
the infobox follows the article, the kicker is a headline of lower rank, the linkbox is a list of related items, and
neither the notepad nor its contacts are part of the text.
"""

import html
from collections.abc import Iterator
from typing import Any

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.urls import canonical_url
from newsbeam.transforms.errors import NotAFeedError
from newsbeam.transforms.parse.format import Format
from newsbeam.transforms.parse.json_text import Fields, objects_in, read_json, scalar_in, string_in
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.plain import html_text, one_line, parse_html, unique
from newsbeam.transforms.parse.result import Parsed, ParseLimits, strays
from newsbeam.transforms.parse.wire.drafts import draft_entry, finish
from newsbeam.transforms.parse.wire.fields import (
    INT32,
    WireDates,
    authors_of,
    day_in,
    first_lines,
    names_of,
    place_of,
    urgency,
    whole_number,
    without_by,
)
from newsbeam.transforms.parse.wire.media import Relation, media_kind, media_of, place_named
from newsbeam.transforms.parse.wire.ninjs_media import position
from newsbeam.transforms.parse.wire.signals import with_status
from newsbeam.transforms.parse.wire.subjects import subject_codes
from newsbeam.transforms.parse.wire.values import BYTES, URLS, word_in, words_in
from newsbeam.transforms.records import DeadLetter, Document, Entry, Media, Place, Related

# The kinds of categories that are subjects, in the order of dpa's NewsML-G2.
_SUBJECTS = ("desk", "geosubject", "dpasubject", "poi")
# Notes about the authors, and the page that lists all notes.
_NOT_NOTES = ("contacts", "dpacontacts", "closingline", "notepad")
# A category without a rank comes after all that have one.
_NO_RANK = 10_000
# Bounds of a search that costs captions times characters.
_CAPTIONS, _SEARCHED = 300, 300_000  # captions searched for in an article, and characters of it that are searched
_SEE_ALSO = "irel:seeAlso"


def parse_digitalwires(document: Document, limits: ParseLimits) -> Parsed:
    """Return the entries of digitalwires: one, a list, one on each line, or an answer of dpa's API (`entries`).

    Raises:
        NotAFeedError: It is JSON, but nothing in it is digitalwires.
        ParseError: It is not JSON, or truncated before the end of the first entry.
    """
    decoded = decode(document.body, document.media_type)
    found = read_json(decoded.text)
    ignored: list[object] = []
    wires = [wire for value in found.values for wire in _wires(value, ignored)]
    if not wires:
        raise NotAFeedError("JSON without a urn and a headline or text is not digitalwires")
    dates = WireDates(document)
    entries = [_entry(document, wire, dates) for wire in wires[: limits.entries]]
    reasons: tuple[str | DeadLetter, ...] = (
        decoded.repair,
        found.problem,
        limits.cut(len(wires)),
        *strays(document, ignored),
    )
    return finish(document, entries, reasons, dates)


def _wires(value: object, ignored: list[object]) -> Iterator[Fields]:
    """Yield the entries in a value, and the separate stories in their associations; collect values of other forms."""
    for outer in value if isinstance(value, list) else [value]:
        for each in _wrapped(outer):
            if isinstance(each, dict) and (word_in(each, "urn") or string_in(each, "headline", "article_html")):
                yield each
                yield from (other for other in objects_in(each, "associations") if _is_whole(other, each))
            else:
                ignored.append(each)


def _wrapped(outer: Any) -> list[Any]:
    """Return the elements of `entries`; the value itself if it has none."""
    entries = outer.get("entries") if isinstance(outer, dict) else None
    return entries if entries and isinstance(entries, list) else [entries if isinstance(entries, dict) else outer]


def _is_whole(associated: Fields, wire: Fields) -> bool:
    """Tell whether an association is a separate story: with an id other than the entry's, and with a text."""
    return bool(string_in(associated, "article_html")) and word_in(associated, "urn") not in ("", word_in(wire, "urn"))


def _entry(document: Document, wire: Fields, dates: WireDates) -> Entry:
    embargo_raw = word_in(wire, "embargoed")
    embargo = dates.read(embargo_raw)
    entry = draft_entry(
        document,
        "digitalwires",
        guid=word_in(wire, "urn"),
        provider_version=whole_number(scalar_in(wire, "version")),
        language=language_tag(document.language, word_in(wire, "language")),
        embargo_until=embargo.as_published,
        **_visible(wire),
        **_origin(document, wire, dates),
        **_described(wire),
    )
    status = word_in(wire, "pubstatus") or next(_codes(wire, "pubstatus"), "")
    # An embargo whose end can't be read still holds the story: to publish it is the worse fault.
    if embargo_raw and embargo.as_published is None and status in ("", "usable"):
        status = "embargoed"  # without a known end
    # Notes for editors are in no field of the entry, but may order a kill or an embargo.
    lines = (*first_lines(entry), *_notes(wire, public=False))
    return with_status(entry, status, _signals(wire), lines, zone=document.zone)


def _visible(wire: Fields) -> Fields:
    """Return the fields that readers see."""
    descriptions = unique(string_in(each, "description").strip() for each in objects_in(wire, "descriptions"))
    summary = one_line(string_in(wire, "teaser") or next(iter(descriptions), ""))
    article = "\n".join(filter(None, (string_in(wire, "article_html"), string_in(wire, "infobox_html"))))
    bylines = unique(map(without_by, words_in(wire, "byline")))
    names = unique(name for byline in bylines for name in names_of(byline))
    content = "\n".join(filter(None, (article, *_associated(wire, article))))
    return {
        "title": word_in(wire, "headline"),
        "subtitle": "; ".join(words_in(wire, "subhead", "kicker")),
        "summary": summary,
        # Structured names first; the byline is free text and may hold titles.
        "authors": authors_of(unique(_names(wire, "creator")) or unique(_names(wire, "contributor")), names),
        "byline": "; ".join(bylines),
        "content": content or "\n\n".join(descriptions) or summary,
        "content_type": "text/html" if content else "text/plain",
        "media": tuple(_media(wire)),
    }


def _origin(document: Document, wire: Fields, dates: WireDates) -> Fields:
    """Return when and where an entry was written."""
    updated_raw = word_in(wire, "version_created", "content_created", "updated")
    dateline = word_in(wire, "dateline")
    updated = dates.read(updated_raw).value
    return {
        "published": updated,
        "published_raw": updated_raw,
        "updated": updated,
        "updated_raw": updated_raw,
        "dateline_place": next(_names(wire, "located"), "") or place_of(dateline),
        "dateline_date": day_in(dateline, (updated or document.fetched_at).date()),
        "places": tuple(dict.fromkeys(_places(wire))),
    }


def _described(wire: Fields) -> Fields:
    """Return the fields for subject, rights and notes of an entry."""
    return {
        "urgency": urgency(scalar_in(wire, "urgency")),
        "ednote": "; ".join(_notes(wire, public=True)),
        "copyright": word_in(wire, "copyrightnotice"),
        "rights": "; ".join(words_in(wire, "usageterms", "autopublishnotice")),
        "categories": unique(_names(wire, "keyword")),
        "subjects": subject_codes(_codes(wire, *_SUBJECTS)),
        "genres": unique(_codes(wire, "genre")),
        "provider": next(_names(wire, "provider"), ""),
        "related": tuple(_related(wire)),
    }


def _associated(wire: Fields, article: str) -> Iterator[str]:
    """Yield the text of associations as HTML, as in ninjs: captions of pictures, heading and text of other items.

    Texts that the article contains and separate stories are left out.
    """
    text = html_text(article)[:_SEARCHED]
    for at, each in enumerate(objects_in(wire, "associations")):
        # Beyond the bound captions are taken as new: a repeated caption is better than a lost one.
        story = text if at < _CAPTIONS else ""
        caption, title = word_in(each, "caption", "description"), word_in(each, "headline")
        if caption and caption not in story:
            yield f"<figure><figcaption>{html.escape(caption, quote=False)}</figcaption></figure>"
        if media_kind(word_in(each, "type")) == "other" and not _is_whole(each, wire):
            if title and title not in story:
                yield f"<h2>{html.escape(title, quote=False)}</h2>"
            yield string_in(each, "article_html")


def _media(wire: Fields) -> Iterator[Media]:
    """Yield the files of the associated items; a picture without files is named by its id."""
    for each in objects_in(wire, "associations"):
        kind = word_in(each, "type")
        texts = {
            "title": word_in(each, "headline", "title"),
            "caption": word_in(each, "caption", "description"),
            "credit": word_in(each, "creditline", "byline"),
        }
        files = [(word_in(file, *URLS), file) for file in objects_in(each, "renditions")]
        for url, file in files:
            if url:
                yield media_of(url, kind, **texts, **_measures(file))
        if media_kind(kind) != "other" and not any(url for url, _ in files):
            yield media_of(word_in(each, "url", "urn"), kind, **texts)


def _measures(file: Fields) -> dict[str, str]:
    return {
        "media_type": word_in(file, "mimetype", "contenttype"),
        "width": scalar_in(file, "width"),
        "height": scalar_in(file, "height"),
        "bytes": scalar_in(file, *BYTES),
        "duration": scalar_in(file, "duration"),
    }


def _places(wire: Fields) -> Iterator[Place]:
    """Yield where an entry was written, and the places that it is about: areas and points of interest."""
    for each in _categories(wire, "located"):
        yield from _place(each, word_in(each, "name"), "dateline")
    if next(_names(wire, "located"), "") == "" and (at := place_of(word_in(wire, "dateline"))):
        yield Place(at, "dateline")
    for kind in ("geosubject", "poi"):
        for each in _categories(wire, kind):
            yield from _place(each, _name_of_place(each), "subject")


def _place(category: Fields, name: str, relation: Relation) -> Iterator[Place]:
    code = word_in(category, "qcode")
    place = place_named(name, relation, code, code, position(category))
    if place:
        yield place


def _name_of_place(category: Fields) -> str:
    """Return the name of a place of interest without its address, or of an area."""
    place = next(iter(objects_in(category, "geojson")), {})
    properties = next(iter(objects_in(place, "properties")), {})
    return one_line(string_in(properties, "name") or string_in(category, "name"))


def _categories(wire: Fields, kind: str) -> list[Fields]:
    """Return the categories of a kind ("keyword" for dnltype:keyword) by their rank."""
    found = [each for each in objects_in(wire, "categories") if string_in(each, "type") == f"dnltype:{kind}"]
    return sorted(found, key=lambda each: whole_number(scalar_in(each, "rank")) or _NO_RANK)


def _names(wire: Fields, kind: str) -> Iterator[str]:
    yield from filter(None, (one_line(string_in(each, "name")) for each in _categories(wire, kind)))


def _codes(wire: Fields, *kinds: str) -> Iterator[str]:
    """Yield the qcodes of categories, or their names if they have none (of a place, without its address)."""
    for kind in kinds:
        for each in _categories(wire, kind):
            yield one_line(string_in(each, "qcode")) or _name_of_place(each)


def _notes(wire: Fields, public: bool) -> tuple[str, ...]:
    """Return the notes for readers, or those for editors, without contacts and signatures."""
    notes = (each for each in objects_in(wire, "ednotes") if _is_publishable(each) == public)
    return unique(
        word_in(each, "ednote") for each in notes if string_in(each, "role").rpartition(":")[2] not in _NOT_NOTES
    )


def _is_publishable(note: Fields) -> bool:
    """Tell whether a note is for readers, which is the default."""
    return str(note.get("is_publishable", True)).lower() not in ("false", "0", "no")


def _signals(wire: Fields) -> tuple[str, ...]:
    return unique((*words_in(wire, "signal"), *_codes(wire, "signal")))


def _related(wire: Fields) -> Iterator[Related]:
    """Yield the links of the linkbox and the associated items, with the relation of dpa's NewsML-G2."""
    for href in _hrefs(string_in(wire, "linkbox_html")):
        if target := canonical_url(href) or one_line(href):
            yield Related(_SEE_ALSO, target)
    for each in objects_in(wire, "associations"):
        target = word_in(each, "urn")
        # A story that names itself would relate, and kill, itself.
        if target and target != word_in(wire, "urn"):
            yield Related(_SEE_ALSO, target, whole_number(scalar_in(each, "version"), INT32))


def _hrefs(markup: str) -> list[str]:
    """Return the targets of the links in HTML; plain text has none."""
    tree = parse_html(markup) if "<" in markup else None
    return [] if tree is None else [link.get("href", "") for link in tree.iter("a")]


FORMAT = Format("digitalwires", lambda sample: sample.json_kind == "digitalwires", parse_digitalwires, syntax="json")
