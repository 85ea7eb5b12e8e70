"""Versions of entries: is this entry new, unchanged, or an update?

An entry is known by its id. Where a feed's keys move, it is known by what it says: the same title, date and words are
the same story, whatever its guid and link are now; and a link that is unique in its feed, with the same title or date,
is the same story as long as no two guids say otherwise. (Not the link alone: "today's briefing" has one link for ever.)
Entries with guids of their own are different stories (RSS 2.0: a guid "uniquely identifies the item"), and so are two
items of one document. A guid that several known entries have is none.

A feed's content is unchanged if it is what this feed said last, or what another feed of the source said at any time:
two feeds of one publisher often carry one story in two forms, which must not become a new version at every poll. If a
feed takes an edit back, its old words are a new version, so that the latest one is what it says now.

On a wire the agency says what is a version and in which order they come (`revision`): its numbers are kept where they
are free, so that a version has the same number whatever came first, and an old one that comes late is no update. A
plain text has no id but its path; moved or sent twice, it is known by its content.
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

MOST_VERSIONS = 4095  # what an agency may number a version: ids of paragraphs sort up to it
MOST_A_DAY = 48  # versions of one entry of a feed; a counter that is not known as one changes at every poll
MOST_ALIKE = 100  # entries with the same words or link that are looked at; a feed can have thousands
_NO_WORDS = digest()
_NOTHING_TAKEN: Mapping[str, str] = {}


@dataclass(frozen=True)
class Versioned:
    """An entry with its version, and what became of it.

    Attributes:
        held: Its words are new, but it had too many versions today; a later poll writes what it says then.
    """

    entry: Entry
    outcome: Literal["new", "updated", "unchanged"]
    held: bool = False


class KnownEntries:
    """The entries that are written, found by id, by link or by their words."""

    def __init__(self, known: Iterable[KnownEntry] = ()):
        self._versions: dict[str, list[KnownEntry]] = {}
        self._by_link: dict[str, list[KnownEntry]] = {}
        self._by_words: dict[str, list[KnownEntry]] = {}
        self._by_guid: dict[str, str] = {}
        self._shared_guids: set[str] = set()
        for entry in sorted(known, key=lambda entry: (entry.entry_id, entry.version)):
            self.add(entry)

    def add(self, entry: KnownEntry) -> None:
        """Add a version of an entry; an empty `url` is no identity."""
        versions = self._versions.setdefault(entry.entry_id, [])
        if any(known.version == entry.version for known in versions):
            return
        versions.append(entry)
        if entry.url:
            self._by_link.setdefault(make_id(entry.source, entry.url), []).append(entry)
        if entry.by_content:
            self._by_words.setdefault(make_id(entry.source, entry.content_hash), []).append(entry)
            if entry.guid:
                guid = _guid_in_feed(entry.source, entry)
                if self._by_guid.setdefault(guid, entry.entry_id) != entry.entry_id:
                    self._shared_guids.add(guid)

    def __contains__(self, entry_id: str) -> bool:
        return entry_id in self._versions

    def find(self, entry: Entry, taken: Mapping[str, str] = _NOTHING_TAKEN) -> str | None:
        """Return the id under which `entry` is known.

        Args:
            entry: With the id that its document gave it.
            taken: Ids that other entries of its document are known under, and the ids that the document gave those.
        """
        own = entry.entry_id
        if entry.revision or entry.format in FORMATS_KNOWN_BY_CONTENT:
            return own if own in self else self._same_text(entry)
        if any(_has_same_words(entry, known) for known in self.versions(own)):
            return own
        alike = (
            self._by_words.get(make_id(entry.source_id, entry.content_hash), ())
            if entry.content_hash != _NO_WORDS
            else ()
        )
        if (same := _first(alike, entry, taken, _has_same_words)) is not None:
            return same
        if own in self and not self._is_of_another(entry):
            return own
        linked = self._by_link.get(make_id(entry.source_id, entry.url), ()) if entry.link_is_identity else ()
        return _first(linked, entry, taken, _is_same_story)

    def lacks(self, entry: Entry) -> bool:
        """Return whether `entry` could be a version that is written, but not known here.

        That is so if no version has its content, unless all versions from the first one on are known.
        """
        versions = self.versions(self.find(entry) or "")
        complete = bool(versions) and max(known.version for known in versions) == len(versions)
        return not complete and all(_key(known) != _key(entry) for known in versions)

    def versions(self, entry_id: str) -> Sequence[KnownEntry]:
        """Return the known versions of an entry."""
        return self._versions.get(entry_id, ())

    def _same_text(self, entry: Entry) -> str | None:
        """Return the id of a plain text that has the content of this one."""
        if entry.revision:
            return None
        known = self._by_words.get(make_id(entry.source_id, entry.content_hash))
        return known[0].entry_id if known else None

    def _is_of_another(self, entry: Entry) -> bool:
        """Return whether a guid that several entries have is all that `entry` has in common with the one of its id."""
        if _guid_in_feed(entry.source_id, entry) not in self._shared_guids:
            return False
        versions = self.versions(entry.entry_id)
        return not any(_has_same_title_or_date(entry, known) or _has_same_link(entry, known) for known in versions)


def decide(
    entry: Entry, known: KnownEntries, taken: Mapping[str, str] = _NOTHING_TAKEN, is_last: bool = True
) -> Versioned:
    """Return `entry` under its lasting id, with its agency's version number, or the next one from 1.

    Args:
        entry: As its document has it.
        known: What is written.
        taken: See `KnownEntries.find`.
        is_last: Whether this is what its document says of it: the last one of its versions there.
    """
    entry_id = known.find(entry, taken) or _new_id(entry, known)
    entry = replace(entry, entry_id=entry_id)
    versions = known.versions(entry_id)
    same = next((each.version for each in versions if _key(each) == _key(entry)), None)
    if same is not None and not (is_last and _takes_back(entry, versions)):
        return Versioned(replace(entry, version=same), "unchanged")
    if _has_too_many(entry, versions):
        return Versioned(replace(entry, version=max(known.version for known in versions)), "unchanged", held=True)
    outcome: Literal["new", "updated"] = "updated" if versions else "new"
    return Versioned(replace(entry, version=_number(entry, versions)), outcome)


def version_entries(entries: Iterable[Entry], known: Iterable[KnownEntry]) -> list[Versioned]:
    """Return a decision for each of `entries`, taken in the order in which they were published and updated."""
    return decide_entries(entries, KnownEntries(known))


def decide_entries(entries: Iterable[Entry], versions: KnownEntries) -> list[Versioned]:
    """Return a decision for each of `entries` against `versions`, to which the new ones are added.

    Of a feed that was fetched several times, what came first is decided first.
    """
    decided = []
    for each in _rounds(entries):
        each.sort(key=publication_order)
        taken: dict[_DocumentKey, dict[str, str]] = defaultdict(dict)
        last = {(_document(entry), entry.entry_id): entry for entry in each}
        for entry in each:
            if entry.entry_id in versions:
                taken[_document(entry)][entry.entry_id] = entry.entry_id
        for entry in each:
            document = _document(entry)
            versioned = decide(entry, versions, taken[document], last[document, entry.entry_id] is entry)
            taken[document].setdefault(versioned.entry.entry_id, entry.entry_id)
            if versioned.outcome != "unchanged":
                versions.add(as_known(versioned.entry))
            decided.append(versioned)
    return decided


def as_known(entry: Entry) -> KnownEntry:
    """Return what later decisions have to know of a written entry."""
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
    """Return the sort key in which entries are decided; one without a date comes last. Arrival doesn't count."""
    return believed_date(entry), entry.entry_id, entry.updated or entry.published or NEVER, entry.content_hash


