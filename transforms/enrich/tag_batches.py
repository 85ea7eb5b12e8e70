"""Tags batches of stories; runs in worker processes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from newsbeam.transforms.enrich.canary import dead_letter, tag_or_error
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.topics import TopicSettings, tag_topics
from newsbeam.transforms.errors import EnrichError
from newsbeam.transforms.records import DeadLetter, Story, Topic
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.runtime.batches import Batch


def tag_topics_batch(stories: Sequence[Story], settings: TopicSettings) -> Batch[Story]:
    """Return `stories` with the topics of their entries; one that the tagger fails on is also a dead letter."""
    tagged: list[Story] = []
    dead_letters: list[DeadLetter] = []
    for story in stories:
        topics = _topics(story, settings)
        if isinstance(topics, EnrichError):
            text = "\n\n".join((story.entry.title, *(paragraph.text for paragraph in story.paragraphs)))
            dead_letters.append(dead_letter(story.entry, text, "topics", topics))
            topics = ()
        tagged.append(replace(story, entry=replace(story.entry, topics=topics)))
    return Batch(tagged, dead_letters)


def _topics(story: Story, settings: TopicSettings) -> tuple[Topic, ...] | EnrichError:
    return tag_or_error(lambda: tag_topics(story, settings), lambda: tag_topics(_canary(story), settings))


def _canary(story: Story) -> Story:
    """Return the canary: a story in the same language that no tagger can fail on."""
    return Story(replace(story.entry, title="News", subtitle="", summary="", categories=(), subjects=()))


def tag_entities_batch(stories: Sequence[Story], settings: EntitySettings) -> Batch[Story]:
    """Return `stories` with their entities (see `tag_stories`); a text that a model fails on is a dead letter."""
    paragraphs = sum(len(story.paragraphs) for story in stories)
    if not settings.models:  # entities are switched off, which is not the lack of a model
        return Batch(stories, counts={metrics.PARAGRAPHS_TAGGED: paragraphs})
    # Here, so that the main process, which only sends batches to worker processes, doesn't load spaCy.
    from newsbeam.transforms.enrich.entities import tag_stories

    tagged = tag_stories(stories, settings)
    entities = sum(len(paragraph.entities) for story in tagged.stories for paragraph in story.paragraphs)
    counts = {f"{metrics.WITHOUT_MODEL}:{language}": number for language, number in tagged.without_model.items()}
    counts |= {metrics.ENTITIES: entities, metrics.PARAGRAPHS_TAGGED: paragraphs}
    return Batch(tagged.stories, tagged.dead_letters, counts)


def load_models(models: Mapping[str, str]) -> None:
    """Load all models, so that the first batch doesn't wait for them."""
    if not models:
        return
    from newsbeam.transforms.enrich.models import load_model

    for name in models.values():
        load_model(name)
