"""NewsML 1.0 to 1.2 (IPTC) -> entries, one for each NewsItem.

After the "NewsML 1.2 Functional Specification" and its DTD. Agencies name roles and types of lines freely; tables here
and in `newsml1_text` list the names in use.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from newsbeam.transforms.common.urls import is_http
from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.format import Format, has_root
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.plain import one_line, unique
from newsbeam.transforms.parse.result import LeftOut, Parsed, ParseLimits
from newsbeam.transforms.parse.wire.drafts import draft_entry, finish
from newsbeam.transforms.parse.wire.fields import (
    INT32,
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
from newsbeam.transforms.parse.wire.newsml1_media import Parts, places_in
from newsbeam.transforms.parse.wire.newsml1_text import (
    Component,
    components,
    is_caption,
    is_headline,
    is_story,
    language_of,
    letters_of,
    read_text,
)
from newsbeam.transforms.parse.wire.nitf import BodyHead
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
from newsbeam.transforms.records import Document, Entry, Place, Related

_URN = "urn:newsml:"
_URN_PARTS = 5  # with provider, day and item
# After ProviderId (which may contain colons), DateId and NewsItemId: the revision, and the letter of its update.
_REVISION = re.compile(r"(?P<item>urn:newsml:.+:[^:]+:[^:]+):(?P<revision>\d{1,18})[A-Z]?", re.IGNORECASE | re.ASCII)
_SHORT_REFERENCE = re.compile(r"[\w.\-]+\.[a-z]{2,}:[^:]+:[^:]+(?::\w+)?", re.IGNORECASE | re.ASCII)
_NUMERIC = re.compile(r"[\d:]+", re.ASCII)
_VERSION = re.compile(r"\S{0,20}\d\S{0,20}", re.ASCII)
_KEYWORDS = re.compile(r"keyword|categor", re.IGNORECASE)
_BETWEEN_KEYWORDS = re.compile(r"[,;]")
# Names of a NewsLineType -> the field of the line.
_LINE_FIELDS = (
    ("ednote", re.compile(r"advis|note|instruct|embargo|correct|restrict|special|message|usage", re.IGNORECASE)),
    ("summary", re.compile(r"abstract|summary|teaser|synopsis", re.IGNORECASE)),
    ("subtitle", re.compile(r"sub.?(?:head|title)|kicker|deck", re.IGNORECASE)),
    ("keywords", _KEYWORDS),
    ("byline", re.compile(r"signature|by.?line", re.IGNORECASE)),
)


def parse_newsml1(document: Document, limits: ParseLimits) -> Parsed:
    """Return the entries of a NewsML 1 document: one for every NewsItem, also for those within components of another.

    Items that only change parts of an earlier version (RevisionId Update="U", or "A" for administrative data) have no
    text: such an item is an entry if it withholds or kills the story, else a dead letter.

    Raises:
        NotAFeedError: It is not NewsML 1.
        UnsafeXmlError: It uses an entity that is declared as more than characters.
        ParseError: It is not XML, or has no item with a story.
    """
    xml = read_xml(document)
    # An item with a TopicSet holds a vocabulary, which agencies send along with their news.
    items = [item for item in descendants(xml.root, "NewsItem") if child(item, "TopicSet") is None]
    if not items and local_name(xml.root) != "NewsML":
        raise NotAFeedError(f"the root element <{local_name(xml.root)}> is not NewsML 1")
    reader = _ItemReader(document, xml.root)
    found = [entry for item in items[: limits.entries] if (entry := reader.read(item)) is not None]
    if not found:
        raise ParseError("; ".join(reader.losses) or "NewsML without a news item")
    reasons = unique((*reader.losses, limits.cut(len(items))))
    return finish(document, found, (*xml.dead_letters, *reasons), reader.dates)


class _ItemReader:
    """Reads the items of one document.

    Attributes:
        losses: What was left out, and why.
    """

    def __init__(self, document: Document, root: Element) -> None:
        self.document = document
        self.dates = WireDates(document)
        self.losses: list[str] = []
        self._sender = attribute(child(root, "NewsEnvelope", "SentFrom", "Party"), "FormalName")
        self._sent = text_of(child(root, "NewsEnvelope", "DateAndTime"))
        self._topics = _topics(root)

    def read(self, item: Element) -> Entry | None:
        """Return the entry of a NewsItem, without ids; None if it only changes parts of another version."""
        management = child(item, "NewsManagement")
        entry = self._draft(item, management)
        status = attribute(child(management, "Status"), "FormalName")
        # An update without a text is an entry only if it withholds or kills the story.
        if child(item, "NewsComponent") is None and with_status(entry, status).status == "usable":
            self.losses.append(LeftOut(f"left out: an item without a text: {entry.guid} {entry.provider_version}"))
            return None
        language = language_tag(self.document.language, _lang(item))
        found = components(item, language, self.losses)
        parts = Parts(found)
        entry = self._described(self._visible(entry, parts, language), item, parts)
        signals = [attribute(order, "FormalName") for order in children(management, "Instruction")]
        return with_status(entry, status, signals, first_lines(entry), zone=self.document.zone)

    def _draft(self, item: Element, management: Element | None) -> Entry:
        """Return an entry with the administrative metadata of an item."""
        identity = child(item, "Identification")
        guid, version = _identity(child(identity, "NewsIdentifier"))
        made = text_of(child(management, "ThisRevisionCreated"))
        published = text_of(child(management, "FirstCreated")) or made or self._sent
        return draft_entry(
            self.document,
            "newsml-1",
            guid=guid,
            provider_version=version,
            published=self.dates.read(published).value,
            published_raw=published,
            updated=self.dates.read(made or published).value,
            updated_raw=made or published,
            embargo_until=self._embargo(management),
            slugline=_label(identity),
            urgency=urgency(attribute(child(management, "Urgency"), "FormalName")),
            ednote="; ".join(unique(_comments(item))),
            provider=self._sender or text_of(child(identity, "NewsIdentifier", "ProviderId")).partition(":")[0],
        )

    def _embargo(self, management: Element | None) -> datetime | None:
        """Return when an item becomes usable, by its StatusWillChange."""
        change = child(management, "StatusWillChange")
        future = attribute(child(change, "FutureStatus"), "FormalName").lower()
        status = attribute(child(management, "Status"), "FormalName").lower()
        # Other changes of status (to "canceled" at a time) say nothing about when a story may be used.
        if future != "usable" and status != "embargoed":
            return None
        return self.dates.read(text_of(child(change, "DateAndTime"))).as_published

    def _visible(self, entry: Entry, parts: Parts, language: str) -> Entry:
        """Return the entry with its text and the fields from its lines."""
        found = parts.found
        lines, all_lines = _Lines(parts.of_story()), _Lines(found)
        title, more = lines.headlines()
        language = language or language_tag(*(language_of(each.element) for each in found), *all_lines.languages)
        text = read_text(self.document, found, title, language)
        self.losses += text.losses
        content, content_type = text.content()
        head = text.head
        byline = without_by(lines.first("ByLine") or lines.of_type("byline"))
        subtitle = lines.first("SubHeadLine") or text.subtitle or lines.of_type("subtitle") or head.subtitle
        return replace(
            entry,
            # The item's own lines first, then components, then the heads of documents inside, then lines of pictures.
            title=title or text.headline or head.title or text.title or all_lines.first("HeadLine"),
            subtitle="; ".join(unique((subtitle, *more))),
            summary=text.summary or lines.of_type("summary") or head.summary,
            authors=names_of(byline) or head.authors,
            byline=byline or head.byline or lines.first("CreditLine"),
            language=language,
            slugline=lines.first("SlugLine") or entry.slugline,
            ednote="; ".join(unique((entry.ednote, all_lines.of_type("ednote"), head.ednote))),
            copyright=lines.first("CopyrightLine") or head.copyright,
            rights="; ".join(unique((*all_lines.all("RightsLine"), head.rights))),
            categories=unique(all_lines.keywords()),
            media=(*parts.media(), *head.media),
            content=content,
            content_type=content_type,
            **self._dateline(entry, lines.first("DateLine"), head),
        )

    def _dateline(self, entry: Entry, stated: str, head: BodyHead) -> dict[str, Any]:
        day = (entry.updated or self.document.fetched_at).date()
        return {
            "dateline_place": place_of(stated) or head.dateline_place,
            "dateline_date": head.dateline_date or day_in(stated or head.dateline, day),
        }

    def _described(self, entry: Entry, item: Element, parts: Parts) -> Entry:
        """Return the entry with the metadata of its components."""
        about, story = _Metadata(parts.found), parts.of_story()
        of_story = _Metadata(story)
        codes, names = about.subjects()
        topics = (self._topics.get(reference, "") for reference in about.topic_references())
        dateline_place = entry.dateline_place or of_story.origin()
        places = places_in(story)
        if dateline_place and not any(place.relation == "dateline" for place in places):
            places = (Place(dateline_place, "dateline"), *places)
        return replace(
            entry,
            # Of the story alone: the creator of a picture is its photographer.
            authors=of_story.parties("Creator") or entry.authors,
            dateline_place=dateline_place,
            dateline_date=entry.dateline_date or day_of(of_story.first("DescriptiveMetadata", "DateLineDate")),
            copyright=entry.copyright or of_story.copyright(),
            rights="; ".join(unique((entry.rights, *of_story.terms()))),
            categories=unique((*entry.categories, *about.keywords(), *names, *topics)),
            subjects=subject_codes(codes),
            genres=of_story.genres(),
            provider=next(iter(of_story.parties("Provider")), "") or entry.provider,
            related=_related(item, parts.found),
            places=places,
        )


class _Lines:
    """The NewsLines of an item: the story's before those of other parts, outer before inner ones."""

    def __init__(self, found: list[Component]) -> None:
        ordered = sorted(found, key=lambda each: (not is_story(each.role), each.depth))
        self._all = [
            (lines, each.depth == 0 or (each.role != "" and is_story(each.role)))
            for each in ordered
            for lines in children(each.element, "NewsLines")
        ]
        headlines = (each.element for each in found if is_headline(each.role))
        texts = (line_of(data) for each in headlines for data in descendants(each, "DataContent"))
        self._headline = next(filter(None, map(letters_of, texts)), "")  # the headline of a component with that role
        self.languages = [_lang(line) for lines, _ in self._all for line in children(lines, "HeadLine")]

    def first(self, name: str) -> str:
        """Return the first non-empty line of a name, or ""."""
        return next(filter(None, self.all(name)), "")

    def all(self, name: str) -> Iterator[str]:
        """Yield the lines of a name."""
        return (line_of(line) for lines, _ in self._all for line in children(lines, name))

    def headlines(self) -> tuple[str, tuple[str, ...]]:
        """Return the headline, and other headlines beside it.

        The headline of a part (a box) is the item's only if no other component is a headline.
        """
        for lines, is_main in self._all:
            found = unique(map(line_of, children(lines, "HeadLine")))
            if found and (is_main or letters_of(found[0]) == self._headline or not self._headline):
                return found[0], found[1:]
        return "", ()

    def of_type(self, field: str) -> str:
        """Return the lines of free types that belong to one field of an entry."""
        return "; ".join(unique(text for to, text in self._typed() if to == field))

    def keywords(self) -> Iterator[str]:
        """Yield the keywords of keyword lines."""
        for line in chain(self.all("KeywordLine"), (text for to, text in self._typed() if to == "keywords")):
            yield from map(str.strip, _BETWEEN_KEYWORDS.split(line))
        yield from self.all("SeriesLine")

    def _typed(self) -> Iterator[tuple[str, str]]:
        for line in (line for lines, _ in self._all for line in children(lines, "NewsLine")):
            kind = attribute(child(line, "NewsLineType"), "FormalName")
            text = " ".join(map(line_of, children(line, "NewsLineText")))
            if text and not is_caption(kind) and not is_http(text):
                # Other lines are for editors: "(Sketches + Photo + Video)"; an address is not a note.
                yield next((to for to, named in _LINE_FIELDS if named.search(kind)), "ednote"), text