_DocumentKey = tuple[str, datetime | None]


def _document(entry: Entry | KnownEntry) -> _DocumentKey:
    return entry.feed_url, entry.fetched_at


def _guid_in_feed(source_id: str, entry: Entry | KnownEntry) -> str:
    return make_id(source_id, entry.feed_url, entry.guid)


def _rounds(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Return the entries of the first documents of all feeds, then those of the second ones, and so on."""
    documents: dict[str, dict[datetime, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        documents[entry.feed_url][entry.fetched_at].append(entry)
    rounds: list[list[Entry]] = []
    for of_feed in documents.values():
        for number, fetched_at in enumerate(sorted(of_feed)):
            if number == len(rounds):
                rounds.append([])
            rounds[number] += of_feed[fetched_at]
    return rounds


def _key(entry: Entry | KnownEntry) -> str:
    return entry.revision or entry.content_hash


def _first(
    known: Sequence[KnownEntry],
    entry: Entry,
    taken: Mapping[str, str],
    is_same: Callable[[Entry, KnownEntry], bool],
) -> str | None:
    """Return the id of the first of the latest known entries that is the same as `entry` and can be."""
    latest = known[-MOST_ALIKE:]
    return next((each.entry_id for each in latest if is_same(entry, each) and _may_be(each, entry, taken)), None)


def _has_same_words(entry: Entry, known: KnownEntry) -> bool:
    """Return whether title, date and words are the same; without a date two guids must not differ either."""
    same = (known.content_hash, known.title, known.published) == (entry.content_hash, entry.title, entry.published)
    return same and (entry.published is not None or not _differ(known.guid, entry.guid))


def _may_be(known: KnownEntry, entry: Entry, taken: Mapping[str, str]) -> bool:
    """Return whether no other entry of its document is this known one: two items of a document are two stories."""
    if known.entry_id == entry.entry_id:
        return False  # it is known not to be
    return taken.get(known.entry_id, entry.entry_id) == entry.entry_id and _document(known) != _document(entry)


def _is_same_story(entry: Entry, known: KnownEntry) -> bool:
    """Return whether an entry is the known one that has its link."""
    if _differ(entry.guid, known.guid) and entry.content_hash != known.content_hash:
        return False
    return _has_same_title_or_date(entry, known)


def _has_same_title_or_date(entry: Entry, known: KnownEntry) -> bool:
    return (entry.title == known.title and bool(entry.title)) or (
        entry.published == known.published and entry.published is not None
    )


def _has_same_link(entry: Entry, known: KnownEntry) -> bool:
    return bool(known.url) and address(known.url) == address(entry.url)


def _differ(guid: str, other: str) -> bool:
    """Return whether both entries have a guid, and not the same one."""
    return bool(guid and other) and address(guid) != address(other)


def _new_id(entry: Entry, known: KnownEntries) -> str:
    """Return the id of an entry that is not known: that of its document, or, if this is another's, by link or words."""
    if entry.entry_id not in known:
        return entry.entry_id
    if entry.link_is_identity:
        return make_id(entry.source_id, entry.url)
    return make_id(entry.source_id, entry.feed_url, entry.title, entry.published_raw, entry.content_hash)


def _takes_back(entry: Entry, versions: Sequence[KnownEntry]) -> bool:
    """Return whether the feed said something else of this entry when it last said something new."""
    own = [known for known in versions if address(known.feed_url) == address(entry.feed_url)]
    if entry.revision or not own:
        return False
    last = max(own, key=lambda known: known.version)
    return last.content_hash != entry.content_hash and bool(last.fetched_at and last.fetched_at < entry.fetched_at)


def _has_too_many(entry: Entry, versions: Sequence[KnownEntry]) -> bool:
    """Return whether an entry of a feed had its share of versions in the last day."""
    if entry.revision or len(versions) < MOST_A_DAY:
        return False
    since = entry.fetched_at - timedelta(days=1)
    return sum(known.fetched_at is not None and known.fetched_at > since for known in versions) >= MOST_A_DAY


def _number(entry: Entry, versions: Sequence[KnownEntry]) -> int:
    used = {known.version for known in versions}
    number = entry.provider_version or 0
    if 0 < number <= MOST_VERSIONS and number not in used:
        return number
    following = max(used, default=0) + 1
    if following <= MOST_VERSIONS:
        return following
    return next((free for free in range(1, MOST_VERSIONS + 1) if free not in used), following)
