"""Tags entries with IPTC Media Topics, with scores that are chances. No Beam here.

What an agency says is taken as given. The rest comes from a classifier for the first level and the main topics of the
second (`topic_model`), from the vocabulary below it (`topic_vocabulary`), and from the section that the publisher puts
the entry in (`sections`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from newsbeam.transforms.enrich.other_topics import load_classifier
from newsbeam.transforms.enrich.sections import topics_of_sections
from newsbeam.transforms.enrich.topic_model import topic_model
from newsbeam.transforms.enrich.topic_vocabulary import evidence_of, topic_tree
from newsbeam.transforms.records import Story, Topic


@dataclass(frozen=True)
class TopicSettings:
    """Limits of the topics of an entry.

    Attributes:
        max: At most this many of the most specific topics, the most certain first; their broader ones are added.
        min_scores: The least score (0 to 1) of a topic of the first level, of the second, and below; 0.6 of the
            first is enough for the best topic.
        model: A classifier in place of the one of newsbeam: `transformers:NAME`; see `other_topics`. "" for none.
    """

    max: int = 3
    min_scores: tuple[float, float, float] = (0.2, 0.25, 0.3)
    model: str = ""


_TEXT_CHARS = 4_000  # of the paragraphs; what is after that isn't read

# What a section of the publisher's adds to the logit of its topic: it is right more often than the classifier.
_SECTION_BONUS = 3.0
_SECTION_EVIDENCE = 8.0

_BEST_SHARE = 0.6  # of the least score, that is enough for the best topic
_MOST = 0.999  # 1 is what an agency gives

# Evidence for "none of these" among the topics below one: a word and a half.
_DOUBT = 1.5


def tag_topics(story: Story, settings: TopicSettings) -> tuple[Topic, ...]:
    """Return the topics of a story with their broader ones, the most certain first.

    A score is the chance that the topic is right; that of a broader topic is never lower. Topics among the entry's
    subjects are given: they alone have the score 1, and are never left out.

    Args:
        story: Its title, summary, paragraphs, categories and subjects (qcodes) are read; a story without paragraphs is
            tagged by the others.
        settings: The most topics, and the least scores.
    """
    if not settings.max:
        return ()
    paths = topic_tree().paths
    given = [subject for subject in story.entry.subjects if subject in paths]
    scores = _scores_of(story, settings.model)
    for topic in given:
        scores |= dict.fromkeys(paths[topic], 1.0)
    chosen = _most_specific(scores, settings, given)
    kept = {topic for leaf in chosen for topic in paths[leaf]}
    names = topic_tree().names
    topics = (Topic(topic, names[topic], round(scores[topic], 4)) for topic in kept)
    return tuple(sorted(topics, key=lambda topic: (-topic.score, -len(paths[topic.qcode]), topic.qcode)))


def _scores_of(story: Story, model: str) -> dict[str, float]:
    """Return the score of each topic, below 1: by the classifier of the config, or by ours."""
    if not model:
        scores = _scores(story)
    else:
        text = _text(story)
        scores = dict(load_classifier(model)(text)) if text.strip(" .") else {}
    return {topic: min(score, _MOST) for topic, score in scores.items()}


def _scores(story: Story) -> dict[str, float]:
    """Return the score of each topic that something speaks for."""
    evidence = evidence_of(story)
    sections = topics_of_sections(story.entry.categories)
    paths = topic_tree().paths
    for topic in sections:
        for broader in paths[topic]:
            evidence[broader] = evidence.get(broader, 0.0) + _SECTION_EVIDENCE
    text = _text(story)
    if not evidence and not text.strip():
        return {}
    model = topic_model()
    bonus = {paths[topic][-1]: _SECTION_BONUS for topic in sections}
    scores = model.first_level(text, evidence, bonus)
    for topic, share in model.below(text, evidence).items():
        # The model's shares are those within a topic of the first level.
        scores[topic] = share * scores[paths[topic][-1]]
    return scores | dict(_below_the_model(scores, evidence))


def _below_the_model(scores: Mapping[str, float], evidence: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Yield (topic, score) of topics that only the vocabulary knows: their share of their parent's evidence."""
    found = dict(scores)
    paths = topic_tree().paths
    for topic in sorted(evidence, key=lambda topic: (len(paths[topic]), topic)):
        if topic not in found and (path := paths[topic])[1] in found:
            share = evidence[topic] / (evidence[path[1]] + _DOUBT)
            found[topic] = found[path[1]] * share
            yield topic, found[topic]


def _most_specific(scores: Mapping[str, float], settings: TopicSettings, given: Sequence[str]) -> list[str]:
    """Return the topics with a sufficient score that have none below them: those given, then the most certain."""
    paths = topic_tree().paths
    least = settings.min_scores
    enough = {topic for topic, score in scores.items() if score >= least[min(len(paths[topic]), len(least)) - 1]}
    enough |= _best(scores, least[0])
    # Each level has a least score of its own, so a broader topic may fail its one.
    enough = {topic for topic in enough if enough.issuperset(paths[topic])} | set(given)
    broader = {topic for leaf in enough for topic in paths[leaf][1:]}
    leaves = sorted(enough - broader, key=lambda topic: (topic not in given, -scores[topic], topic))
    # More than `max`, if the agency gives more.
    return leaves[: max(settings.max, sum(topic in given for topic in leaves))]


def _best(scores: Mapping[str, float], least: float) -> set[str]:
    """Return the best topic of the first level if it has part of the least score: an unsure one is better than none."""
    first = (topic for topic in scores if len(topic_tree().paths[topic]) == 1)
    best = max(first, key=lambda topic: (scores[topic], topic), default="")
    return {best} if best and scores[best] >= _BEST_SHARE * least else set()


def _text(story: Story) -> str:
    """Return the title twice, and the beginning of the text."""
    entry = story.entry
    title = f"{entry.title} {entry.subtitle}".strip()
    texts = [paragraph.text for paragraph in story.paragraphs] or [entry.summary]
    body, size = [], 0
    for text in texts:
        body.append(text)
        size += len(text)
        if size >= _TEXT_CHARS:
            break
    return f"{title} . {title} . {' '.join(body)[:_TEXT_CHARS]}"
