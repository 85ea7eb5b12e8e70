"""Gives entries their ids and content hashes.

Within its source, an entry is identified by its guid, else by its link, else by its title and date. The name of the
source does not count: here `source` is its id (see `result.Parser`). Links and guids count without their scheme and
`www.` (`ids.address`). If an id changes nevertheless, `dedup/versions.py` finds the written entry.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from newsbeam.transforms.common.urls import is_home_page, is_http
from newsbeam.transforms.ids import content_hash, entry_id
from newsbeam.transforms.parse.dates import read_date
from newsbeam.transforms.parse.plain import html_text, one_line
from newsbeam.transforms.records import Entry, Status

# An id that is globally unique by the rules of its scheme: the same entry in two feeds of a source has one id.
_GLOBAL = re.compile(r"https?://[^/\s]+/\S|urn:\S|tag:\S|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HIGHEST = 2**63 - 1
_SEVERITY: dict[Status, int] = {"usable": 0, "withheld": 1, "canceled": 2}


def identify(entries: Iterable[Entry], home: str = "") -> tuple[Entry, ...]:
    """Return the entries with `entry_id` and `link_is_identity`, without exact repeats.

    Args:
        entries: The entries of one document, as parsed.
        home: The canonical URL of the page that the feed is about, or "".
    """
    # First: a repeated entry would count as a second story of its guid or link, and both would lose that identity.
    unique = list(_without_repeats(entries))
    stories = _stories_of_guids(unique)
    links = Counter(entry.url for entry in unique)
    # A guid that one document gives to several stories does not count (miniflux#327, FreshRSS#4487). Repeats of one
    # story share theirs rightly, so stories are counted, not entries.
    # Some systems give each entry the site's address as its guid.
    own_guid = [bool(e.guid) and len(stories[e.guid]) == 1 and not _is_home(e.guid, home) for e in unique]
    # Nor does a link that several entries share, or a site's home page.
    own_link = [bool(e.url) and links[e.url] == 1 and not is_home_page(e.url, home) for e in unique]
    others = (e for e, *own in zip(unique, own_guid, own_link, strict=True) if not any(own))
    # Two stories can have one title and date ("News summary"): then their content tells them apart.
    titles = Counter((e.title, _date(e)) for e in others)
    return tuple(
        replace(entry, entry_id=_entry_id(entry, guid, link, titles), link_is_identity=link)
        for entry, guid, link in zip(unique, own_guid, own_link, strict=True)
    )


def identify_items(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the items of a wire with `entry_id`, `content_hash` and `revision`, without exact repeats.

    Within its source, an item is identified by its agency's id: one envelope may contain several versions of it.
    Without an id it is identified by its title and date.
    """
    unique = list(dict.fromkeys(replace(entry, content_hash=words_hash(entry)) for entry in entries))
    titles = Counter((entry.title, _date(entry)) for entry in unique if not entry.guid)

    def identity(entry: Entry) -> tuple[str, ...]:
        return (entry.guid,) if entry.guid else _words(entry, titles[entry.title, _date(entry)] == 1)

    return tuple(
        replace(entry, entry_id=entry_id(entry.source, *identity(entry)), revision=revision(entry)) for entry in unique
    )


def revision(entry: Entry) -> str:
    """Return the sort key of an item's version: the agency's number, its time, then the more severe status.

    An order to hold or kill a story without a number is above every number: it concerns all that was sent. Two texts
    with the same number and time are ordered by their hashes, so that every reader sees the same one.
    """
    raw = entry.updated_raw or entry.published_raw
    made_at = entry.updated if entry.updated_raw else entry.published
    if made_at is None or made_at >= entry.fetched_at:  # a date in the future was replaced by the time of the fetch
        made_at = read_date(raw, entry.fetched_at).as_published or entry.updated or entry.published
    number = entry.provider_version
    if number is None:
        number = 0 if entry.status == "usable" else _HIGHEST
    severity = _SEVERITY[entry.status]
    time = f"{made_at:%Y%m%dT%H%M%SZ}" if made_at else "-"
    # Nineteen digits hold every int64, so that keys sort as text in the order of their numbers.
    return f"{min(number, _HIGHEST):019d} {time} {severity} {entry.content_hash[:8]}"


def _without_repeats(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield entries except those that equal an earlier one in all fields, if they have a guid, or link and title."""
    seen = set()
    for entry in entries:
        if entry not in seen:
            yield entry
        # Of others, equal fields prove nothing: two alerts of one minute may both say "Developing story" alone.
        if entry.guid or (entry.url and entry.title):
            seen.add(entry)


def words_hash(entry: Entry) -> str:
    """Return the hash of all words of an entry (`ids.content_hash`); markup and whitespace don't count.

    It distinguishes the items of one document. `ParseLimits.content_hash` decides what is a change of a story.
    """
    body = html_text(entry.content) if entry.content_type == "text/html" else one_line(entry.content)
    return content_hash(entry, entry.summary, body)


def _stories_of_guids(entries: list[Entry]) -> dict[str, set[tuple[str, str]]]:
    """Return the (link, title) pairs of each guid."""
    stories: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for entry in entries:
        stories[entry.guid].add((entry.url, entry.title))
    return stories


def _is_home(guid: str, home: str) -> bool:
    return is_http(guid) and is_home_page(guid, home)


def _entry_id(entry: Entry, by_guid: bool, by_link: bool, titles: Counter[tuple[str, str]]) -> str:
    if by_guid:
        # A short guid ("7") is unique in its feed only, and a source can have several.
        scope = () if _GLOBAL.match(entry.guid) else (entry.feed_url,)
        return entry_id(entry.source, *scope, entry.guid)
    if by_link:
        return entry_id(entry.source, entry.url)
    return entry_id(entry.source, entry.feed_url, *_words(entry, titles[entry.title, _date(entry)] == 1))


def _words(entry: Entry, title_is_unique: bool) -> tuple[str, ...]:
    title, date = entry.title, _date(entry)
    # The words are the last resort: with them an edit of the text is a new entry and no version.
    return (title, date) if title and date and title_is_unique else (title, date, words_hash(entry))


def _date(entry: Entry) -> str:
    # As published: a date that is rejected, or in the future, would change with the fetch.
    return entry.published_raw or entry.updated_raw
