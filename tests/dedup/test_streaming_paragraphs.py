"""The decisions of a stream are those of one process: of any number of partitions, in any order, after any kill."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from benchmarks.lib.corpus import stories as corpus
from benchmarks.lib.pairs import paragraphs_of
from newsbeam.transforms import ids
from newsbeam.transforms.common.wording import fingerprint
from newsbeam.transforms.dedup.in_order import OrderError
from newsbeam.transforms.dedup.index.decisions import Decider
from newsbeam.transforms.dedup.index.partition import PartitionIndex
from newsbeam.transforms.dedup.index_settings import IndexSettings
from newsbeam.transforms.dedup.paragraphs import add_band_keys, are_of, as_known, decide_stories, deduplicate
from newsbeam.transforms.dedup.streaming_paragraphs import PartitionsChangedError, StreamingDeduplicateParagraphs
from newsbeam.transforms.records import Entry, KnownParagraph, Paragraph, Story
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.counters import listening
from testing.partitioned import Partitioned
from testing.shared_data import MISSING, shared_data
from tests.support.prism import on_prism, timeline

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
WINDOW = timedelta(days=30)
LONG = (
    "The ferry company said on Monday that it would resume crossings to the outer islands next week, after the "
    "inspection of its three oldest ships had found no further damage to their hulls."
)
WORDS = [
    "harbour",
    "council",
    "minister",
    "vote",
    "bridge",
    "ferry",
    "coast",
    "guard",
    "school",
    "budget",
    "winter",
    "storm",
    "road",
    "closed",
    "opened",
    "price",
    "rose",
    "fell",
    "percent",
    "million",
    "workers",
    "strike",
    "talks",
    "agreement",
    "court",
    "judge",
    "ruling",
    "appeal",
    "police",
    "found",
    "missing",
    "boat",
    "north",
    "south",
    "island",
    "city",
    "market",
    "report",
    "said",
    "would",
    "after",
    "before",
    "its",
    "their",
    "new",
    "old",
    "three",
    "four",
    "first",
    "second",
    "week",
    "month",
]


def make_story(name: str, *texts: str, **fields: Any) -> Story:
    given = {"published": NOW, "version": 1, "fetched_at": NOW, **fields}
    entry = Entry(ids.entry_id("Example", name), "Example", "feed", "rss20", **given)
    marks = [(place, text, fingerprint(text)) for place, text in enumerate(texts)]
    paragraphs = tuple(
        Paragraph(
            ids.paragraph_id(entry.entry_id, 1, place, mark), entry.entry_id, 1, place, text, "paragraph", "en", mark
        )
        for place, text, mark in marks
    )
    return add_band_keys([Story(entry, paragraphs)])[0]


def edited(chance: random.Random, text: str) -> str:
    """Return a text as another desk would print it: anything from a bullet to another number."""
    words = text.split()
    for _ in range(chance.randrange(3)):
        place = chance.randrange(len(words))
        match chance.randrange(5):
            case 0:
                words[place] = chance.choice(WORDS)
            case 1:
                words.insert(place, chance.choice(WORDS))
            case 2 if len(words) > 8:
                del words[place]
            case 3:
                words = words[: max(9, len(words) * 2 // 3)]
            case 4:
                words.insert(place, str(chance.randrange(90)))
    return chance.choice(["", "- "]) + " ".join(words)


def news(seed: int, number: int = 60) -> list[Story]:
    """Return stories that repeat each other's paragraphs, edited; some have none, some come with another date."""
    chance, texts = random.Random(seed), [LONG]
    found = []
    for place in range(number):
        paragraphs = []
        for _ in range(chance.choice([0, 1, 3, 6])):
            old = edited(chance, chance.choice(texts))
            new = " ".join(chance.choices(WORDS, k=chance.choice([4, 9, 15, 30]))).capitalize() + "."
            paragraphs.append(old if chance.random() < 0.6 else new)
        texts += paragraphs
        dates = {"published": chance.choice([None, NOW - timedelta(hours=chance.randrange(40))])}
        found.append(make_story(f"{seed} {place}", *paragraphs, fetched_at=NOW + timedelta(minutes=place), **dates))
    return found


def packs_of(stories: Sequence[Story], chance: random.Random) -> Iterator[list[Story]]:
    rest = list(stories)
    while rest:
        size = chance.randrange(1, 9)
        yield rest[:size]
        rest = rest[size:]


def in_one_process(packs: Sequence[Sequence[Story]], index: PartitionIndex | None = None) -> list[Story]:
    index, decider, first, found = index or PartitionIndex(), Decider(), 1 << 32, []
    for pack in packs:
        found += decide_stories(pack, index, decider, first)
        first += sum(len(story.paragraphs) for story in pack)
    return found


