"""The order in which a run works on entries: by publication, with fair shares for feeds."""

from collections import Counter
from collections.abc import Container, Iterable

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
    return [ref for _, ref in sorted(rounds, key=lambda each: each[0])]
