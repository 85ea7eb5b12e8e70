"""Versions of entries: is this entry new, unchanged, or an update?

An entry is known by its id. Some publishers give a story a new guid on every fetch: where its link is unique in its
feed, an entry is also known by its link together with its title or its date. (Not by the link alone: "today's briefing"
has a new guid each day, rightly, and one link for ever.)

Its content is unchanged if *any* version that is written has it: two feeds of one publisher often carry one story in
two forms, which must not become a new version at every poll.

On a wire the agency says what is a version and in which order they come (`revision`): its numbers are kept where they
are free, so that a version has the same number whatever came first, and an old one that comes late is no update. A
plain text has no id but its path; moved or sent twice, it is known by its content.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from newsbeam.transforms.records import FORMATS_KNOWN_BY_CONTENT, Entry, KnownEntry

MOST_VERSIONS = 4095  # what an agency may number a version: ids of paragraphs sort up to it
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Versioned:
    """An entry with its version, and what became of it."""

    entry: Entry
    outcome: Literal["new", "updated", "unchanged"]


class KnownEntries:
    """The entries that are written, found by id or by link."""

    def __init__(self, known: Iterable[KnownEntry] = ()):
        self._versions: dict[str, dict[str, int]] = {}
        self._by_link: dict[tuple[str, str], list[KnownEntry]] = {}
        self._by_content: dict[tuple[str, str], str] = {}
        for entry in sorted(known, key=lambda entry: (entry.entry_id, entry.version)):
            self.add(entry)

    def add(self, entry: KnownEntry) -> None:
        """Add a version of an entry; an empty `url` is no identity."""
        self._versions.setdefault(entry.entry_id, {}).setdefault(entry.revision or entry.content_hash, entry.version)
        if entry.url:
            self._by_link.setdefault((entry.source, entry.url), []).append(entry)
        if entry.by_content:
            self._by_content.setdefault((entry.source, entry.content_hash), entry.entry_id)

    def find(self, entry: Entry) -> str | None:
        """Return the id under which `entry` is known."""
        if entry.entry_id in self._versions:
            return entry.entry_id
        if entry.format in FORMATS_KNOWN_BY_CONTENT and (entry.source, entry.content_hash) in self._by_content:
            return self._by_content[entry.source, entry.content_hash]
        linked = self._by_link.get((entry.source, entry.url), ()) if entry.link_is_identity else ()
        return next((known.entry_id for known in linked if _is_same_story(entry, known)), None)

    def lacks(self, entry: Entry) -> bool:
        """Return whether `entry` could be a version that is written, but not known here.

        That is so if no version has its content, unless all versions from the first one on are known.
        """
        versions = self.versions(self.find(entry) or "")
        complete = bool(versions) and max(versions.values()) == len(versions)
        return not complete and (entry.revision or entry.content_hash) not in versions

    def versions(self, entry_id: str) -> dict[str, int]:
        """Return the versions of an entry, by revision, or by content hash where there is none."""
        return self._versions.get(entry_id, {})


def decide(entry: Entry, known: KnownEntries) -> Versioned:
    """Return `entry` under its lasting id, with its agency's version number, or the next one from 1."""
    entry_id = known.find(entry)
    versions = known.versions(entry_id) if entry_id else {}
    same = versions.get(entry.revision or entry.content_hash)
    if same is not None:
        return Versioned(replace(entry, entry_id=entry_id or "", version=same), "unchanged")
    number = entry.provider_version or 0
    if not 0 < number <= MOST_VERSIONS or number in versions.values():
        number = max(versions.values(), default=0) + 1
    outcome: Literal["new", "updated"] = "updated" if versions else "new"
    return Versioned(replace(entry, entry_id=entry_id or entry.entry_id, version=number), outcome)


def version_entries(entries: Iterable[Entry], known: Iterable[KnownEntry]) -> list[Versioned]:
    """Return a decision for each of `entries`, taken in the order in which they were published and updated."""
    return decide_entries(entries, KnownEntries(known))


def decide_entries(entries: Iterable[Entry], versions: KnownEntries) -> list[Versioned]:
    """Return a decision for each of `entries` against `versions`, to which the new ones are added."""
    decided = []
    for entry in sorted(entries, key=publication_order):
        versioned = decide(entry, versions)
        if versioned.outcome != "unchanged":
            versions.add(as_known(versioned.entry))
        decided.append(versioned)
    return decided


def as_known(entry: Entry) -> KnownEntry:
    """Return what later decisions have to know of a written entry."""
    url = entry.url if entry.link_is_identity else ""
    return KnownEntry(
        entry.entry_id,
        entry.source,
        url,
        entry.version,
        entry.content_hash,
        entry.title,
        entry.published,
        entry.revision,
        entry.format in FORMATS_KNOWN_BY_CONTENT,
    )


def _is_same_story(entry: Entry, known: KnownEntry) -> bool:
    return (entry.title == known.title and bool(entry.title)) or (
        entry.published == known.published and entry.published is not None
    )


def publication_order(entry: Entry) -> tuple[datetime, str, datetime, str]:
    """Return the sort key in which entries are decided; one without a date comes last. Arrival doesn't count."""
    published = entry.published or _NEVER
    return published, entry.entry_id, entry.updated or published, entry.content_hash