def kinds(stories: Sequence[Story]) -> Counter[str]:
    paragraphs = [paragraph for story in stories for paragraph in story.paragraphs]
    return Counter(each.duplicate_kind or ("update" if each.update_of else "new") for each in paragraphs)


def settings(partitions: int = 1, **fields: Any) -> IndexSettings:
    return IndexSettings(**{"window": WINDOW, "memory": 10_000_000, "partitions": partitions, **fields})


@pytest.mark.parametrize("seed", range(6))
def test_any_number_of_partitions_decides_as_one_process_whatever_the_order_of_delivery(seed: int) -> None:
    packs = list(packs_of(news(seed), random.Random(seed)))
    expected = in_one_process(packs)
    assert len(kinds(expected)) == 5  # new, exact, near, contained and update
    for partitions in (1, 4, 16):
        engine = Partitioned(settings(partitions), chance=random.Random(seed))
        assert engine.decide(*packs) == expected


@pytest.mark.parametrize("seed", range(3))
def test_packs_of_any_size_in_canonical_order_give_what_one_pack_gives(seed: int) -> None:
    whole = deduplicate(news(seed), [])
    packs = list(packs_of([replace(story, paragraphs=()) for story in whole], random.Random(seed)))
    given = {story.entry.entry_id: story for story in news(seed)}
    packs = [[given[story.entry.entry_id] for story in pack] for pack in packs]
    assert Partitioned(settings(4)).decide(*packs) == whole


@pytest.mark.parametrize("seed", range(6))
def test_kills_and_rollbacks_change_nothing(seed: int) -> None:
    chance = random.Random(seed)
    packs = list(packs_of(news(seed), chance))
    expected = in_one_process(packs)
    engine, sent = Partitioned(settings(4), chance=chance), 0
    checkpoint = engine.checkpoint(), sent
    while sent < len(packs) or engine.waiting:
        if sent < len(packs):
            engine.send(packs[sent])
            sent += 1
        engine.deliver(chance.randrange(12))
        match chance.randrange(6):
            case 0:
                engine.kill()
            case 1:
                checkpoint = engine.checkpoint(), sent
            case 2:
                engine.restore(checkpoint[0])
                sent = checkpoint[1]
    assert engine.decided == expected


def test_two_alike_paragraphs_in_flight_at_once_find_each_other() -> None:
    stories = [make_story(str(number), LONG.replace("next week", "soon")) for number in range(2)]
    for seed in range(8):
        engine = Partitioned(settings(4), chance=random.Random(seed))
        first, second = engine.decide(*([story] for story in stories))
        assert second.paragraphs[0].duplicate_of == first.paragraphs[0].paragraph_id


def test_stories_without_paragraphs_are_decided_too() -> None:
    engine = Partitioned(settings(4))
    stories = [make_story("empty"), make_story("full", LONG), make_story("empty again"), make_story("copy", LONG)]
    assert [story.entry for story in engine.decide(*([story] for story in stories))] == [each.entry for each in stories]


def test_what_has_left_the_window_is_new_again_and_counted() -> None:
    counted: Counter[str] = Counter()
    engine = Partitioned(settings(4))
    found = []
    with listening(lambda name, number: counted.update({name: number})):
        for days in (0, 29, 41, 45, 90, 200):
            found += engine.decide([make_story(f"day {days}", LONG, fetched_at=NOW + timedelta(days=days))])
            engine.kill()
    assert [story.paragraphs[0].duplicate_kind for story in found] == [None, "exact", None, "exact", None, None]
    assert counted[f"{metrics.PARAGRAPHS_FORGOTTEN}:age"] == 3
    assert counted[f"{metrics.PARAGRAPHS_FORGOTTEN}:memory"] == 0


@pytest.mark.parametrize("partitions", [1, 4])
def test_what_the_memory_is_too_small_for_is_forgotten_oldest_first_and_counted(partitions: int) -> None:
    counted: Counter[str] = Counter()
    engine = Partitioned(settings(partitions, memory=20_000))
    texts = [" ".join(random.Random(number).choices(WORDS, k=25)) for number in range(150)]
    with listening(lambda name, number: counted.update({name: number})):
        for number, text in enumerate(texts):
            engine.decide([make_story(str(number), text, fetched_at=NOW + timedelta(minutes=number))])
        again = engine.decide(*([make_story(f"again {number}", texts[number])] for number in (0, 140)))
    assert [story.paragraphs[0].duplicate_kind for story in again] == [None, "exact"]
    assert 70 < counted[f"{metrics.PARAGRAPHS_FORGOTTEN}:memory"] < 130
    assert counted[f"{metrics.PARAGRAPHS_FORGOTTEN}:age"] == 0
    engine.kill()
    (found,) = engine.decide([make_story("after a restart", texts[141])])
    assert found.paragraphs[0].duplicate_kind == "exact"


