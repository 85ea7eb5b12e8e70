"""The decisions of a stream on versions are those of batch, in one bundle or in many."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.internal import pickler
from apache_beam.pvalue import TaggedOutput
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from newsbeam.transforms import ids
from newsbeam.transforms.dedup.keyed_index import KeyedIndex
from newsbeam.transforms.dedup.keyed_index_fn import KeyedIndexFn
from newsbeam.transforms.dedup.poll_totals import decode_open_polls
from newsbeam.transforms.dedup.version_entries import StreamingVersionEntries, _entries_of
from newsbeam.transforms.dedup.versions import as_known as as_known_entry
from newsbeam.transforms.dedup.versions import version_entries
from newsbeam.transforms.records import Entry, KnownEntry, Poll, Polled, PolledEntries, PollTotals
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import listening
from newsbeam.transforms.runtime.packing import Pack, _PackFn
from testing.fake_state import FakeBag, FakeValue

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
WINDOW = timedelta(days=30)


def make_entry(name: str, content: str = "one", **fields: Any) -> Entry:
    given = {"published": NOW, "title": name, "content_hash": ids.digest(content), **fields}
    source = given.pop("source", "Example")
    return Entry(
        ids.entry_id(source, name), source, "feed", "rss20", given.pop("fetched_at", NOW), source_id=source, **given
    )


def many_entries() -> list[Entry]:
    """Return entries of two sources; some are repeated, changed or unchanged, or with another guid."""
    chance = random.Random(8)
    entries = []
    for number in range(60):
        name = f"entry {chance.randrange(15)}"
        link = {"url": f"https://example.org/{name}", "link_is_identity": True}
        guid = f"{name}, another guid" if chance.random() < 0.2 else name
        entries.append(
            make_entry(
                guid,
                chance.choice("abc"),
                title=name,
                published=NOW + timedelta(minutes=number),
                source=chance.choice(["Example", "Other"]),
                **link,
            )
        )
    return [replace(entry, feed_url=str(number)) for number, entry in enumerate(entries)]


def nothing_written(*_: Any) -> list[KnownEntry]:
    return []


@dataclass(frozen=True)
class Written:
    """An output that has these entries; look-ups also ask for others."""

    known: tuple[KnownEntry, ...]

    def __call__(self, entry_ids: set[str], links: set[Any], contents: set[Any]) -> list[KnownEntry]:
        return [
            each
            for each in self.known
            if each.entry_id in entry_ids
            or (each.source, each.url) in links
            or (each.by_content and (each.source, each.content_hash) in contents)
        ]


@dataclass(frozen=True)
class Warm:
    known: tuple[Any, ...]

    def __call__(self, key: str) -> tuple[Any, ...]:
        return self.known


def run(elements: Sequence[Any], transform: Any, expected: Sequence[Any], key: Callable[[Any], Any]) -> Any:
    """Run `transform` on the in-process runner; check its output and return the result."""
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        found = pipeline | beam.Create(list(elements), reshuffle=False) | transform | beam.Map(key)
        assert_that(found, equal_to([key(each) for each in expected]))
    return pipeline.result


def figures(result: Any) -> dict[str, Any]:
    """Return counters, and the greatest value of each distribution."""
    found = result.metrics().query(beam.metrics.MetricsFilter().with_namespace(metrics.NAMESPACE))
    counters = {each.key.metric.name: each.committed for each in found["counters"]}
    return counters | {each.key.metric.name: each.committed.max for each in found["distributions"]}


def polled(*entries: Entry, of: int = 1, **fields: Any) -> PolledEntries:
    """Return the entries of one document, the only one of its poll or the last of several."""
    given = {"feed_url": "feed", "uri": "feed", "source": "Example", "fetched_at": NOW, "status": "ok", **fields}
    poll = Poll(**given)
    return Polled(
        tuple(replace(each, feed_url=poll.feed_url, fetched_at=poll.fetched_at) for each in entries), poll, of
    )


def feeds(entries: Sequence[Entry]) -> list[PolledEntries]:
    """Return polls of feeds that have one entry each."""
    return [polled(entry, feed_url=entry.feed_url) for entry in entries]


@beam.ptransform_fn
def versioned_entries(documents: Any) -> Any:
    return (documents | StreamingVersionEntries(WINDOW, nothing_written, shards=3)).entries


@beam.ptransform_fn
def counted_polls(documents: Any) -> Any:
    return (documents | StreamingVersionEntries(WINDOW, nothing_written)).polls


def counts(counted: PollTotals) -> tuple[str, int, int, int]:
    return counted.poll.feed_url, counted.poll.entries, counted.poll.entries_new, counted.rows


def version(entry: Entry) -> tuple[Any, ...]:
    return entry.entry_id, entry.version, entry.content_hash, entry.published


def test_entries_are_decided_as_by_batch_and_unchanged_ones_are_dropped() -> None:
    entries = many_entries()
    decided = version_entries(entries, [])
    expected = [each.entry for each in decided if each.outcome != "unchanged"]
    counted = figures(run(feeds(random.Random(1).sample(entries, 60)), versioned_entries(), expected, version))
    outcomes = [each.outcome for each in decided]
    assert counted[metrics.ENTRIES_NEW] == outcomes.count("new")
    assert counted[metrics.ENTRIES_UPDATED] == outcomes.count("updated") > 0
    assert counted[metrics.ENTRIES_UNCHANGED] == outcomes.count("unchanged") > 0
    assert counted[metrics.STATE_ENTRIES] == len(expected)
    assert metrics.STATE_FULL not in counted


class FakeState:
    """The state of all keys in lists, and the DoFn that decides pack after pack with it."""

    def __init__(self, transform: beam.PTransform):
        self._fn = _stateful_fn(transform)
        self._fn.setup()
        self._states: dict[str, tuple[Any, ...]] = {}
        self._is_of_polls = isinstance(transform, StreamingVersionEntries)
        self.open_polls = FakeValue()
        self.polls: list[Poll] = []

    def decide(self, key: str, items: Sequence[Any]) -> list[Any]:
        """Return the main output; `polls` has the complete polls."""
        state = self._states.setdefault(key, (FakeValue(), *(FakeBag() for _ in range(4))))
        outputs = list(self._fn.process((key, Pack(list(items))), *state, *[self.open_polls] * self._is_of_polls))
        self.polls += [each.value for each in outputs if isinstance(each, TaggedOutput)]
        return [each for each in outputs if not isinstance(each, TaggedOutput)]


def _stateful_fn(transform: beam.PTransform) -> Any:
    """Return the DoFn that decides, as the transform makes it."""
    pipeline = beam.Pipeline(runner=FnApiRunner())
    _ = pipeline | beam.Create([]) | transform
    found = []

    class Visitor(beam.pipeline.PipelineVisitor):
        def visit_transform(self, node: Any) -> None:
            if isinstance(getattr(node.transform, "fn", None), KeyedIndexFn):
                found.append(node.transform.fn)

    pipeline.visit(Visitor())
    return found[-1]


@pytest.fixture(autouse=True)
def of_this_process_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test its own indexes."""
    monkeypatch.setattr(KeyedIndexFn, "_indexes", {})


