"""Names of sources. A feed without a name in the config has its own title as its name, which may change."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from newsbeam.transforms.ids import address
from newsbeam.transforms.records import Poll, Source


def current_names(
    sources: Iterable[Source], known: Mapping[str, Poll], in_entries: Mapping[str, str]
) -> dict[str, str]:
    """Return the name of each source by its feed_url.

    Args:
        sources: The sources that were read.
        known: The previous poll of each feed_url.
        in_entries: feed_url -> the source's name in its entries.

    Returns:
        The name in the config, if there is one; else the name in the feed's entries, or its previous name where it is
        unchanged or failed.
    """
    names = {}
    for source in sources:
        url = source.feed_url
        before = known[url].source if url in known and not source.named else source.name
        names[url] = in_entries.get(url, before)
    return names


def renamed(sources: Iterable[Source], known: Mapping[str, Poll], names: Mapping[str, str]) -> list[str]:
    """Return a line for each feed or wire whose name has changed since its last poll."""
    now: dict[str, set[str]] = defaultdict(set)
    last: dict[str, Poll] = {}
    for source in sources:
        # A wire has many files: one line for it, and not one a file.
        key = source.source_id if source.wire else source.feed_url
        now[key].add(names[source.feed_url])
        poll = known.get(source.feed_url)
        if poll and (key not in last or poll.fetched_at > last[key].fetched_at):
            last[key] = poll
    changed = {(poll.source, min(now[key])) for key, poll in last.items() if poll.source not in now[key]}
    return [f"source {before} has a new name: {after}" for before, after in sorted(changed)]


def moved(sources: Iterable[Source], polls: Iterable[Poll]) -> list[str]:
    """Return a line for each feed whose server names another address for good. Its id and its rows stay as they are."""
    ids = {source.feed_url: source.source_id for source in sources}
    return [
        f"feed {poll.source} has moved to {poll.moved_to}: change its url{_with_id(ids[poll.feed_url], poll.moved_to)} "
        f"({poll.feed_url})"
        for poll in polls
        if poll.moved_to and poll.status != "error" and poll.feed_url in ids
    ]


def _with_id(source_id: str, moved_to: str) -> str:
    """Return how to keep the id of a source at a new address, whose entries would otherwise all be new."""
    return "" if source_id == address(moved_to) else f" and give it `id: {source_id}`"


def always_new(polls: Iterable[Poll], known: Mapping[str, Poll], minimum: int) -> list[str]:
    """Return a line for each feed whose entries, `minimum` or more, were all new at this poll and the one before."""
    floods = (
        poll
        for poll in polls
        if poll.feed_url in known
        # Twice in a row, since at a first poll all entries are new by nature.
        and all(minimum <= each.entries == each.entries_new for each in (poll, known[poll.feed_url]))
    )
    return [
        f"warning: {poll.source}: all {poll.entries:,} entries are new, as at the last poll; "
        f"does the feed change its guids and links? ({poll.feed_url})"
        for poll in floods
    ]
