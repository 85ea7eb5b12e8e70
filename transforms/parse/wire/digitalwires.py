"""digitalwires (dpa's JSON format, 0.9) -> entries.

What a field means, and what of it belongs to the text, is taken from dpa's own converter of the format to NewsML-G2
(github.com/dpa-newslab/dpa-digitalwires-to-newsmlg2): the infobox stands behind the article, the kicker is a headline
of lower rank, the linkbox is a list of related items, and neither the notepad nor its contacts are part of the text.
"""

from collections.abc import Iterator

from lxml import etree

from newsbeam.transforms.errors import NotAFeedError
from newsbeam.transforms.parse.encoding import decode
from newsbeam.transforms.parse.identity import identify_items
from newsbeam.transforms.parse.json_text import Fields, list_in, objects_in, read_json, scalar_in, string_in
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.plain import one_line, unique
from newsbeam.transforms.parse.result import Parsed, ParseLimits, repaired
from newsbeam.transforms.parse.urls import canonical_url
from newsbeam.transforms.parse.wire.fields import WireDates, first_lines, place_of, small_number, urgency
from newsbeam.transforms.parse.wire.signals import with_life
from newsbeam.transforms.parse.wire.subjects import subject_codes
from newsbeam.transforms.records import Document, Entry, Related

# The kinds of categories that say what a story is about, in the order of dpa's NewsML-G2.
_SUBJECTS = ("desk", "geosubject", "dpasubject", "poi")
# Notes on who wrote the text, and the list of all notes as a page.
_NO_NOTES = ("contacts", "dpacontacts", "closingline", "notepad")
_NO_RANK = 10_000
_SEE_ALSO = "irel:seeAlso"


def parse_digitalwires(document: Document, limits: ParseLimits) -> Parsed:
    """Return the entries of digitalwires: one, a list of them, one a line, or an answer of dpa's API (`entries`).

    Raises:
        NotAFeedError: It is JSON, but nothing in it is digitalwires.
        ParseError: It is no JSON, or cut off before the end of the first entry.
    """
    decoded = decode(document.body, document.media_type)
    found = read_json(decoded.text)
    wires = [wire for value in found.values for wire in _wires(value)]
    if not wires:
        raise NotAFeedError("JSON without a urn and a headline or text is no digitalwires")
    dates = WireDates(document)
    entries = identify_items([_entry(document, wire, dates) for wire in wires[: limits.entries]])
    reasons = (decoded.repair, found.problem, limits.cut(len(wires)))
    letters = [repaired(document, reason) for reason in reasons if reason]
    return Parsed(entries, (*letters, *dates.letters.values()))


def _wires(value: object) -> Iterator[Fields]:
    wrapped = {"": value}
    for outer in objects_in(wrapped, ""):
        for each in objects_in(outer, "entries") or [outer]:
            if string_in(each, "urn") or string_in(each, "headline", "article_html"):
                yield each


def _entry(document: Document, wire: Fields, dates: WireDates) -> Entry:
    updated_raw = one_line(string_in(wire, "version_created"))
    embargo_raw = one_line(string_in(wire, "embargoed"))
    embargo = dates.read(embargo_raw)
    descriptions = unique(string_in(each, "description").strip() for each in objects_in(wire, "descriptions"))
    summary = one_line(string_in(wire, "teaser") or next(iter(descriptions), ""))
    content = "\n".join(filter(None, (string_in(wire, "article_html"), string_in(wire, "infobox_html"))))
    entry = Entry(
        entry_id="",
        source=document.source,
        feed_url=document.feed_url,
        format="digitalwires",
        fetched_at=document.fetched_at,
        guid=one_line(string_in(wire, "urn")),
        provider_version=small_number(scalar_in(wire, "version")),
        title=one_line(string_in(wire, "headline")),
        subtitle="; ".join(unique(one_line(string_in(wire, key)) for key in ("subhead", "kicker"))),
        summary=summary,
        authors=unique(_names(wire, "creator")) or unique(_names(wire, "contributor")),
        byline=one_line(string_in(wire, "byline")),
        language=language_tag(document.language, string_in(wire, "language")),
        published=dates.read(updated_raw).value,
        published_raw=updated_raw,
        updated=dates.read(updated_raw).value,
        updated_raw=updated_raw,
        embargo_until=embargo.stated,
        dateline_place=next(_names(wire, "located"), "") or place_of(one_line(string_in(wire, "dateline"))),
        urgency=urgency(scalar_in(wire, "urgency")),
        ednote="; ".join(_notes(wire, public=True)),
        copyright=one_line(string_in(wire, "copyrightnotice")),
        categories=unique(_names(wire, "keyword")),
        subjects=subject_codes(_codes(wire, *_SUBJECTS)),
        genres=unique(_codes(wire, "genre")),
        provider=next(_names(wire, "provider"), ""),
        related=tuple(_related(wire)),
        content=content or "\n\n".join(descriptions) or summary,
        content_type="text/html" if content else "text/plain",
    )
    status = string_in(wire, "pubstatus") or next(_codes(wire, "pubstatus"), "")
    if embargo_raw and embargo.stated is None and status in ("", "usable"):
        status = "embargoed"  # until nobody knows when
    lines = (*first_lines(entry), *_notes(wire, public=False))
    return with_life(entry, status, _signals(wire), lines)


def _categories(wire: Fields, kind: str) -> list[Fields]:
    """Return the categories of a kind ("keyword" for dnltype:keyword) by their rank."""
    found = [each for each in objects_in(wire, "categories") if string_in(each, "type") == f"dnltype:{kind}"]
    return sorted(found, key=lambda each: small_number(scalar_in(each, "rank")) or _NO_RANK)


def _names(wire: Fields, kind: str) -> Iterator[str]:
    yield from filter(None, (one_line(string_in(each, "name")) for each in _categories(wire, kind)))


def _codes(wire: Fields, *kinds: str) -> Iterator[str]:
    """Yield the qcodes of categories; of those without, the names (of a place of interest, without its address)."""
    for kind in kinds:
        for each in _categories(wire, kind):
            place = next(iter(objects_in(each, "geojson")), {})
            properties = next(iter(objects_in(place, "properties")), {})
            yield one_line(string_in(each, "qcode") or string_in(properties, "name") or string_in(each, "name"))


def _notes(wire: Fields, public: bool) -> tuple[str, ...]:
    """Return the notes for readers, or those for editors only; none of the contacts and signatures."""
    notes = (each for each in objects_in(wire, "ednotes") if (each.get("is_publishable") is not False) == public)
    return unique(
        one_line(string_in(each, "ednote"))
        for each in notes
        if string_in(each, "role").rpartition(":")[2] not in _NO_NOTES
    )


def _signals(wire: Fields) -> tuple[str, ...]:
    stated = [string_in(wire, "signal"), *(each for each in list_in(wire, "signal") if isinstance(each, str))]
    return unique((*map(one_line, stated), *_codes(wire, "signal")))


def _related(wire: Fields) -> Iterator[Related]:
    """Yield the links of the linkbox and the items that belong to the story, as dpa's NewsML-G2 names both."""
    linkbox = string_in(wire, "linkbox_html")
    for link in etree.fromstring(linkbox, etree.HTMLParser()).iter("a") if "<" in linkbox else ():
        href = link.get("href", "")
        if target := canonical_url(href) or one_line(href):
            yield Related(_SEE_ALSO, target)
    for each in objects_in(wire, "associations"):
        target = one_line(string_in(each, "urn"))
        if target and target != string_in(wire, "urn"):
            yield Related(_SEE_ALSO, target, small_number(scalar_in(each, "version")))
