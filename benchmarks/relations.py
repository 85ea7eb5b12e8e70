"""How stories relate: events of Reuters and feeds, furniture of 20 sources, agency copy, the cost of a decision."""

import csv
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.lib.corpus import corpus_name, dated_stories
from benchmarks.lib.figures import Figure, scaled
from newsbeam.transforms.common.story_keys import story_keys
from newsbeam.transforms.dedup.paragraphs import add_band_keys, deduplicate
from newsbeam.transforms.dedup.relations.light import light_story
from newsbeam.transforms.dedup.relations.relate import RelationIndex, apply, relate
from newsbeam.transforms.ids import entry_id
from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document, Entry, Story
from newsbeam.transforms.text.split import split_entry
from testing.edits import EDITS, pairs
from testing.furniture import LINES
from testing.shared_data import shared_data

LABELS = Path(__file__).parents[1] / "tests" / "data" / "duplicates"
STORIES, SOURCES, EACH, OF_SOURCE, COPIES = 21_578, 20, 10, 60, 100
_NAMES = {"APNews": "AP News", "AFPFaktencheck": "AFP Faktencheck"}
_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def events(scale: float = 1.0) -> Iterator[Figure]:
    """Yield B-cubed F1 of labelled events, and the cost of a decision in the order of arrival."""
    labels = _labels("stories.tsv")
    stories = [_reuters(*each) for each in enumerate(dated_stories(scaled(STORIES, scale, 500)))]
    marked = deduplicate(add_band_keys(stories), ())
    light = [light_story(story) for story in marked]
    index = RelationIndex()
    started = time.perf_counter()
    decided = relate(light, index, look_ahead=False)
    spent = time.perf_counter() - started
    root = index.root
    found = {known.entry_id: root(known.story_id) for known, _ in decided}
    numbers = {entry_id("reuters", str(number)): f"r{number}" for number in range(len(stories))}
    by_number = {numbers[entry]: story for entry, story in found.items()}
    for part in ("dev", "test"):
        yield _b_cubed(
            f"events.reuters_{part}", by_number, {row["entry"]: row["story"] for row in labels if row["part"] == part}
        )
    wanted = {row["entry"]: row["story"] for row in labels if row["part"] == "feeds"}
    yield _b_cubed("events.feeds", _of_feeds(), wanted)
    paragraphs = sum(len(story.words) for story in light)
    note = f"{len(light):,} stories, {paragraphs:,} paragraphs of {corpus_name()}, one after another"
    yield Figure("events.cost", spent / max(1, paragraphs) * 1e6, "<= 20", "us", note)


def furniture(scale: float = 1.0) -> Iterator[Figure]:
    """Yield precision and recall of planted lines that recur in 20 sources, beside wire copy and background."""
    chance = random.Random(20)
    bodies = iter([(title, body) for title, body, _ in dated_stories(3_000) if body])
    stories, planted = [], set()
    for source in range(scaled(SOURCES, scale, 4)):
        lines = chance.sample(LINES, EACH)
        for number in range(OF_SOURCE):
            title, body = next(bodies)
            texts = [*_sentences(body), *(line for line in lines if chance.random() < 0.2 or number < 3)]
            stories.append(_entry(f"Source {source}", f"{number}", title, texts, _NOON + timedelta(hours=number)))
        planted |= {(f"Source {source}", line) for line in lines}
    _, body = next(bodies)
    for place, story in enumerate(stories):  # wire copy that all print, every fifth source in four of its stories
        source, number = divmod(place, OF_SOURCE)
        if number in ((5, 15, 25, 35) if source % 5 == 0 else (5,)):
            stories[place] = _with(story, [*(each.text for each in story.paragraphs), *_sentences(body)[:2]])
    found = Counter(
        (paragraph.furniture, (story.entry.source, paragraph.text) in planted)
        for story in _related(stories)
        for paragraph in story.paragraphs
    )
    right, note = found[True, True], f"{right_of(found)} lines of furniture, {found.total():,} paragraphs"
    yield Figure("furniture.precision", right / max(1, right + found[True, False]), ">= 0.98", "share", note)
    yield Figure("furniture.recall", right / max(1, right + found[False, True]), ">= 0.95", "share", note)


def right_of(found: Mapping[tuple[bool, bool], int]) -> int:
    """Return how many paragraphs were planted."""
    return found[True, True] + found[False, True]


