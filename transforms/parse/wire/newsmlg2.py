"""NewsML-G2 (IPTC, 2.x, core and power) and NAR 1.x -> entries: news items, package items, and messages of them.

The meaning of elements and attributes follows IPTC's schema NewsML-G2_2.24-spec-All-Core.xsd and the NewsML-G2
Guidelines.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lxml import etree

from newsbeam.transforms.common.urls import canonical_url, is_http
from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.format import Format, has_root
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.plain import one_line, scrub, unique
from newsbeam.transforms.parse.result import LeftOut, Parsed, ParseLimits, repaired
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
from newsbeam.transforms.parse.wire.newsmlg2_body import Body, read_body
from newsbeam.transforms.parse.wire.newsmlg2_media import Files, Places, package_text
from newsbeam.transforms.parse.wire.nitf_markup import line_of
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
from newsbeam.transforms.records import DeadLetter, Document, Entry, Media, Related

_NEWS = ("newsItem", "packageItem")
_OTHER_ITEMS = ("conceptItem", "knowledgeItem", "planningItem", "catalogItem")
# The schemes of IPTC (catalog.IPTC-G2-Standards_41.xml) that are used here, by the end of their URI.
_IPTC_SCHEME = re.compile(r"https?://cv\.iptc\.org/newscodes/([\w-]+)/(.+)")
_ALIASES = {
    **{"pubstatusg2": "stat", "signal": "sig", "genre": "genre", "itemrelation": "irel", "mediatopic": "medtop"},
    **{"subjectcode": "subj", "ninature": "ninat", "descriptionrole": "drol", "encoding": "encd"},
    **{"newsprovider": "nprov", "ednoterole": "ednoterole", "rendition": "rnd", "worldregion": "wldreg"},
}
_SUBTITLE = re.compile(r"sub|kicker|deck|second|overline|standfirst", re.IGNORECASE)
# Roles of a description, the best summary first: summaries, no role, captions (IPTC drol: summary, caption). Others
# are scripts and shot lists of films, which are the text of an item without another text.
_SUMMARY = re.compile(r"summary|abstract|synthe|synopsis|teaser|intro|lead|standfirst", re.IGNORECASE)
_CAPTION = re.compile("caption", re.IGNORECASE)
_CAPTION_RANK, _NOT_SUMMARY = 2, 3
# Notes that are not for readers (dpa: contacts, dpacontacts; STT: private), dpa's notepad, which repeats the other
# notes and the contacts as a page, and its closing line, the desk's initials.
_PRIVATE = re.compile(r"contacts?|notepad|closingline|private|non-?public|internal", re.IGNORECASE)
_NOT_SIGNALS = re.compile(r"contacts?|notepad|closingline", re.IGNORECASE)

Properties = dict[str, list[Element]]


def parse_newsmlg2(document: Document, limits: ParseLimits) -> Parsed:
    """Return the entries of a NewsML-G2 document: one for each news item and each package item.

    Raises:
        NotAFeedError: It is other XML, a part of an item, or a concept, knowledge, planning or catalog item.
        UnsafeXmlError: It uses an entity that is declared as more than characters.
        ParseError: It is not XML, or no item has an id, a headline or a text.
    """
    xml = read_xml(document)
    items, others = _items(xml.root)
    builder = _EntryBuilder(document, text_of(child(xml.root, "header", "sent")))
    built = [(item, builder.build(item)) for item in items[: limits.entries]]
    entries = [entry for _, entry in built if entry.guid or entry.title or entry.content]
    empty = [item for item, entry in built if not (entry.guid or entry.title or entry.content)]
    if not entries:
        raise ParseError("no item has an id, a headline or a text")
    reasons = [(item, "carries no news") for item in others]
    reasons += [(item, "without id, headline and text") for item in empty]
    dead_letters = [
        repaired(document, LeftOut(f"left out: a {local_name(item)} {reason}"), _bytes(item))
        for item, reason in reasons
    ]
    losses: tuple[str | DeadLetter, ...] = (
        *xml.dead_letters,
        limits.cut(len(items)),
        *dead_letters,
        *builder.dead_letters,
    )
    return finish(document, entries, losses, builder.dates)


def _items(root: Element) -> tuple[list[Element], list[Element]]:
    """Return the items of a document that are news, and the others."""
    name = local_name(root)
    if name in _NEWS:
        return [root], []
    if name != "newsMessage":
        is_item = name in _OTHER_ITEMS
        raise NotAFeedError(f"a {name} carries no news" if is_item else f"the root element <{name}> is not a news item")
    found = [item for item_set in children(root, "itemSet") for item in item_set]
    news = [item for item in found if local_name(item) in _NEWS]
    if not found:
        raise ParseError("the newsMessage has no items")
    if not news:
        raise NotAFeedError(f"a newsMessage of {', '.join(unique(map(local_name, found)))} carries no news")
    return news, [item for item in found if local_name(item) not in _NEWS]


def _bytes(element: Element) -> bytes:
    serialised: bytes = etree.tostring(element, with_tail=False)
    return serialised


@dataclass
class _EntryBuilder:
    """Makes entries of the items of one document.

    Attributes:
        sent: When the message was sent, as published, or "".
        dates: Reads dates, and collects dead letters of implausible ones.
        dead_letters: The parts that were left out.
    """

    document: Document
    sent: str
    dead_letters: list[DeadLetter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dates = WireDates(self.document)

    def build(self, element: Element) -> Entry:
        """Return an item as an entry, without ids."""
        item = _Item(element)
        embargo = self.dates.read(item.first("embargoed"))
        dates = self._dated(item)
        entry = draft_entry(
            self.document,
            "newsml-g2",
            guid=attribute(element, "guid"),
            # An item without a version is the first one (NewsML-G2, anyItem@version).
            provider_version=whole_number(attribute(element, "version") or "1"),
            embargo_until=embargo.as_published,
            **dates,
            **self._visible(item, (dates["updated"] or self.document.fetched_at).date()),
            **item.described(),
        )
        signals = [item.code(signal) for signal in item["signal"]]
        if item["embargoed"] and embargo.as_published is None:
            signals.append("embargo")  # its end is missing or unreadable
        return with_status(
            entry, item.status(), signals, (*first_lines(entry), *item.notes(public=False)), zone=self.document.zone
        )

    def _dated(self, item: "_Item") -> dict[str, Any]:
        """Return when a version and its item were made; without these dates, the content's own date."""
        version, created = item.first("versionCreated"), item.first("contentCreated")
        updated_raw = version or item.first("contentModified") or self.sent or created
        published_raw = item.first("firstCreated") or version or created or updated_raw
        return {
            "published": self.dates.read(published_raw).value,
            "published_raw": published_raw,
            "updated": self.dates.read(updated_raw).value,
            "updated_raw": updated_raw,
        }

    def _visible(self, item: "_Item", day: date) -> dict[str, Any]:
        """Return the fields that readers see; `day` is the day of the version."""
        (title, subtitle), bylines = item.headlines(), item.bylines()
        summary, texts = item.descriptions()
        # The lines that a page's header repeats: they are in columns, so they must not be paragraphs as well.
        lines = (*item.all_lines("by"), summary, *item.all_lines("headline"), *item.names("genre"))
        body = self._body(item, frozenset(filter(None, lines)))
        head = body.head
        summary = summary or head.summary or body.teaser
        content, content_type = (body.content, body.content_type) if body.content else (texts or summary, "text/plain")
        dateline = item.first("dateline")
        names = unique(name for byline in bylines for name in names_of(byline))
        return {
            "url": body.url,
            "title": title or head.title or item.untyped_title() or body.title,
            "subtitle": subtitle or head.subtitle,
            "summary": summary,
            "authors": authors_of(item.people("creator") or head.authors or item.people("contributor"), names),
            "byline": "; ".join(bylines) or head.byline,
            "language": language_tag(self.document.language, *item.languages(), body.language, item.language),
            "dateline_place": head.dateline_place or item.place(),
            "dateline_date": head.dateline_date or day_in(dateline or head.dateline, day),
            "ednote": "; ".join(unique((*item.notes(public=True), head.ednote, *body.notes))),
            "copyright": item.copyright() or head.copyright,
            "rights": "; ".join(unique((*item.terms(), head.rights))),
            "genres": unique(item.code(genre) for genre in item["genre"]) or body.genres,
            "provider": item.provider() or head.provider,
            "content": scrub(content),
            "content_type": content_type,
            "media": (*item.media(), *head.media),
        }

    def _body(self, item: "_Item", known_lines: frozenset[str]) -> Body:
        if local_name(item.element) == "packageItem":
            return Body(package_text(item.element))
        body = read_body(item.element, known_lines, tuple(item.languages()) or tuple(filter(None, (item.language,))))
        self.dead_letters += [repaired(self.document, LeftOut(reason), _bytes(part)) for reason, part in body.left_out]
        return body