@pytest.mark.parametrize("size", [1, 3, 40])
def test_packs_of_any_size_give_the_same_decisions_in_their_order(size: int) -> None:
    entries = many_entries()
    versions = FakeState(StreamingVersionEntries(WINDOW, nothing_written))
    packs = [feeds(entries[start : start + size]) for start in range(0, len(entries), size)]
    found = [entry for pack in packs for entry in versions.decide("k", pack)]
    expected = [each.entry for each in version_entries(entries, []) if each.outcome != "unchanged"]
    assert list(map(version, found)) == list(map(version, expected))
    assert sum(counted.poll.entries for counted in versions.polls) == len(entries)
    assert sum(counted.poll.entries_new for counted in versions.polls) == sum(e.version == 1 for e in expected)
    assert sum(counted.rows for counted in versions.polls) == len(expected)
    assert not versions.open_polls.used


@pytest.mark.parametrize("published", [NOW - timedelta(days=90), NOW, None])
def test_an_old_entry_that_has_left_state_is_found_in_the_output(published: datetime | None) -> None:
    old = make_entry("old", published=published, version=3)
    state = FakeState(StreamingVersionEntries(WINDOW, Written((as_known_entry(old),))))
    again = replace(old, version=0)
    changed = replace(again, content_hash=ids.digest("changed"))
    assert state.decide("Example", [polled(again)]) == []
    assert state.decide("Example", [polled(again)]) == []
    (updated,) = state.decide("Example", [polled(changed)])
    assert (updated.entry_id, updated.version) == (old.entry_id, 4)


