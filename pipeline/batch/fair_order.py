"""The order in which a run works on entries: by publication, with fair shares for feeds."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from itertools import chain

from newsbeam.pipeline.batch.spool import Ref


def fair_order(entries: Iterable[Ref], wires: Container[str], share: int) -> list[Ref]:
    """Return entries, the earliest published first, in rounds: in each, at most `share` of one source of feeds.

    So a publisher with thousands of entries delays the rows of all others by `share` entries and the rest of a slice.
    The order is a function of the entries alone: a run that is started again works in the same order. The entries of a
    wire are all in the first round, since an agency's archive must come before the copies of its stories.

    Args:
        entries: References to entries, with the keys of `spool.entry_key`.
        wires: The feed_urls of wires.
        share: Entries of one source in a round.
    """
    counts: Counter[str] = Counter()
    rounds: list[tuple[int, Ref]] = []
    for ref in sorted(entries, key=lambda ref: ref.key[0]):
        _, feed_url, _, source_id, *_ = ref.key
        rounds.append((0 if feed_url in wires else counts[source_id] // share, ref))
        counts[source_id] += 1
    # The sort is stable: within a round the order of publication stays.
    return [ref for _, ref in sorted(rounds, key=lambda each: each[0])]


def in_fetch_order(entries: Sequence[Ref], wires: Container[str], share: int) -> tuple[list[Ref], int]:
    """Return the entries of many documents in the order in which runs would have decided them.

    The first documents of all feeds come first, then the second ones, and so on, each in the order of `fair_order`.

    Returns:
        The entries, and how many are left out, since a feed's document before has the same: it shows an entry for long.
    """
    states: dict[tuple[str, str], dict[datetime, list[Ref]]] = defaultdict(lambda: defaultdict(list))
    for ref in entries:
        (_, entry_id, _, _, fetched_at), feed_url, *_ = ref.key
        states[feed_url, entry_id][fetched_at].append(ref)
    rounds: dict[int, list[Ref]] = defaultdict(list)
    for by_time in states.values():
        before: set[str] = set()
        for number, (_, refs) in enumerate(sorted(by_time.items())):
            # The content: what the document before showed already would be unchanged.
            now = {ref.key[0][3] for ref in refs}
            if now != before:
                rounds[number] += refs
            before = now
    order = list(chain.from_iterable(fair_order(rounds[number], wires, share) for number in sorted(rounds)))
    return order, len(entries) - len(order)