class _Metadata:
    """The metadata of an item's components, outer before inner ones."""

    def __init__(self, found: list[Component]) -> None:
        self._found = [each.element for each in sorted(found, key=lambda each: each.depth)]

    def _each(self, *path: str) -> Iterator[Element]:
        return chain.from_iterable(children(element, *path) for element in self._found)

    def first(self, *path: str) -> str:
        """Return the first text at a path."""
        return next(filter(None, map(text_of, self._each(*path))), "")

    def parties(self, kind: str) -> tuple[str, ...]:
        """Return the names of parties of a kind: Provider, Creator ..."""
        return unique(attribute(party, "FormalName") for party in self._each("AdministrativeMetadata", kind, "Party"))

    def genres(self) -> tuple[str, ...]:
        """Return the names of the genres."""
        return unique(attribute(genre, "FormalName") for genre in self._each("DescriptiveMetadata", "Genre"))

    def subjects(self) -> tuple[list[str], list[str]]:
        """Return the subjects of all levels: codes, and names, which some agencies use."""
        levels = (level for subject in self._each("DescriptiveMetadata", "SubjectCode") for level in subject)
        names = [attribute(level, "FormalName") for level in levels]
        return [n for n in names if _NUMERIC.fullmatch(n)], [n for n in names if not _NUMERIC.fullmatch(n)]

    def keywords(self) -> Iterator[str]:
        """Yield the values of properties named keywords or categories."""
        for name in ("DescriptiveMetadata", "Metadata"):
            for block in self._each(name):
                for each in descendants(block, "Property"):
                    if _KEYWORDS.search(attribute(each, "FormalName")):
                        yield attribute(each, "Value")

    def topic_references(self) -> Iterator[str]:
        """Yield the Duids of the topics that occur."""
        for occurrence in self._each("DescriptiveMetadata", "TopicOccurrence"):
            yield attribute(occurrence, "Topic").lstrip("#")

    def origin(self) -> str:
        """Return the city that a story comes from."""
        for location in self._each("DescriptiveMetadata", "Location"):
            if attribute(location, "HowPresent").lower() == "origin":
                for each in descendants(location, "Property"):
                    if attribute(each, "FormalName").lower() == "city":
                        return attribute(each, "Value")
        return ""

    def terms(self) -> Iterator[str]:
        """Yield the terms of usage: type, geography, start, end and limitations."""
        for rights in self._each("RightsMetadata", "UsageRights"):
            named = ("UsageType", "Geography", "StartDate", "EndDate", "Limitations")
            yield ", ".join(unique(text_of(child(rights, name)) for name in named))

    def copyright(self) -> str:
        """Return "© 2008 Holder" from the rights metadata."""
        holder = self.first("RightsMetadata", "Copyright", "CopyrightHolder")
        year = self.first("RightsMetadata", "Copyright", "CopyrightDate")[:4]
        return " ".join(filter(None, ("©", year, holder))) if holder else ""