def test_a_copy_stands_in_the_index_for_a_later_one_that_outlives_its_original() -> None:
    copy = LONG.replace("next week,", "next week, it added,")
    days = [(0, LONG), (25, copy), (36, copy), (37, copy)]
    engine = Partitioned(settings(4))
    found = [
        engine.decide([make_story(str(day), text, fetched_at=NOW + timedelta(days=day))])[0].paragraphs[0]
        for day, text in days
    ]
    assert [each.duplicate_kind for each in found] == [None, "near", None, "exact"]
    assert found[3].duplicate_of == found[2].paragraph_id


def test_a_warm_start_has_what_is_in_the_output() -> None:
    written = [make_story(f"written {number}", LONG.replace("three", str(number + 20))) for number in range(9)]
    known = [as_known(story.paragraphs[0], story.entry) for story in written]
    known.append(replace(known[0], paragraph_id="0" * 40, fingerprint="0" * 32, key_format=1, text="Old keys."))

    def of_partition(partition: int, partitions: int) -> list[KnownParagraph]:
        mine = are_of(partition, partitions, [each.fingerprint for each in known])
        return [each for each, is_mine in zip(known, mine.tolist(), strict=True) if is_mine]

    for kill in (False, True):
        engine = Partitioned(settings(4), of_partition)
        engine.decide([make_story("another", "Something else.")])
        if kill:
            engine.kill()
        found = engine.decide([make_story("new", *(story.paragraphs[0].text for story in written))])
        assert [each.duplicate_of for each in found[0].paragraphs] == [each.paragraph_id for each in known[:9]]


def test_another_number_of_partitions_is_an_error_that_says_what_to_do() -> None:
    engine = Partitioned(settings(4))
    engine.decide([make_story("a", LONG)])
    other = Partitioned(settings(8), states=engine.states)
    with pytest.raises(PartitionsChangedError, match=r"written with dedup\.partitions: 4, and the config has 8"):
        other.send([make_story("b", LONG)])


def test_too_many_early_packs_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsbeam.transforms.dedup.in_order.MAX_EARLY", 3)
    engine = Partitioned(settings())
    for number in range(6):
        engine.send([make_story(str(number))])
    del engine.waiting[0]
    with pytest.raises(OrderError, match="4 packs wait for pack 0, which does not arrive"):
        engine.deliver()


@pytest.mark.slow
def test_a_rebuilt_partition_answers_as_before_and_needs_few_bytes() -> None:
    texts = [" ".join(random.Random(number).choices(WORDS, k=30)) for number in range(3_000)]
    stories = [make_story(str(start), *texts[start : start + 100]) for start in range(0, len(texts), 100)]
    engine = Partitioned(settings(1))
    engine.decide(*([story] for story in stories))
    checkpoint = engine.checkpoint()
    again = [make_story("again", *(edited(random.Random(1), text) for text in texts[:200]))]
    expected = engine.decide(again)
    (index,) = engine.indexes()
    size = index.nbytes
    engine.restore(checkpoint)
    engine.kill()
    assert engine.decide(again) == expected
    assert size / len(texts) < 350


@pytest.mark.skipif(shared_data() is None, reason=MISSING)
@pytest.mark.slow
def test_reuters_is_decided_alike_by_any_number_of_partitions() -> None:
    texts = [list(paragraphs_of(body)) for _, body in corpus(700)]
    stories = [
        make_story(str(number), *each, published=NOW + timedelta(minutes=number)) for number, each in enumerate(texts)
    ]
    packs = [stories[start : start + 50] for start in range(0, len(stories), 50)]
    expected = deduplicate(stories, [])
    assert kinds(expected)["near"] + kinds(expected)["update"] > 20
    for partitions in (1, 4, 16):
        assert Partitioned(settings(partitions), chance=random.Random(1)).decide(*packs) == expected


def test_stories_pass_a_graph_unchanged_but_for_their_marks() -> None:
    stories = news(1, 30)
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        found = pipeline | beam.Create(stories, reshuffle=False) | StreamingDeduplicateParagraphs(settings(4))
        assert_that(found, equal_to(deduplicate(stories, [])))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Beam's own sockets to Prism
def test_bundle_after_bundle_on_prism() -> None:
    """Stories are decided in order of arrival, as in one batch."""
    stories = deduplicate(news(2), [])
    given = {story.entry.entry_id: story for story in news(2)}
    ordered = [given[story.entry.entry_id] for story in stories]
    bundles = timeline(*((1, ordered[start : start + 5]) for start in range(0, len(ordered), 5)))
    with on_prism() as pipeline:
        found = pipeline | bundles | StreamingDeduplicateParagraphs(settings(4))
        assert_that(found, equal_to(stories))
