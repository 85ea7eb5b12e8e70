"""Versions of entries: is an entry new, unchanged, or an update?

An entry is identified by its id. If a feed changes its ids, the content identifies it: entries with the same title,
date and text are the same story, whatever their guids and links. So are entries with the same title or date and a link
that is unique in its feed, unless their guids differ. Entries with guids of their own are different stories (RSS 2.0: a
guid "uniquely identifies the item"), and so are two items of one document. A guid that several known entries share
doesn't identify any.

On a wire the agency says what a version is and in which order versions come (`revision`). Its version numbers are kept
if they are free, so that a version has the same number in whatever order they arrive, and an old one that arrives late
is not an update. The only id of a plain text is its path; if it is moved or sent twice, its content identifies it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from newsbeam.transforms.dedup.order import NEVER, believed_date
from newsbeam.transforms.ids import address, digest
from newsbeam.transforms.ids import entry_id as make_id
from newsbeam.transforms.records import FORMATS_KNOWN_BY_CONTENT, Entry, KnownEntry

MAX_VERSION = 4095  # the highest version number; ids of paragraphs sort up to it
MAX_CANDIDATES = 100  # entries with the same text or link to compare with; a feed can have thousands
_STATED_PARTS = 3
_EMPTY_CONTENT = digest()
_NO_CLAIMS: Mapping[str, str] = {}


@dataclass(frozen=True)
class VersionRules:
    """What makes a version besides another text.

    Attributes:
        a_day: Versions of one entry of a feed in a day, at most: a counter in its text that is not recognised changes
            at every poll. What is above it is held.
        reread: Whether documents may have been processed before, with other parsers or limits. Then an agency's item
            that is read differently gets a revision after the earlier one. A feed's text that is new is not a version
            if the entry has one of a later document, since the latest version must stay the current text.
    """

    a_day: int = 48
    reread: bool = False


RULES = VersionRules()


@dataclass(frozen=True)
class Versioned:
    """An entry with its version, and the decision on it.

    Attributes:
        held: Its content is new, but it had too many versions today; a later poll writes the content of that time.
        outdated: Its content is new, but it is from a document that was fetched before the entry's latest version.
    """

    entry: Entry
    outcome: Literal["new", "updated", "unchanged"]
    held: bool = False
    outdated: bool = False


class KnownEntries:
    """Finds versions that are written by id, link or content."""

    def __init__(self, known: Iterable[KnownEntry] = ()):
        self._versions: dict[str, list[KnownEntry]] = {}
        self._by_link: dict[str, list[KnownEntry]] = {}
        self._by_content: dict[str, list[KnownEntry]] = {}
        self._by_guid: dict[str, str] = {}
        self._shared_guids: set[str] = set()
        for entry in sorted(known, key=lambda entry: (entry.entry_id, entry.version)):
            self.add(entry)

    def add(self, entry: KnownEntry) -> None:
        """Add a version of an entry; an empty `url` doesn't identify it."""
        versions = self._versions.setdefault(entry.entry_id, [])
        # A look-up may return what state has already.
        if any(known.version == entry.version for known in versions):
            return
        versions.append(entry)
        if entry.url:
            self._by_link.setdefault(make_id(entry.source, entry.url), []).append(entry)
        if entry.by_content:
            self._by_content.setdefault(make_id(entry.source, entry.content_hash), []).append(entry)
            if entry.guid:
                guid = _guid_in_feed(entry.source, entry)
                if self._by_guid.setdefault(guid, entry.entry_id) != entry.entry_id:
                    self._shared_guids.add(guid)

    def __contains__(self, entry_id: str) -> bool:
        return entry_id in self._versions

    def find(self, entry: Entry, claimed: Mapping[str, str] = _NO_CLAIMS) -> str | None:
        """Return the id under which `entry` is known.

        Args:
            entry: With the id from its document.
            claimed: Known ids that entries of its document were matched with, and the ids of these in the document.
        """
        own = entry.entry_id
        if entry.revision or entry.format in FORMATS_KNOWN_BY_CONTENT:
            return own if own in self else self._find_by_content(entry)
        if any(_has_same_content(entry, known) for known in self.versions(own)):
            return own
        candidates = (
            self._by_content.get(make_id(entry.source_id, entry.content_hash), ())
            # All entries without a text have this hash.
            if entry.content_hash != _EMPTY_CONTENT
            else ()
        )
        if (same := _first_match(candidates, entry, claimed, _has_same_content)) is not None:
            return same
        if own in self and not self._shares_only_guid(entry):
            return own
        linked = self._by_link.get(make_id(entry.source_id, entry.url), ()) if entry.link_is_identity else ()
        return _first_match(linked, entry, claimed, _is_same_story)

    def needs_lookup(self, entry: Entry) -> bool:
        """Return whether `entry` could be a version that is written, but not known here.

        It could if no known version has its content, unless all versions from the first one are known.
        """
        versions = self.versions(self.find(entry) or "")
        complete = bool(versions) and max(known.version for known in versions) == len(versions)
        return not complete and all(_key(known) != _key(entry) for known in versions)

    def versions(self, entry_id: str) -> Sequence[KnownEntry]:
        """Return the known versions of an entry."""
        return self._versions.get(entry_id, ())

    def _find_by_content(self, entry: Entry) -> str | None:
        """Return the id of a known plain text with the same content."""
        if entry.revision:
            return None
        known = self._by_content.get(make_id(entry.source_id, entry.content_hash))
        return known[0].entry_id if known else None

    def _shares_only_guid(self, entry: Entry) -> bool:
        """Return whether `entry` and the known entry of its id share only a guid, one that several entries have."""
        if _guid_in_feed(entry.source_id, entry) not in self._shared_guids:
            return False
        versions = self.versions(entry.entry_id)
        return not any(_has_same_title_or_date(entry, known) or _has_same_link(entry, known) for known in versions)