def test_the_first_version_of_a_reverted_entry_is_found_in_the_output() -> None:
    written: list[KnownEntry] = []
    asked: list[set[str]] = []

    def look_up(entry_ids: set[str], *_: Any) -> list[KnownEntry]:
        asked.append(entry_ids)
        return written

    state = FakeState(StreamingVersionEntries(WINDOW, look_up))
    first = make_entry("a", published=NOW - timedelta(hours=1))
    second = replace(first, content_hash=ids.digest("two"))
    for days, entry in enumerate((first, second)):
        (decided,) = state.decide("Example", [polled(entry, fetched_at=NOW + timedelta(days=20 * days))])
        written.append(as_known_entry(decided))
    assert asked == [{first.entry_id}]  # when it was new
    # The first version has left the window, the second one has not. Another feed may still say the first.
    later = NOW + timedelta(days=45)
    assert state.decide("Example", [polled(first, feed_url="another", fetched_at=later)]) == []
    (decided,) = state.decide("Example", [polled(first, fetched_at=later)])
    assert decided.version == 3
    assert state.decide("Example", [polled(first, fetched_at=later)]) == []
    third = replace(first, content_hash=ids.digest("three"))
    (decided,) = state.decide("Example", [polled(third, fetched_at=later)])
    assert decided.version == 4
    assert len(asked) == 2


def test_an_old_entry_is_found_by_its_link_and_a_text_by_its_content() -> None:
    published = NOW - timedelta(days=90)
    linked = make_entry("guid", url="https://example.org/1", link_is_identity=True, published=published, title="T")
    text = replace(make_entry("a.txt", "words", published=None, title="", version=1), format="text")
    before = NOW - timedelta(days=80)
    written = Written(
        (
            as_known_entry(replace(linked, version=1, fetched_at=before)),
            as_known_entry(replace(text, fetched_at=before)),
        )
    )
    state = FakeState(StreamingVersionEntries(WINDOW, written))
    renamed = replace(linked, entry_id=ids.entry_id("Example", "other"), content_hash=ids.digest("two"))
    (updated,) = state.decide("Example", [polled(renamed)])
    assert (updated.entry_id, updated.version) == (linked.entry_id, 2)
    moved = replace(text, entry_id=ids.entry_id("Example", "b.txt"), version=0)
    assert state.decide("Example", [polled(moved)]) == []


def test_an_entry_in_state_is_not_looked_up() -> None:
    asked: list[set[str]] = []

    def look_up(entry_ids: set[str], *_: Any) -> list[KnownEntry]:
        if not asked:
            asked.append(entry_ids)
            return []
        raise AssertionError("asked again")

    state = FakeState(StreamingVersionEntries(WINDOW, look_up))
    first = make_entry("a")
    assert len(state.decide("Example", [polled(first)])) == 1
    assert state.decide("Example", [polled(first)]) == []
    (second,) = state.decide("Example", [polled(replace(first, content_hash=ids.digest("two")))])
    assert (second.version, asked) == (2, [{first.entry_id}])
    with pytest.raises(AssertionError, match="asked again"):
        state.decide("Example", [polled(make_entry("b"))])
    assert state.decide("Example", [polled(first)]) == []  # the failure left the index right


def test_a_warm_start_has_what_is_in_the_output() -> None:
    entries = FakeState(
        StreamingVersionEntries(WINDOW, nothing_written, Warm((as_known_entry(make_entry("a", version=1)),)))
    )
    assert entries.decide("Example", [polled(make_entry("a"))]) == []


def archive(members: int, name: str = "a.zip", **fields: Any) -> list[PolledEntries]:
    """Return the documents of an archive: member n has n % 3 entries, the first of which every member has."""
    return [
        polled(
            *(make_entry(f"{name} {place and number} {place}", published=NOW) for place in range(number % 3)),
            of=members * (number == members - 1),
            feed_url=name,
            **fields,
        )
        for number in range(members)
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [1, 3, 7, 40])
def test_members_of_archives_are_counted_in_any_order_and_in_packs_of_any_size(size: int, seed: int) -> None:
    documents = [*archive(12), *archive(10, "b.zip"), polled(make_entry("c"), feed_url="c"), polled(feed_url="d")]
    random.Random(seed).shuffle(documents)
    state = FakeState(StreamingVersionEntries(WINDOW, nothing_written))
    for start in range(0, len(documents), size):
        state.decide("k", documents[start : start + size])
    expected = [("a.zip", 12, 5, 5), ("b.zip", 9, 4, 4), ("c", 1, 1, 1), ("d", 0, 0, 0)]
    assert sorted(map(counts, state.polls)) == expected
    assert not decode_open_polls(state.open_polls.value)
    assert bool(state.open_polls.used) == (size < len(documents))


