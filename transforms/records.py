"""The records that flow through newsbeam, as frozen dataclasses.

    Document -> Entry -> Story (an entry and its paragraphs) -> rows of `entries/` and `paragraphs/`
        +-> Poll         one row for each fetch
        +-> DeadLetter   a payload that could not be processed, with its bytes

Datetimes are aware and UTC. Empty strings and tuples mean "not given"; None is used for dates and numbers only.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar

T = TypeVar("T")

Status = Literal["usable", "withheld", "canceled"]
Kind = Literal["paragraph", "heading", "list_item", "quote", "table", "summary", "code"]
DuplicateKind = Literal["exact", "near", "contained"]
CopyKind = Literal["verbatim", "abridged", "edited", "quoted"]

# A number with the rows, since an upgrade that hashes otherwise would lose near duplicates silently.
KEY_FORMAT = 4
"""Of a paragraph's `fingerprint` and `near_keys`: how they are made (`common/wording.py`, `dedup/near.py`). Rows
without a number have format 1; their keys are made anew from the text before they are compared."""

# Plain text has no id except its path, so a file that was moved or sent twice is identified by its content.
FORMATS_KNOWN_BY_CONTENT = frozenset({"text"})


@dataclass(frozen=True)
class Source:
    """A feed, or one file of a wire.

    Attributes:
        location: An http(s) URL, a file: URL or a path; never a pattern.
        name: The source's name in every row.
        feed_url: The URL or path in the config or OPML list; for a file of a pattern, its path.
        wire: True for a newswire drop or plain stories, False for a feed.
        format: The format in the config, or "auto" to detect it.
        language: BCP 47, or "" to detect it.
        poll_interval_s: Seconds between two polls.
        zone: IANA time zone of times without one, or "" for UTC.
        source_id: Stays when the name changes: the config's `id`, or derived from the location (`read/sources.py`).
        named: Whether the name is from the config or OPML list. Otherwise entries have the feed's own title as source.
    """

    location: str
    name: str
    feed_url: str
    wire: bool = False
    format: str = "auto"
    language: str = ""
    poll_interval_s: float = 900.0
    zone: str = ""
    source_id: str = ""
    named: bool = True


@dataclass(frozen=True)
class Document:
    """One payload as it was fetched or read from disk.

    Attributes:
        uri: The URL after redirects, or the path.
        body: The bytes, decompressed.
        fetched_at: Time of the fetch.
        source: The source's name: from the config, else the name of the host or folder.
        feed_url: The URL or path in the config or OPML list; for a wire, the pattern.
        media_type: The Content-Type header, with its parameters, or "".
        format: The format in the config, or "auto".
        language: The language in the config (BCP 47), or "".
        zone: IANA time zone of times without one, or "" for UTC.
        source_id, named: As in `Source`.
        read_from, read_at: Of a response in a WARC file: the feed_url and the time of the poll that read the file;
            `feed_url` and `fetched_at` are those of the response.
    """

    uri: str
    body: bytes
    fetched_at: datetime
    source: str
    feed_url: str
    media_type: str = ""
    format: str = "auto"
    language: str = ""
    zone: str = ""
    source_id: str = ""
    named: bool = True
    # At the end, with defaults: the raw log has documents of older versions without these.
    read_from: str = ""
    read_at: datetime | None = None

    @property
    def poll_key(self) -> "PollKey":
        """The identity of its poll."""
        # A crawl's documents have the feed and time of their capture; the poll that waits for them is that of the file.
        return self.read_from or self.feed_url, self.read_at or self.fetched_at


@dataclass(frozen=True)
class Topic:
    """An IPTC Media Topic of an entry. `score` is between 0 and 1."""

    qcode: str
    name: str
    score: float


@dataclass(frozen=True)
class Entity:
    """A named entity: `text == paragraph.text[start:end]`.

    Attributes:
        name: Its fullest form in the entry.
        entity_id: What the name stands for, the same in all entries (`transforms/enrich/entity_ids.py`); "" if that is
            not certain.
        country: ISO 3166-1 alpha-2, of a place or nationality; "" if it isn't certain, or for none.
        geonames_id: The place in GeoNames; None if it isn't certain, or for none. The next three are GeoNames', too.
        latitude, longitude: Degrees, WGS 84.
        feature_class: A for countries and regions, L for continents, P for cities.
    """

    text: str
    label: str
    start: int
    end: int
    name: str
    entity_id: str = ""
    country: str = ""
    geonames_id: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    feature_class: str = ""


@dataclass(frozen=True)
class Quote:
    """Direct speech: `text == paragraph.text[start:end]`, without the marks around it.

    Attributes:
        speaker: The resolved full name; "" where the text leaves it open.
        speaker_id: The speaker's `entity_id`, or "".
        verb: The verb of saying, as it stands; "" where there is none.
    """

    text: str
    start: int
    end: int
    speaker: str = ""
    speaker_id: str = ""
    verb: str = ""


@dataclass(frozen=True)
class Related:
    """A relation of an entry to another item.

    Attributes:
        rel: The relation as published (`irel:seeAlso`, `grpRole:main`, ...), or "kills" where this entry takes the
            other one out of use.
        id: The other item's guid or URL; "slug:..." means all stories of the source with that slugline.
        version: The other item's version; None for all.
    """

    rel: str
    id: str
    version: int | None = None


@dataclass(frozen=True)
class Media:
    """A picture, video, sound or other file that belongs to an entry, as published.

    Attributes:
        kind: image, video, audio or other.
        media_type: As in a Content-Type header, or "".
        title: Its headline.
        caption: The text to publish with it.
        credit: Its author or owner.
        width, height: Pixels.
        duration_s: Seconds.
        bytes: Size in bytes.
    """

    url: str
    kind: Literal["image", "video", "audio", "other"] = "other"
    media_type: str = ""
    title: str = ""
    caption: str = ""
    credit: str = ""
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class Place:
    """A place in an entry's metadata (georss, NewsML-G2, ninjs); places in its text are entities.

    Attributes:
        relation: dateline (where it was written) or subject (what it is about).
        code: As published: a qcode, an ISO country code.
        country: ISO 3166-1 alpha-2, or "".
        latitude, longitude: Degrees, WGS 84.
    """

    name: str
    relation: Literal["dateline", "subject"] = "subject"
    code: str = ""
    country: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Entry:
    """One version of a story. The fields are the columns of `entries/` (see `docs/output.md`), and the body.

    Attributes:
        content: The body as published; the summary when the entry has nothing else.
        content_type: "text/html" or "text/plain".
        published_raw, updated_raw: The dates as published, since they can be missing, wrong or in the future.
        updated: On a wire the time of this version.
        provider_version: The agency's number of this version; None for feeds and where there is none.
        revision: Sorts the versions of an entry as their agency orders them, in any order of arrival; "" for feeds,
            whose versions are in order of arrival.
        source_id: Stays when the source's name changes; entry ids depend on it.
        feed_title: The feed's own title; "" on a wire.
        rights: Usage terms as published; `copyright` is the notice.
        dateline_country: ISO 3166-1 alpha-2 of `dateline_place`; "" if it isn't certain.
        dateline_geonames_id, dateline_latitude, dateline_longitude: The place in GeoNames; None if it isn't certain.
        story_id: The event that it reports, which entries of several sources share; "" where it has no text.
        agency_share: The share of its words that are agency copy, between 0 and 1; None where it has no words.
        story_keys: The words by which entries of one event are recognised (`dedup/relations/story_keys.py`).
    """

    entry_id: str
    source: str
    feed_url: str
    format: str
    fetched_at: datetime
    version: int = 0
    status: Status = "usable"
    signals: tuple[str, ...] = ()
    guid: str = ""
    url: str = ""
    title: str = ""
    subtitle: str = ""
    summary: str = ""
    authors: tuple[str, ...] = ()
    byline: str = ""
    language: str = ""
    published: datetime | None = None
    published_raw: str = ""
    updated: datetime | None = None
    updated_raw: str = ""
    embargo_until: datetime | None = None
    dateline_place: str = ""
    dateline_date: date | None = None
    slugline: str = ""
    urgency: int | None = None
    ednote: str = ""
    copyright: str = ""
    categories: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    content: str = ""
    content_type: str = "text/html"
    content_hash: str = ""
    link_is_identity: bool = False
    topics: tuple[Topic, ...] = ()
    paragraph_count: int = 0
    word_count: int = 0
    genres: tuple[str, ...] = ()
    provider: str = ""
    related: tuple[Related, ...] = ()
    provider_version: int | None = None
    revision: str = ""
    source_id: str = ""
    feed_title: str = ""
    media: tuple[Media, ...] = ()
    places: tuple[Place, ...] = ()
    rights: str = ""
    dateline_country: str = ""
    dateline_geonames_id: int | None = None
    dateline_latitude: float | None = None
    dateline_longitude: float | None = None
    story_id: str = ""
    agency_share: float | None = None
    story_keys: bytes = b""


@dataclass(frozen=True)
class StoryMerge:
    """Two stories that turn out to be one: rows keep their `story_id`, and the views read `into` in its place.

    Attributes:
        story_id: The story that is merged.
        into: The story that it belongs to.
        merged_at: When the entry that belongs to both was fetched.
        entry_id, entry_version: That entry.
    """

    story_id: str
    into: str
    merged_at: datetime
    entry_id: str
    entry_version: int


@dataclass(frozen=True)
class WordChange:
    """Words of an older paragraph, and what an update has instead; "" where words were added or left out."""

    old: str
    new: str


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of one version of an entry.

    Attributes:
        fingerprint: Hash of the wording; paragraphs with equal ones are exact duplicates.
        near_keys: The keys that it is found by (`dedup/near.py`), as little-endian uint32; empty for a paragraph that
            is too short for near duplicates.
        duplicate_of: The paragraph_id of the canonical paragraph, "" for the canonical one itself.
        similarity: The share of words that are the same as in the paragraph that `duplicate_of` or `update_of` names.
        update_of: The paragraph_id of the older paragraph of which this one is an update; it stands for itself.
        changed: The words that the update changes.
        key_format: Of `fingerprint` and `near_keys`.
        word_count: Its words, as a reader separates them.
        furniture: Whether it recurs over stories of its source and is part of none of them.
        copy_kind: How it copies another source's text; None for a source's own text.
        origin_paragraph: The paragraph_id of the text that it copies, "" for a source's own text.
        agency: The agency whose text it is, "" if none is known.
    """

    paragraph_id: str
    entry_id: str
    entry_version: int
    position: int
    text: str
    kind: Kind
    language: str
    fingerprint: str
    near_keys: bytes = b""
    duplicate_of: str = ""
    duplicate_kind: DuplicateKind | None = None
    similarity: float | None = None
    entities: tuple[Entity, ...] = ()
    update_of: str = ""
    changed: tuple[WordChange, ...] = ()
    key_format: int = KEY_FORMAT
    quotes: tuple[Quote, ...] = ()
    word_count: int = 0
    furniture: bool = False
    copy_kind: CopyKind | None = None
    origin_paragraph: str = ""
    agency: str = ""