def agencies(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the share of labelled paragraphs whose agency is right, and of copies whose origin is the agency."""
    pages = _pages()
    right = total = 0
    for row in _labels("agencies.tsv") if pages else ():
        _, name, page = row["page"].split(":")
        for paragraph in pages[name, page].paragraphs[int(row["first"]) : int(row["last"]) + 1]:
            right += paragraph.agency == row["agency"]
            total += 1
    if total:
        yield Figure("agencies.accuracy", right / total, ">= 0.95", "share", f"{total} paragraphs of 22 pages")
    yield _direction(scaled(COPIES, scale, 10))


def _direction(count: int) -> Figure:
    """Return the share of copies in newspapers, half of them dated before the agency's, whose origin is the agency."""
    texts = [text for _, body, _ in dated_stories(4_000) for text in _paragraphs(body) if 15 <= len(text.split()) <= 60]
    copied = [pair for pair in pairs(texts, count) if pair.right in ("exact", "near", "contained")][: 4 * count]
    stories = []
    for number, pair in enumerate(copied):
        hours = number + (-0.5 if number % 2 else 0.5)
        stories.append(_entry("Reuters", f"a{number}", f"Wire {number}", [pair.old], _NOON + timedelta(hours=number)))
        stories.append(_entry("Courier", f"c{number}", f"Paper {number}", [pair.new], _NOON + timedelta(hours=hours)))
    related = {story.entry.title: story for story in _related(stories)}
    found = Counter()
    for number in range(len(copied)):
        agency, paper = related[f"Wire {number}"].paragraphs[0], related[f"Paper {number}"].paragraphs[0]
        found["reversed"] += bool(agency.origin_paragraph or agency.copy_kind)
        found["right"] += paper.agency == "Reuters" and not agency.copy_kind
    note = f"{len(copied)} copies, {len(EDITS)} kinds of edits, every other one is dated before the agency's"
    return Figure(
        "agencies.direction", found["right"] / max(1, len(copied)), "", "share", f"{note}; {found['reversed']} reversed"
    )


def _related(stories: Sequence[Story]) -> list[Story]:
    marked = {story.entry.entry_id: story for story in deduplicate(add_band_keys(stories), ())}
    decided = relate(map(light_story, marked.values()), RelationIndex(), look_ahead=True)
    return [apply(marked[known.entry_id], decision) for known, decision in decided]


def _reuters(number: int, story: tuple[str, str, datetime]) -> Story:
    title, body, date = story
    return _entry("reuters", str(number), title, _paragraphs(body), date)


def _paragraphs(body: str) -> list[str]:
    parts = body.replace("\n    ", "\n\n").split("\n\n")
    return [text for part in parts if (text := " ".join(part.split())) and text.casefold().strip(". ") != "reuter"]


def _sentences(body: str) -> list[str]:
    """Return the paragraphs that are sentences: the labels of the rows of tables recur like furniture."""
    return [text for text in _paragraphs(body) if text.endswith(".")]


def _entry(source: str, name: str, title: str, texts: Iterable[str], published: datetime) -> Story:
    entry = Entry(
        entry_id(source, name), source, f"{source}/rss", "rss20", published, 1, title=title, published=published
    )
    return _with(Story(entry), texts)


def _with(story: Story, texts: Iterable[str]) -> Story:
    content = "".join(f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p>" for text in texts)
    return _keyed(split_entry(replace(story.entry, content=content)).story)


def _keyed(story: Story) -> Story:
    return replace(story, entry=replace(story.entry, story_keys=story_keys(story.entry.title, story.paragraphs)))


def _of_feeds() -> dict[str, str]:
    """Return the story of each entry of the feeds in the public test data that have labels, by file and position."""
    data = shared_data()
    names = {row["entry"].split(":")[1] for row in _labels("stories.tsv") if row["part"] == "feeds"} if data else ()
    stories, places = [], {}
    for name in sorted(names):
        path = data / "feeds" / "real" / name
        document = Document(name, path.read_bytes(), datetime(2026, 2, 18, 12, tzinfo=UTC), name, name, source_id=name)
        for place, entry in enumerate(parse_document(document).entries):
            places[entry.entry_id] = f"w:{name}:{place}"
            stories.append(_keyed(split_entry(replace(entry, version=1)).story))
    return {places[story.entry.entry_id]: story.entry.story_id for story in _related(stories)}


def _pages() -> dict[tuple[str, str], Story]:
    """Return the pages of the public test data as stories, by file and name."""
    data, found = shared_data(), {}
    for path in sorted((data / "articles" / "fundus").rglob("*.json")) if data else ():
        for page, article in json.loads(path.read_text(encoding="utf-8")).items():
            body = article.get("body") if isinstance(article, dict) else None
            if body:
                texts = [*body.get("summary", ()), *(text for part in body["sections"] for text in part["paragraphs"])]
                story = _entry(_NAMES.get(path.stem, path.stem), page, article.get("title") or "", (), _NOON)
                authors = tuple(map(str, article.get("authors") or ()))
                found[path.name, page] = _with(replace(story, entry=replace(story.entry, authors=authors)), texts)
    return found


def _labels(name: str) -> list[dict[str, str]]:
    with (LABELS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _b_cubed(name: str, found: Mapping[str, str], right: Mapping[str, str]) -> Figure:
    """Return the B-cubed F1 of labelled entries (Bagga and Baldwin, 1998), with the precision and recall as a note."""
    wanted = [entry for entry in right if entry in found]
    together: defaultdict[str, list[str]] = defaultdict(list)
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for entry in wanted:
        together[found[entry]].append(entry)
        alike[right[entry]].append(entry)
    precision = recall = 0.0
    for entry in wanted:
        same = sum(right[other] == right[entry] for other in together[found[entry]])
        precision += same / len(together[found[entry]]) / len(wanted)
        recall += same / len(alike[right[entry]]) / len(wanted)
    f1 = 2 * precision * recall / (precision + recall) if wanted else 1.0
    note = f"{len(wanted)} entries of {len(alike)} events; precision {precision:.3f}, recall {recall:.3f}"
    return Figure(name, f1, ">= 0.9", "share", note)
