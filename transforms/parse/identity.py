"""Which entry is it, and did it change? Ids and content hashes that survive the feeds of this world.

An entry is what its guid says, else its link, else its title and date. A guid that one document gives to several
stories is none (miniflux#327, FreshRSS#4487), and neither is a link that several entries share.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from newsbeam.transforms.ids import digest, entry_id
from newsbeam.transforms.parse.dates import read_date
from newsbeam.transforms.parse.plain import html_text, one_line
from newsbeam.transforms.parse.urls import is_home_page
from newsbeam.transforms.records import Entry, Status

# An id that is unique in the world, by the rules of its scheme: the same entry in two feeds of a source has one id.
_GLOBAL = re.compile(r"https?://[^/\s]+/\S|urn:\S|tag:\S|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


_HIGHEST = 2**63 - 1
_CAUTION: dict[Status, int] = {"usable": 0, "withheld": 1, "canceled": 2}


def identify(entries: Iterable[Entry], home: str = "") -> tuple[Entry, ...]:
    """Give entries of one document their `entry_id`, `content_hash` and `link_is_identity`; literal repeats go.

    Args:
        entries: The entries of one document, as parsed.
        home: The canonical URL of the page that the feed is about, or "".
    """
    unique = list(_without_repeats(replace(entry, content_hash=content_hash(entry)) for entry in entries))
    stories = _stories_of_guids(unique)
    links = Counter(entry.url for entry in unique)
    own_link = [bool(e.url) and links[e.url] == 1 and not is_home_page(e.url, home) for e in unique]
    return tuple(
        replace(entry, entry_id=_entry_id(entry, len(stories[entry.guid]) == 1, own), link_is_identity=own)
        for entry, own in zip(unique, own_link, strict=True)
    )


def identify_items(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Give items of a wire their `entry_id`, `content_hash` and `revision`; literal repeats go.

    An item is what its agency's id says, within the source: one envelope may bring several versions of it. Without an
    id it is its title and date.
    """
    hashed = (replace(entry, content_hash=content_hash(entry)) for entry in entries)
    return tuple(
        replace(
            entry,
            entry_id=entry_id(entry.source, entry.guid) if entry.guid else entry_id(entry.source, *_words(entry)),
            revision=revision(entry),
        )
        for entry in dict.fromkeys(hashed)
    )


def revision(entry: Entry) -> str:
    """Return what sorts the versions of an item: the agency's number, its time, then the more cautious status.

    An order to hold or kill a story that has no number is above every number: it means whatever was sent. Two texts
    with one number and one time are ordered by their hashes, so that every reader sees the same one.
    """
    raw = entry.updated_raw or entry.published_raw
    made_at = entry.updated if entry.updated_raw else entry.published
    if made_at is None or made_at >= entry.fetched_at:  # a date in the future is held back to the time of the fetch
        made_at = read_date(raw, entry.fetched_at).stated or entry.updated or entry.published
    number = entry.provider_version
    if number is None:
        number = 0 if entry.status == "usable" else _HIGHEST
    caution = _CAUTION[entry.status]
    time = f"{made_at:%Y%m%dT%H%M%SZ}" if made_at else "-"
    return f"{min(number, _HIGHEST):019d} {time} {caution} {entry.content_hash[:8]}"


def _without_repeats(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield entries but those that equal an earlier one in every field and have enough fields to say so."""
    seen = set()
    for entry in entries:
        if entry not in seen:
            yield entry
        if entry.guid or (entry.url and entry.title):
            seen.add(entry)


def content_hash(entry: Entry) -> str:
    """Return the hash of what makes a new version: the words and the status of an entry.

    Dates, links, categories and markup don't count; whitespace neither. Empty fields are left out, so that a field
    that is added here later leaves the hashes of entries without it as they are.
    """
    body = html_text(entry.content) if entry.content_type == "text/html" else one_line(entry.content)
    fields = {
        "title": entry.title,
        "subtitle": entry.subtitle,
        "summary": entry.summary,
        "body": "" if body == entry.summary else body,
        "status": "" if entry.status == "usable" else entry.status,
        "signals": " ".join(entry.signals),
        "ednote": entry.ednote,
        "embargo": entry.embargo_until.isoformat() if entry.embargo_until else "",
    }
    return digest(*(part for name, value in fields.items() if value for part in (name, value)))


def _stories_of_guids(entries: list[Entry]) -> dict[str, set[tuple[str, str]]]:
    """Return for each guid the (link, title) pairs that carry it."""
    stories: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for entry in entries:
        stories[entry.guid].add((entry.url, entry.title))
    return stories


def _entry_id(entry: Entry, guid_is_unique: bool, link_is_unique: bool) -> str:
    if entry.guid and guid_is_unique:
        scope = () if _GLOBAL.match(entry.guid) else (entry.feed_url,)
        return entry_id(entry.source, *scope, entry.guid)
    if link_is_unique:
        return entry_id(entry.source, entry.url)
    return entry_id(entry.source, entry.feed_url, *_words(entry))


def _words(entry: Entry) -> tuple[str, ...]:
    # A date that can't be read, or lies in the future, changes with the fetch; what was published does not.
    date = entry.published_raw or entry.updated_raw
    return (entry.title, date) if entry.title and date else (entry.title, date, entry.content_hash)