def decide(
    entry: Entry,
    known: KnownEntries,
    claimed: Mapping[str, str] = _NO_CLAIMS,
    is_last: bool = True,
    rules: VersionRules = RULES,
) -> Versioned:
    """Return `entry` under its permanent id, with its agency's version number, or the next one from 1.

    Args:
        entry: As its document has it.
        known: The versions that are written.
        claimed: See `KnownEntries.find`.
        is_last: Whether this is the last version of the entry in its document, which is the current one.
        rules: What makes a version.
    """
    entry_id = known.find(entry, claimed) or _new_id(entry, known)
    entry = replace(entry, entry_id=entry_id)
    versions = known.versions(entry_id)
    # Any of its versions, not the last one only: a document of many items often has an old state of a story in it.
    same = next((each.version for each in versions if _key(each) == _key(entry)), None)
    if same is None and rules.reread:
        entry = _after_earlier_readings(entry, versions)
    if same is None and rules.reread and _is_outdated(entry, versions):
        latest = max(known.version for known in versions)
        return Versioned(replace(entry, version=latest), "unchanged", outdated=True)
    if same is not None and not (is_last and _is_reverted_edit(entry, versions)):
        return Versioned(replace(entry, version=same), "unchanged")
    if _exceeds_daily_limit(entry, versions, rules.a_day) or len(versions) >= MAX_VERSION:
        return Versioned(replace(entry, version=max(known.version for known in versions)), "unchanged", held=True)
    outcome: Literal["new", "updated"] = "updated" if versions else "new"
    return Versioned(replace(entry, version=_version_number(entry, versions)), outcome)


def version_entries(
    entries: Iterable[Entry], known: Iterable[KnownEntry], rules: VersionRules = RULES
) -> list[Versioned]:
    """Return a decision for each of `entries`, in the order in which they were published and updated."""
    return decide_entries(entries, KnownEntries(known), rules)