def test_a_poll_is_emitted_when_its_last_document_has_arrived() -> None:
    *others, last = archive(6)
    state = FakeState(StreamingVersionEntries(WINDOW, nothing_written))
    state.decide("k", [last, *others[1:]])
    assert state.polls == []
    state.decide("k", archive(2, fetched_at=NOW + timedelta(minutes=15)))  # it has changed meanwhile: another poll
    assert list(map(counts, state.polls)) == [("a.zip", 1, 0, 0)]
    state.decide("k", others[:1])
    assert list(map(counts, state.polls[1:])) == [("a.zip", 6, 3, 3)]


def test_what_is_unchanged_or_updated_is_not_new() -> None:
    state = FakeState(StreamingVersionEntries(WINDOW, nothing_written))
    a, b, c = map(make_entry, "abc")
    for document in (polled(a, b), polled(a, replace(b, content_hash=ids.digest("two")), c), polled(a, c)):
        state.decide("k", [document])
    assert list(map(counts, state.polls)) == [("feed", 2, 2, 2), ("feed", 3, 1, 2), ("feed", 2, 0, 0)]


def test_dead_letters_are_rows_of_their_poll() -> None:
    state = FakeState(StreamingVersionEntries(WINDOW, nothing_written))
    first, last = archive(2)
    state.decide("k", [replace(first, dead_letters=2), replace(last, dead_letters=1)])
    assert list(map(counts, state.polls)) == [("a.zip", 1, 1, 4)]


def test_of_too_many_open_polls_the_oldest_are_emitted_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsbeam.transforms.dedup.version_entries.MAX_OPEN_POLLS", 2)
    counted: Counter[str] = Counter()
    state = FakeState(StreamingVersionEntries(WINDOW, nothing_written))
    with listening(lambda name, number: counted.update({name: number})):
        for place in (2, 0, 3, 1):
            state.decide("k", archive(3, f"{place}.zip", fetched_at=NOW + timedelta(minutes=place))[1:2])
    assert list(map(counts, state.polls)) == [("0.zip", 1, 1, 1), ("1.zip", 1, 1, 1)]
    assert counted[metrics.STATE_FULL] == 2
    assert len(decode_open_polls(state.open_polls.value)) == 2


def test_packs_are_full_by_their_entries_and_a_document_is_never_divided() -> None:
    sizes = [0] * 99 + [3, 40, 59, 1, 250, 0, 99, 1, 5]
    packing = _PackFn(lambda _: "k", _entries_of)
    packing.start_bundle()
    documents = [polled(*map(make_entry, map(str, range(size)))) for size in sizes]
    packs = [pack for document in documents for _, pack in packing.process(document)]
    packs += [value.value[1] for value in packing.finish_bundle()]
    found = [[len(document.value) for document in pack.items] for pack in packs]
    assert found == [[0] * 99 + [3], [40, 59, 1], [250], [0, 99], [1, 5]]


def test_polls_of_a_graph() -> None:
    feed = [make_entry(f"of a feed {number}") for number in range(250)]
    documents = [*archive(130), polled(*feed, feed_url="feed"), *archive(7, "b.zip")]
    random.Random(3).shuffle(documents)
    found = {"a.zip": (129, 44), "b.zip": (6, 3), "feed": (250, 250)}
    expected = [
        PollTotals(replace(polled(feed_url=name).poll, entries=entries, entries_new=new), new)
        for name, (entries, new) in found.items()
    ]
    run(documents, counted_polls(), expected, counts)


def test_instances_of_one_process_share_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker has several instances, and the bundles of a key go to any of them."""
    made = []
    make = KeyedIndex.open

    def opened(self: KeyedIndex[Any, Any], *args: Any) -> Any:
        made.append(id(self))
        return make(self, *args)

    monkeypatch.setattr(KeyedIndex, "open", opened)
    fn = _stateful_fn(StreamingVersionEntries(WINDOW, nothing_written))
    state = (FakeValue(), *(FakeBag() for _ in range(4)), FakeValue())
    for number in range(3):
        instance = pickler.loads(pickler.dumps(fn))
        instance.setup()
        list(instance.process(("k", Pack([polled(make_entry(str(number)))])), *state))
    assert len(set(made)) == 1