def _identity(identifier: Element | None) -> tuple[str, int | None]:
    """Return the id that all revisions of an item share, and the revision.

    The id is the PublicIdentifier, "urn:newsml:ProviderId:DateId:NewsItemId:RevisionId" with a letter for the kind of
    update, without the last part. It is built from the other elements if it is missing or not unique to the item.
    """
    revision = child(identifier, "RevisionId")
    stated = text_of(revision)
    public = text_of(child(identifier, "PublicIdentifier"))
    ending = re.compile(rf":{re.escape(stated)}[A-Z]?$", re.IGNORECASE)
    # Only the revision that the item states is cut off: a number at the end may be part of the item's own id.
    public = ending.sub("", public) if stated else identified(public)[0]
    if public and _is_own(public, identifier):
        guid = public
    else:
        parts = [text_of(child(identifier, name)) for name in ("ProviderId", "DateId", "NewsItemId")]
        guid = f"{_URN}{':'.join(parts)}" if all(parts) else parts[-1]
    return guid, whole_number(stated)


def _is_own(public: str, identifier: Element | None) -> bool:
    """Return whether a PublicIdentifier is unique to an item: some agencies give all their items the same one.

    A unique one contains NewsItemId and DateId (NewsML 1.2, NewsIdentifier: the three are unique together).
    """
    date, item = (text_of(child(identifier, name)) for name in ("DateId", "NewsItemId"))
    if not item:
        # A URN without its last part is shared by all items of that day that lack one.
        parts = public.split(":")
        return not public.lower().startswith(_URN) or (len(parts) >= _URN_PARTS and bool(parts[-1]))
    # As a whole word: item "12" is not in "2012".
    in_public = re.search(rf"(?<!\w){re.escape(item)}(?!\w)", public, re.IGNORECASE)
    return bool(in_public) and _digits(date) in _digits(public)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def identified(reference: str) -> tuple[str, int | None]:
    """Return the id and the revision in a reference to an item: a URN, or "ProviderId:DateId:NewsItemId[:Revision]"."""
    if not reference.lower().startswith(_URN):
        if not _SHORT_REFERENCE.fullmatch(reference):
            return reference, None
        reference = _URN + reference
    match = _REVISION.fullmatch(reference)
    return (match["item"], int(match["revision"])) if match else (reference, None)