@dataclass(frozen=True)
class Story:
    """An entry with its paragraphs in reading order, and the stories (`story_id`) that it shows to be one."""

    entry: Entry
    paragraphs: tuple[Paragraph, ...] = ()
    merges: tuple[StoryMerge, ...] = ()


@dataclass(frozen=True, slots=True)  # a stream keeps millions in memory
class KnownEntry:
    """A written version of an entry, to decide whether another one is new, unchanged or an update.

    Attributes:
        source: The id of the source, not its name.
        url: "" where the link is not the entry's identity.
        by_content: Whether content can identify the entry; False where it has an agency's `revision`.
        feed_url, fetched_at: Of the document that it was in.
    """

    entry_id: str
    source: str
    url: str
    version: int
    content_hash: str
    title: str = ""
    published: datetime | None = None
    revision: str = ""
    by_content: bool = False
    guid: str = ""
    feed_url: str = ""
    fetched_at: datetime | None = None


@dataclass(frozen=True)
class KnownParagraph:
    """A written canonical paragraph, to decide whether another one repeats it.

    Attributes:
        key_format: Of its keys; in the state of older versions it is missing, and 1.
    """

    paragraph_id: str
    fingerprint: str
    near_keys: bytes
    text: str
    published: datetime | None
    key_format: int = 1


