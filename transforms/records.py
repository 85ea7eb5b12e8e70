"""The records that flow through newsbeam, as frozen dataclasses. No Beam here.

    Document -> Entry -> Story (an entry and its paragraphs) -> rows of `entries/` and `paragraphs/`
        +-> Poll     one row a fetch
        +-> DeadLetter   whatever could not go on, with its bytes

Datetimes are aware and UTC. Empty strings and tuples mean "not given"; None is used for dates and numbers only.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

Status = Literal["usable", "withheld", "canceled"]
Kind = Literal["paragraph", "heading", "list_item", "quote", "table", "summary", "code"]
DuplicateKind = Literal["exact", "near"]

# Plain text has no id but its path, so that a file that was moved or sent twice is known by its content.
FORMATS_KNOWN_BY_CONTENT = frozenset({"text"})


@dataclass(frozen=True)
class Source:
    """One place that documents come from: a feed, or one file of a wire.

    Attributes:
        location: An http(s) URL, a file: URL or a path; never a pattern.
        name: The source's name in every row.
        feed_url: What the config (or OPML) calls it: the same URL or path; for a file found by a pattern, its path.
        wire: True for a newswire drop or plain stories, False for a feed.
        format: "auto", or the format to parse it as.
        language: BCP 47, or "" to detect it.
        poll_interval_s: Seconds between two polls.
        zone: IANA's name of the time zone that times without one are in, or "" for UTC.
        source_id: What stays when its name changes: the config's `id`, or made of where it is (`read/sources.py`).
        named: Whether the config or a list gave it its name. Else a feed is called in its entries what it calls itself.
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
        uri: Where the bytes are from: the URL after redirects, or the path.
        body: The bytes, decompressed.
        fetched_at: When.
        source: The source's name from the config (or, absent there, the host or folder name).
        feed_url: The URL or path as the config (or OPML) names it; for a wire, the pattern.
        media_type: The Content-Type header, with its parameters, or "".
        format: The format the config claims, or "auto".
        language: The language the config claims (BCP 47), or "".
        zone: The time zone of times that name none (IANA), or "" for UTC.
        source_id, named: As of its `Source`.
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


@dataclass(frozen=True)
class Topic:
    """An IPTC Media Topic given to an entry. `score` is between 0 and 1."""

    qcode: str
    name: str
    score: float


@dataclass(frozen=True)
class Entity:
    """A named entity: `text == paragraph.text[start:end]`; `name` is the fullest form of it in the entry."""

    text: str
    label: str
    start: int
    end: int
    name: str


@dataclass(frozen=True)
class Related:
    """Another item that an entry names.

    Attributes:
        rel: The relation as published (`irel:seeAlso`, `grpRole:main`, ...), or "kills" where this entry orders that
            one to be taken out of use.
        id: The other item's guid or URL; "slug:..." names all stories of the source with that slugline.
        version: The version that is meant; None for all.
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
        caption: What is shown with it; `title` is its headline, `credit` who made or owns it.
        width, height: Pixels.
        duration_s: Seconds.
        bytes: Its size.
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
    """A place that the publisher itself gives an entry (georss, NewsML-G2, ninjs); none is guessed from the text.

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
        published_raw, updated_raw: The dates as published, kept since they can be missing, wrong or in the future.
            On a wire `updated` is when this version was made.
        provider_version: The number that an agency gives this version; None for feeds and where it gives none.
        revision: Sorts the versions of an entry as their agency orders them, whatever came first; "" for feeds, whose
            versions are ordered as they came.
        source_id: What stays of a source when its name changes; ids of entries are made with it.
        feed_title: What the feed calls itself; "" on a wire.
        rights: Usage terms as published; `copyright` is the notice.
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


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of one version of an entry.

    Attributes:
        fingerprint: Of the normalised text; equal fingerprints are exact duplicates.
        near_keys: The band keys of the MinHash signature, as little-endian uint32; empty for a paragraph that is
            too short to have a near duplicate.
        duplicate_of: The paragraph_id of the canonical paragraph, "" for the canonical one itself.
        similarity: Jaccard similarity of the shingles to the canonical paragraph; None for the canonical one.
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


@dataclass(frozen=True)
class Story:
    """An entry with its paragraphs in reading order: the element between splitting and writing."""

    entry: Entry
    paragraphs: tuple[Paragraph, ...] = ()


@dataclass(frozen=True, slots=True)  # a stream remembers millions
class KnownEntry:
    """What decides whether an entry is new, unchanged or an update: one written version of it.

    `source` is the id of the source, not its name. `url` is "" where the link is not the entry's identity. `by_content`
    is False where an agency says what is the same (`revision`). `feed_url` and
    `fetched_at` say which document it was in.
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
    """What decides whether a paragraph is a repeat: one canonical paragraph that is already written."""

    paragraph_id: str
    fingerprint: str
    near_keys: bytes
    text: str
    published: datetime | None


PollKey = tuple[str, datetime]
"""feed_url and fetched_at of a poll, which all that it gave has from it."""


@dataclass(frozen=True)
class Poll:
    """One fetch of one feed, or one reading of one file.

    Attributes:
        status: ok, not_modified (HTTP 304), unchanged (same bytes as last time) or error.
        body_hash: Of the decompressed body, to skip it when it comes again.
        duration_s: Seconds from request to last byte.
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

    @property
    def key(self) -> PollKey:
        """What tells it from other polls."""
        return self.feed_url, self.fetched_at


@dataclass(frozen=True)
class PollTotals:
    """A poll with what it gave.

    Attributes:
        rows: How many rows of entries and of dead letters there are going to be of it.
    """

    poll: Poll
    rows: int


@dataclass(frozen=True)
class Polled(Generic[T]):
    """A document of a poll, then its entries: in a stream the two go on together, until its entries are counted.

    Attributes:
        value: The document, then its entries.
        poll: The poll that gave it.
        of: How many documents the poll gave in all. The last one says it, since an archive is read while its first ones
            are on their way; 0 with the others.
        letters: How many dead letters it produced; with the last document also those of the archive itself.
    """

    value: T
    poll: Poll
    of: int = 0
    letters: int = 0


PolledEntries = Polled[tuple[Entry, ...]]


@dataclass(frozen=True)
class DeadLetter:
    """A payload, or a part of one, that could not go on, or only after a repair; with its bytes.

    Attributes:
        stage: read, parse, text, enrich.
        error: The exception's class name.
        message: One line that says what is wrong.
        repaired: True if the record went on after a repair (a wrong encoding, an impossible date).
        poll: In a stream, the poll that counts it, if one does.
    """

    stage: str
    error: str
    message: str
    source: str
    uri: str
    failed_at: datetime
    payload: bytes = field(repr=False)
    traceback: str = ""
    repaired: bool = False
    poll: PollKey | None = None

    @classmethod
    def of_entry(
        cls, entry: Entry, stage: str, error: str, message: str, payload: bytes, traceback: str = ""
    ) -> "DeadLetter":
        """Return the dead letter of an entry, or of a part of one."""
        uri = entry.url or entry.feed_url
        return cls(stage, error, message, entry.source, uri, entry.fetched_at, payload, traceback)