def _related(item: Element, found: list[Component]) -> tuple[Related, ...]:
    """Return the items that an item names, each once: those it is derived from, associated with, or made of."""
    management = child(item, "NewsManagement")
    # A dict as an ordered set: packages name one item in several components.
    related: dict[Related, None] = {}
    for name in ("DerivedFrom", "AssociatedWith"):
        for each in children(management, name):
            related[_reference(name[0].lower() + name[1:], *identified(attribute(each, "NewsItem")))] = None
    for component in found:
        rel = component.role or "newsItem"
        for each in children(component.element, "NewsItemRef"):
            related[_reference(rel, *identified(attribute(each, "NewsItem")))] = None
        for each in children(component.element, "NewsItem"):
            related[_reference(rel, *_identity(child(each, "Identification", "NewsIdentifier")))] = None
    return tuple(each for each in related if each.id)


def _reference(rel: str, target: str, version: int | None) -> Related:
    """Return a reference to an item; to all its versions if the version number is too large for its column."""
    return Related(rel, target, version if version is None or version <= INT32 else None)


def _label(identity: Element | None) -> str:
    """Return the slugline of a story: its NameLabel, or a Label of the type slug or slugline."""
    labels = (
        text_of(child(label, "LabelText"))
        for label in children(identity, "Label")
        if attribute(child(label, "LabelType"), "FormalName").lower().startswith("slug")
    )
    return text_of(child(identity, "NameLabel")) or next(labels, "")


def _comments(item: Element) -> Iterator[str]:
    """Yield the comments to editors, except those that only state the version of the file format."""
    for each in (*children(item, "Comment"), *children(item, "NewsManagement", "Instruction", "Comment")):
        line = line_of(each)
        if not ("version" in attribute(each, "FormalName").lower() and _VERSION.fullmatch(line)):
            yield line


def _lang(element: Element) -> str:
    return one_line(element.get(XML_LANG) or "")


def _topics(root: Element) -> dict[str, str]:
    """Return the topics that a document defines, by Duid: their descriptions, else their names."""
    topics = {}
    for topic in descendants(root, "Topic"):
        described = child(topic, "Description")
        topics[attribute(topic, "Duid")] = text_of(child(topic, "FormalName") if described is None else described)
    return topics


FORMAT = Format("newsml-1", has_root("NewsML"), parse_newsml1)