def decide_entries(entries: Iterable[Entry], versions: KnownEntries, rules: VersionRules = RULES) -> list[Versioned]:
    """Return a decision for each of `entries` against `versions`, to which the new ones are added.

    If a feed was fetched several times, the first document is decided first.
    """
    decided = []
    for each in _in_fetch_order(entries):
        # Not by arrival or place in the document: both differ between a run and a stream.
        each.sort(key=publication_order)
        claimed: dict[_DocumentKey, dict[str, str]] = defaultdict(dict)
        # A document may have several states of one entry; the last published one is its current text.
        last = {(_document(entry), entry.entry_id): entry for entry in each}
        for entry in each:
            # Entries that are known by their own id claim it before others look for a match by link or content.
            if entry.entry_id in versions:
                claimed[_document(entry)][entry.entry_id] = entry.entry_id
        for entry in each:
            document = _document(entry)
            versioned = decide(entry, versions, claimed[document], last[document, entry.entry_id] is entry, rules)
            claimed[document].setdefault(versioned.entry.entry_id, entry.entry_id)
            if versioned.outcome != "unchanged":
                versions.add(as_known(versioned.entry))
            decided.append(versioned)
    return decided


def as_known(entry: Entry) -> KnownEntry:
    """Return what later decisions need of a written entry."""
    return KnownEntry(
        entry_id=entry.entry_id,
        source=entry.source_id,
        url=entry.url if entry.link_is_identity else "",
        version=entry.version,
        content_hash=entry.content_hash,
        title=entry.title,
        published=entry.published,
        revision=entry.revision,
        by_content=not entry.revision,
        guid=entry.guid,
        feed_url=entry.feed_url,
        fetched_at=entry.fetched_at,
    )


def publication_order(entry: Entry) -> tuple[tuple[datetime, datetime], str, datetime, str]:
    """Return the sort key in which entries are decided; one without a date comes last. Arrival doesn't matter."""
    return believed_date(entry), entry.entry_id, entry.updated or entry.published or NEVER, entry.content_hash


_DocumentKey = tuple[str, datetime | None]


def _document(entry: Entry | KnownEntry) -> _DocumentKey:
    return entry.feed_url, entry.fetched_at


def _guid_in_feed(source_id: str, entry: Entry | KnownEntry) -> str:
    return make_id(source_id, entry.feed_url, entry.guid)


