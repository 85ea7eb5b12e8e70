"""Judges topics against labels: accuracy by label, confusion, calibration. No Beam here."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from newsbeam.transforms.enrich.topic_vocabulary import top_level
from newsbeam.transforms.enrich.topics import TopicSettings, tag_topics
from newsbeam.transforms.records import Entry, Paragraph, Story, Topic

BINS = 10


@dataclass(frozen=True)
class Judged:
    """What a story was given, and what is right.

    Attributes:
        right: Qcodes of the first level; each is right.
        topics: Its topics of the first level, the most certain first.
    """

    right: frozenset[str]
    topics: tuple[Topic, ...]

    @property
    def best(self) -> str:
        """The most certain topic; "" for none."""
        return self.topics[0].qcode if self.topics else ""

    @property
    def is_right(self) -> bool:
        """Whether that is right."""
        return self.best in self.right


@dataclass(frozen=True)
class Bin:
    """Stories whose best score is in one tenth: how many, their mean score, and how many of them are right."""

    count: int
    score: float
    right: float


def story_of(title: str, text: str, language: str) -> Story:
    """Return a story of a title and a text with a paragraph a line."""
    entry = Entry("e", "evaluation", "", "text", datetime.now(UTC), title=title, language=language)
    lines = [line for line in text.splitlines() if line.strip()]
    return Story(
        entry, tuple(Paragraph(str(at), "e", 0, at, line, "paragraph", language, "") for at, line in enumerate(lines))
    )


def best_of(story: Story, settings: TopicSettings) -> tuple[Topic, ...]:
    """Return the topics of the first level of a story, the most certain first."""
    return tuple(topic for topic in tag_topics(story, settings) if top_level(topic.qcode) == topic.qcode)


def calibration(judged: Iterable[Judged]) -> list[Bin]:
    """Return the bins of the best score that have stories, the lowest first."""
    scores: dict[int, list[tuple[float, bool]]] = {}
    for each in judged:
        if each.topics:
            score = each.topics[0].score
            # A score of 1 is in the last bin.
            scores.setdefault(min(int(score * BINS), BINS - 1), []).append((score, each.is_right))
    return [_bin(scores[number]) for number in sorted(scores)]


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return the mean distance of score and share of right ones, over bins by their number of stories (ECE)."""
    bins = calibration(judged)
    stories = sum(each.count for each in bins)
    return sum(each.count * abs(each.score - each.right) for each in bins) / max(stories, 1)


def confusion(judged: Iterable[Judged]) -> Iterator[tuple[str, str, int]]:
    """Yield (a right topic, the one found, how often), the most frequent error first; "" for no topic."""
    errors: Counter[tuple[str, str]] = Counter()
    for each in judged:
        if not each.is_right:
            errors[min(each.right), each.best] += 1
    for (right, found), count in sorted(errors.items(), key=lambda item: (-item[1], item[0])):
        yield right, found, count


def _bin(scores: Sequence[tuple[float, bool]]) -> Bin:
    count = len(scores)
    return Bin(count, sum(score for score, _ in scores) / count, sum(right for _, right in scores) / count)
