"""Which entry is it, and did it change? Ids and content hashes that survive the feeds of this world.

An entry is what its guid says, else its link, else its title and date, within its source. A guid that one document
gives to several stories is none (miniflux#327, FreshRSS#4487), a site's home page isn't one either, nor is a link that
several entries share. Items with one title and one date are told apart by their words.

What the source is called doesn't count: here `source` is its id (see `result.Parser`). Links and guids count without
their scheme and `www.` (`ids.address`). Where a key moves all the same, `dedup/versions.py` recognises what is written.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from newsbeam.transforms.ids import content_hash, entry_id
from newsbeam.transforms.parse.dates import read_date
from newsbeam.transforms.parse.plain import html_text, one_line
from newsbeam.transforms.parse.urls import is_home_page, is_http
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
    unique = list(_without_repeats(replace(entry, content_hash=words_hash(entry)) for entry in entries))
    stories = _stories_of_guids(unique)
    links = Counter(entry.url for entry in unique)
    own_guid = [bool(e.guid) and len(stories[e.guid]) == 1 and not _is_home(e.guid, home) for e in unique]
    own_link = [bool(e.url) and links[e.url] == 1 and not is_home_page(e.url, home) for e in unique]
    others = (e for e, *own in zip(unique, own_guid, own_link, strict=True) if not any(own))
    titles = Counter((e.title, _date(e)) for e in others)
    return tuple(
        replace(entry, entry_id=_entry_id(entry, guid, link, titles), link_is_identity=link)
        for entry, guid, link in zip(unique, own_guid, own_link, strict=True)
    )


def identify_items(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Give items of a wire their `entry_id`, `content_hash` and `revision`; literal repeats go.

    An item is what its agency's id says, within the source: one envelope may bring several versions of it. Without an
    id it is its title and date.
    """
    unique = list(dict.fromkeys(replace(entry, content_hash=words_hash(entry)) for entry in entries))
    titles = Counter((entry.title, _date(entry)) for entry in unique if not entry.guid)

    def identity(entry: Entry) -> tuple[str, ...]:
        return (entry.guid,) if entry.guid else _words(entry, titles[entry.title, _date(entry)] == 1)

    return tuple(
        replace(entry, entry_id=entry_id(entry.source, *identity(entry)), revision=revision(entry)) for entry in unique
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


def words_hash(entry: Entry) -> str:
    """Return the hash of all words of an entry (`ids.content_hash`); markup and whitespace don't count.

    It tells apart the items of one document. What counts as a change of a story is decided in `parse_document`.
    """
    body = html_text(entry.content) if entry.content_type == "text/html" else one_line(entry.content)
    return content_hash(entry, entry.summary, body)


def _stories_of_guids(entries: list[Entry]) -> dict[str, set[tuple[str, str]]]:
    """Return for each guid the (link, title) pairs that carry it."""
    stories: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for entry in entries:
        stories[entry.guid].add((entry.url, entry.title))
    return stories


def _is_home(guid: str, home: str) -> bool:
    return is_http(guid) and is_home_page(guid, home)


def _entry_id(entry: Entry, by_guid: bool, by_link: bool, titles: Counter[tuple[str, str]]) -> str:
    if by_guid:
        scope = () if _GLOBAL.match(entry.guid) else (entry.feed_url,)
        return entry_id(entry.source, *scope, entry.guid)
    if by_link:
        return entry_id(entry.source, entry.url)
    return entry_id(entry.source, entry.feed_url, *_words(entry, titles[entry.title, _date(entry)] == 1))


def _words(entry: Entry, title_is_unique: bool) -> tuple[str, ...]:
    title, date = entry.title, _date(entry)
    return (title, date) if title and date and title_is_unique else (title, date, entry.content_hash)


def _date(entry: Entry) -> str:
    # A date that can't be read, or lies in the future, changes with the fetch; what was published does not.
    return entry.published_raw or entry.updated_raw