@dataclass(frozen=True, slots=True)
class KnownStory:
    """A written version of an entry, to decide how later ones relate to it; or one of its paragraphs.

    Attributes:
        entry_id, entry_version: Of the entry.
        source: Its name.
        at: When it was published, as far as that is believed, else fetched.
        story_id: The event that it reports.
        story_keys: The words by which others are recognised as being of the same event.
        agency: The agency that it says its text is from, or "".
        is_agency: Whether it is the agency's own.
        helpers: The agencies that it names in its credits.
        position: Of the first of its paragraphs here.
        prints: The first 8 bytes of the fingerprint of each paragraph.
        groups: 8 bytes each: a hash of the paragraph_id of what each is a copy or an update of, or of its own.
        kinds: A byte each: how it relates to that (`dedup/relations/copies.py`).
        origin: Of a single paragraph that is a copy: what it was written to be a copy of.
        merged: The stories that it has merged into its own.
    """

    entry_id: str
    entry_version: int
    source: str
    at: datetime
    story_id: str
    story_keys: bytes = b""
    agency: str = ""
    is_agency: bool = False
    helpers: tuple[str, ...] = ()
    position: int = 0
    prints: bytes = b""
    groups: bytes = b""
    kinds: bytes = b""
    origin: str = ""
    merged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownDeadLetter:
    """A written dead letter, to decide whether another one says the same of the same bytes.

    Attributes:
        id: See `ids.dead_letter_id`.
        source: The name of the source.
    """

    id: str
    source: str