class _Item:
    """The properties of an item by name: those of `itemMeta`, `contentMeta` and `rightsInfo` together."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.language = one_line(element.get(XML_LANG) or "")
        self._properties: Properties = {}
        for part in element:
            if local_name(part) in ("itemMeta", "contentMeta", "rightsInfo"):
                for each in part:
                    self._properties.setdefault(local_name(each), []).append(each)
        schemes = children(element, "catalog", "scheme")
        self._schemes = {attribute(scheme, "alias"): attribute(scheme, "uri") for scheme in schemes}

    def __getitem__(self, name: str) -> list[Element]:
        return self._properties.get(name, [])

    def described(self) -> dict[str, Any]:
        """Return the fields of an entry for subject, places and relations of an item."""
        return {
            "slugline": self.lines("slugline"),
            "urgency": urgency(self.first("urgency")),
            "categories": self.all_lines("keyword"),
            "subjects": subject_codes(self.subjects()),
            "related": tuple(self.related()),
            "places": Places(self.element, self._name, self.code).all(self),
        }

    def first(self, name: str) -> str:
        return next(filter(None, map(text_of, self[name])), "")

    def all_lines(self, name: str) -> tuple[str, ...]:
        return unique(map(line_of, self[name]))

    def lines(self, name: str) -> str:
        return "; ".join(unique(map(line_of, self._translated(self[name]))))

    def code(self, element: Element, name: str = "") -> str:
        """Return the identifier of a concept: its qcode, URI, name or literal.

        Args:
            element: A property that names a concept.
            name: An attribute with a qcode ("rel", "role"): then the result is its value, or its URI.
        """
        qcode = attribute(element, name or "qcode")
        code = (qcode and self._own_alias(qcode)) or _qcode(attribute(element, f"{name}uri" if name else "uri"))
        return code if code or name else self._name(element)

    def _own_alias(self, qcode: str) -> str:
        """Return a qcode as IPTC writes it, if the item declares another alias for a scheme of IPTC."""
        alias, colon, code = qcode.partition(":")
        # Aliases are free (NewsML-G2, catalog): "mt:15000000" may be a Media Topic, and views group by "medtop:".
        ours = _qcode(f"{self._schemes[alias].rstrip('/')}/{code}") if colon and alias in self._schemes else ""
        return ours if ours and not is_http(ours) else qcode

    def _name(self, element: Element) -> str:
        names = filter(None, map(line_of, self._translated(children(element, "name"))))
        return next(names, "") or attribute(element, "literal")

    def _translated(self, elements: Iterable[Element]) -> list[Element]:
        """Return the translations in the language of the item; all of them if none is in it."""
        found = list(elements)
        # One element counts whatever its language: an item in German may have its headline in English alone.
        if len(found) < 2:
            return found
        declared = next(filter(None, self.languages()), self.language)[:2].lower()
        ours = [each for each in found if (each.get(XML_LANG) or declared)[:2].lower() == declared]
        return ours or found

    def languages(self) -> Iterator[str]:
        yield from (attribute(language, "tag") for language in self["language"])

    def headlines(self) -> tuple[str, str]:
        """Return the headline, and the lines above or below it, which have ranks (dpa) or roles."""
        main, others = "", []
        # Sorted by rank; without ranks the order of the document stays, since the sort is stable.
        for each in sorted(self._translated(self["headline"]), key=lambda e: whole_number(attribute(e, "rank")) or 0):
            text, role = line_of(each), self.code(each, "role")
            if not main and not _SUBTITLE.search(role):
                main = text
            # Other roles (a headline for the web, for mobile) are variants of the headline, not lines beside it.
            elif not role or _SUBTITLE.search(role):
                others.append(text)
        return main, "; ".join(text for text in unique(others) if text != main)

    def untyped_title(self) -> str:
        """Return the title of the item, which is meant for its management; used if there is no headline."""
        titles = [each for each in self._translated(self["title"]) if not attribute(each, "role")]
        return next(filter(None, map(line_of, titles)), "")

    def descriptions(self) -> tuple[str, str]:
        """Return the summary, and the texts of all descriptions as plain text if there are others."""
        ranked = sorted(self._translated(self["description"]), key=lambda each: _rank(self.code(each, "role")))
        described = [(each, line) for each in ranked if (line := line_of(each))]
        if not described:
            return "", ""
        has_summary = _rank(self.code(described[0][0], "role")) < _NOT_SUMMARY
        summary = described[0][1] if has_summary else ""
        texts = {line: _with_line_breaks(each) for each, line in described}
        return summary, "" if list(texts) == [summary] else "\n\n".join(texts.values())

    def names(self, name: str) -> tuple[str, ...]:
        """Return the names of a property's concepts in all languages."""
        return unique(line_of(each) for element in self[name] for each in children(element, "name"))

    def media(self) -> tuple[Media, ...]:
        """Return the files of an item, with its headline, its caption and its credit."""
        remote = list(children(self.element, "contentSet", "remoteContent"))
        if not remote:
            return ()
        caption = next(
            (
                line
                for each in self["description"]
                if _rank(self.code(each, "role")) == _CAPTION_RANK and (line := line_of(each))
            ),
            "",
        )
        kind = next(filter(None, map(self.code, self["itemClass"])), "")
        credit = self.lines("creditline") or "; ".join(self.bylines()) or "; ".join(self.people("creator"))
        files = Files(kind, self.headlines()[0], caption or self.descriptions()[0], credit)
        return tuple(files.of(remote))

    def bylines(self) -> tuple[str, ...]:
        """Return the bylines in the item's language, without "By"."""
        return unique(without_by(line_of(each)) for each in self._translated(self["by"]))

    def terms(self) -> tuple[str, ...]:
        """Return the terms of usage in the item's language."""
        return unique(map(line_of, self._translated(self["usageTerms"])))

    def people(self, name: str) -> tuple[str, ...]:
        return unique(map(self._name, self[name]))

    def provider(self) -> str:
        named = [*self["provider"], *self["infoSource"]]
        return next(filter(None, (self._name(each) or self.code(each) for each in named)), "")

    def place(self) -> str:
        """Return the place of a story: the name of `located`, else the dateline without agency and date."""
        named = next(filter(None, map(self._name, self["located"])), "")
        if named:
            return named
        return place_of(self.first("dateline"))

    def notes(self, public: bool) -> tuple[str, ...]:
        """Return the notes for readers, or the other notes that may contain signals.

        Notes for readers have no publishing constraint (`pubconstraint`) and no private role.
        """
        notes = []
        for each in self["edNote"]:
            role = self.code(each, "role")
            constrained = attribute(each, "pubconstraint") or attribute(each, "pubconstrainturi")
            is_public = not constrained and not _PRIVATE.search(role)
            if is_public == public and (public or not _NOT_SIGNALS.search(role)):
                notes.append(line_of(each))
        return unique(notes)

    def copyright(self) -> str:
        notices = map(line_of, self._translated(self["copyrightNotice"]))
        return next(filter(None, (*notices, *map(self._name, self["copyrightHolder"]))), "")

    def subjects(self) -> Iterator[str]:
        """Yield the subjects; for one with facets, its main concept."""
        for each in self["subject"]:
            main = child(each, "mainConcept")
            yield self.code(each if main is None else main)

    def status(self) -> str:
        # An item without a pubStatus is usable (NewsML-G2 Guidelines, publishing status).
        return next(filter(None, map(self.code, self["pubStatus"])), "stat:usable")

    def related(self) -> Iterator[Related]:
        """Yield the items that this one links to, and those of a package with the roles of their groups."""
        for link in self["link"]:
            yield from self._target(link, self.code(link, "rel"))
        for group in descendants(self.element, "group"):
            for reference in children(group, "itemRef"):
                yield from self._target(reference, self.code(group, "role"))
        for reference in children(self.element, "itemRef"):
            yield from self._target(reference, "")

    def _target(self, element: Element, rel: str) -> Iterator[Related]:
        href = attribute(element, "href")
        # guidref: NAR 1.0, still sent by STT
        target = attribute(element, "residref") or attribute(element, "guidref") or (canonical_url(href) or href)
        if target:
            yield Related(rel, target, whole_number(attribute(element, "version"), INT32))


def _qcode(uri: str) -> str:
    """Return the URI of an IPTC concept as a qcode if its scheme is known; any other URI unchanged."""
    match = _IPTC_SCHEME.fullmatch(uri)
    return f"{_ALIASES[match[1]]}:{match[2]}" if match and match[1] in _ALIASES else uri


def _rank(role: str) -> int:
    if not role:
        return 1
    return 0 if _SUMMARY.search(role) else _CAPTION_RANK if _CAPTION.search(role) else _NOT_SUMMARY


def _with_line_breaks(element: Element) -> str:
    """Return a text with its line breaks (also <br>), without the indentation of the XML."""
    text = "".join(
        part if isinstance(part, str) else "\n" for part in element.xpath(".//text() | .//*[local-name()='br']")
    )
    return "\n".join(line.strip() for line in text.strip().splitlines())


_ROOTS = (
    *("newsMessage", "newsItem", "packageItem"),
    # The other kinds of items, and parts of items, carry no news: the parser says so.
    *("conceptItem", "knowledgeItem", "planningItem", "catalogItem", "catalog"),
    *("contentMeta", "contentSet", "groupSet"),
)
FORMAT = Format("newsml-g2", has_root(*_ROOTS), parse_newsmlg2)