def _in_fetch_order(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Return the entries of the first documents of all feeds, then those of the second ones, and so on."""
    documents: dict[str, dict[datetime, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        documents[entry.feed_url][entry.fetched_at].append(entry)
    in_order: list[list[Entry]] = []
    for entries_by_fetch in documents.values():
        for number, fetched_at in enumerate(sorted(entries_by_fetch)):
            # By number and not by time: feeds are polled at different moments, and the second document of one says
            # nothing about the first of another.
            if number == len(in_order):
                in_order.append([])
            in_order[number] += entries_by_fetch[fetched_at]
    return in_order


def _key(entry: Entry | KnownEntry) -> str:
    revision = entry.revision
    if revision.count(" ") > _STATED_PARTS:  # with the hashes of earlier readings before its own
        revision = " ".join([*_stated(entry), revision.split()[-1]])
    return revision or entry.content_hash


def _first_match(
    known: Sequence[KnownEntry],
    entry: Entry,
    claimed: Mapping[str, str],
    is_same: Callable[[Entry, KnownEntry], bool],
) -> str | None:
    """Return the id of the first of the latest known entries that is the same as `entry` and that it can match."""
    # A link or text that hundreds of entries share identifies none of them, and comparing with all is quadratic.
    latest = known[-MAX_CANDIDATES:]
    return next((each.entry_id for each in latest if is_same(entry, each) and _can_match(each, entry, claimed)), None)


def _has_same_content(entry: Entry, known: KnownEntry) -> bool:
    """Return whether title, date and text are the same; without a date, the guids must not differ either."""
    same = (known.content_hash, known.title, known.published) == (entry.content_hash, entry.title, entry.published)
    return same and (entry.published is not None or not _have_different_guids(known.guid, entry.guid))


def _can_match(known: KnownEntry, entry: Entry, claimed: Mapping[str, str]) -> bool:
    """Return whether `entry` can be this known one: two items of one document are two stories."""
    if known.entry_id == entry.entry_id:
        return False  # the caller has compared these two
    return claimed.get(known.entry_id, entry.entry_id) == entry.entry_id and _document(known) != _document(entry)


def _is_same_story(entry: Entry, known: KnownEntry) -> bool:
    """Return whether an entry is the known one that has its link."""
    # The link alone doesn't identify it: "today's briefing" has the same link every day.
    if _have_different_guids(entry.guid, known.guid) and entry.content_hash != known.content_hash:
        return False
    return _has_same_title_or_date(entry, known)


def _has_same_title_or_date(entry: Entry, known: KnownEntry) -> bool:
    return (entry.title == known.title and bool(entry.title)) or (
        entry.published == known.published and entry.published is not None
    )


def _has_same_link(entry: Entry, known: KnownEntry) -> bool:
    return bool(known.url) and address(known.url) == address(entry.url)


def _have_different_guids(guid: str, other: str) -> bool:
    """Return whether both have a guid, and not the same one."""
    return bool(guid and other) and address(guid) != address(other)


def _new_id(entry: Entry, known: KnownEntries) -> str:
    """Return the id of an unknown entry: that of its document or, if another entry has it, one of link or content."""
    if entry.entry_id not in known:
        return entry.entry_id
    if entry.link_is_identity:
        return make_id(entry.source_id, entry.url)
    return make_id(entry.source_id, entry.feed_url, entry.title, entry.published_raw, entry.content_hash)


def _is_reverted_edit(entry: Entry, versions: Sequence[KnownEntry]) -> bool:
    """Return whether the feed returned to an earlier text of this entry.

    That makes a new version, so that the latest one is the current text. What another feed of the source has counts
    as unchanged: two feeds of a publisher often carry one story in two forms, which would alternate at every poll.
    """
    own = [known for known in versions if address(known.feed_url) == address(entry.feed_url)]
    if entry.revision or not own:
        return False
    last = max(own, key=lambda known: known.version)
    return last.content_hash != entry.content_hash and bool(last.fetched_at and last.fetched_at < entry.fetched_at)


def _after_earlier_readings(entry: Entry, versions: Sequence[KnownEntry]) -> Entry:
    """Return an entry with a revision that sorts after what its document gave under its revision before.

    The last part of a revision is a hash of the words, which says nothing of what is right.
    """
    before = [
        known.revision
        for known in versions
        if entry.revision and _document(known) == _document(entry) and _stated(known) == _stated(entry)
    ]
    return replace(entry, revision=f"{max(before)} {entry.revision.split()[-1]}") if before else entry


def _stated(entry: Entry | KnownEntry) -> list[str]:
    """Return the parts of a revision that the agency states: number, time and status."""
    return entry.revision.split()[:_STATED_PARTS]


def _is_outdated(entry: Entry, versions: Sequence[KnownEntry]) -> bool:
    # The agency's revision sorts a version, whenever it is written.
    if entry.revision:
        return False
    own = (known for known in versions if address(known.feed_url) == address(entry.feed_url))
    return any(known.fetched_at is not None and known.fetched_at > entry.fetched_at for known in own)


def _exceeds_daily_limit(entry: Entry, versions: Sequence[KnownEntry], most: int) -> bool:
    """Return whether an entry of a feed had the most versions that are allowed in a day."""
    if entry.revision or len(versions) < most:
        return False
    # Of the fetch and not of the clock: a repeated bundle must decide the same.
    since = entry.fetched_at - timedelta(days=1)
    return sum(known.fetched_at is not None and known.fetched_at > since for known in versions) >= most


def _version_number(entry: Entry, versions: Sequence[KnownEntry]) -> int:
    used = {known.version for known in versions}
    number = entry.provider_version or 0
    # The agency's own number where it is free; two versions of one number would be one row to readers.
    if 0 < number <= MAX_VERSION and number not in used:
        return number
    following = max(used, default=0) + 1
    if following <= MAX_VERSION:
        return following
    # A free one rather than a higher one: ids of paragraphs have three hex digits for it. There is one, since an entry
    # with all of them has no further versions.
    return next(free for free in range(1, MAX_VERSION + 1) if free not in used)