PollKey = tuple[str, datetime]
"""feed_url and fetched_at of a poll and of all documents and entries from it."""


@dataclass(frozen=True)
class Poll:
    """One fetch of one feed, or one reading of one file.

    Attributes:
        status: ok, not_modified (HTTP 304), unchanged (same bytes as last time) or error.
        body_hash: Hash of the decompressed body, to skip it at the next poll if it is the same.
        duration_s: Seconds from the request to the last byte.
        moved_to: The address that permanent redirects (301, 308) name; "" without one.
        source_id: As in `Source`.
    """

    feed_url: str
    uri: str
    source: str
    fetched_at: datetime
    status: Literal["ok", "not_modified", "unchanged", "error"]
    http_status: int | None = None
    bytes: int = 0
    duration_s: float = 0.0
    entries: int = 0
    entries_new: int = 0
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    error: str = ""
    next_poll_at: datetime | None = None
    moved_to: str = ""
    source_id: str = ""

    @property
    def key(self) -> PollKey:
        """The identity of the poll."""
        return self.feed_url, self.fetched_at


@dataclass(frozen=True)
class PollTotals:
    """A poll with the number of its rows.

    Attributes:
        rows: Number of rows of entries and dead letters that will be written for it.
    """

    poll: Poll
    rows: int


@dataclass(frozen=True)
class Unread:
    """The documents of a poll that were not read completely.

    Attributes:
        number: How many.
        first: The first ones by name, at most `SHOWN`: the name of the member of an archive, "" for a document that is
            the whole body; and the reason.
    """

    SHOWN: ClassVar[int] = 3

    number: int = 0
    first: tuple[tuple[str, str], ...] = ()

    def __add__(self, other: "Unread") -> "Unread":
        # Sorted, so that the sum doesn't depend on the order in which the parts of a poll arrive.
        return Unread(self.number + other.number, tuple(sorted(self.first + other.first)[: self.SHOWN]))

    @classmethod
    def of(cls, document_uri: str, poll_uri: str, why: str) -> "Unread":
        """Return one document, which is "archive!member" if its poll read an archive; none without a reason."""
        name = document_uri.removeprefix(f"{poll_uri}!") if document_uri != poll_uri else ""
        return cls(1, ((name, why),)) if why else cls()

    @property
    def why(self) -> str:
        """The error of the poll; "" if every document was read."""
        if not any(name for name, _ in self.first):
            return self.first[0][1] if self.first else ""
        shown = "; ".join(f"{name}: {why}" if name else why for name, why in self.first)
        more = f"; {self.number - len(self.first)} more" if self.number > len(self.first) else ""
        return f"{self.number} {'member' if self.number == 1 else 'members'} not read: {shown}{more}"


ALL_READ = Unread()


@dataclass(frozen=True)
class Polled(Generic[T]):
    """A document of a poll, or its entries, with the poll: in a stream they stay together until entries are counted.

    Attributes:
        value: The document, then its entries.
        poll: The poll that returned it.
        of: Total number of documents of the poll, with the last one; 0 with the others, since an archive is still being
            read when its first documents are processed.
        dead_letters: Number of the document's dead letters; with the last document also those of the archive itself.
        unread: The documents that were not read completely; with the last one also those that could not be unpacked.
    """

    value: T
    poll: Poll
    of: int = 0
    dead_letters: int = 0
    unread: Unread = ALL_READ


PolledEntries = Polled[tuple[Entry, ...]]


@dataclass(frozen=True)
class DeadLetter:
    """A payload, or a part of one, that could not be processed, or only after a repair; with its bytes.

    Attributes:
        stage: read, parse, text or enrich.
        error: The exception's class name.
        message: The error in one line.
        repaired: True if the record was processed after a repair (of a wrong encoding or an impossible date).
        poll: The poll of its document; None where there is none, and for an entry whose row the poll counts.
        whole: The payload is the whole document, or what could be read of it, and nothing else of it was read.
        document: If the payload is all bytes of a document, its other fields (`common/document_fields.py`); else "".
    """

    stage: str
    error: str
    message: str
    source: str
    uri: str
    failed_at: datetime
    # A log line with a dead letter would have megabytes.
    payload: bytes = field(repr=False)
    traceback: str = ""
    repaired: bool = False
    poll: PollKey | None = None
    whole: bool = False
    document: str = ""

    @classmethod
    def of_entry(
        cls, entry: Entry, stage: str, error: str, message: str, payload: bytes, traceback: str = ""
    ) -> "DeadLetter":
        """Return the dead letter of an entry, or of a part of one."""
        uri = entry.url or entry.feed_url
        return cls(stage, error, message, entry.source, uri, entry.fetched_at, payload, traceback)


Found = Polled[Document] | DeadLetter | Poll
"""What a poll gives: its documents, its dead letters, or itself alone."""


@dataclass(frozen=True)
class RawPack:
    """What one reading of a host or wire gave, as it is in the raw log.

    Attributes:
        found: The documents, dead letters and polls, in the order in which the reading emits them.
        states: Plain data by feed_url: what the next poll of these sources needs.
    """

    found: tuple[Found, ...]
    states: tuple[tuple[str, tuple[Any, ...]], ...] = ()


PackPlace = tuple[str, int]
"""A place in the raw log of a host or wire: a generation, and the number of its last pack."""
