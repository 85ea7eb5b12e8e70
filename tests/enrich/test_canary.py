"""A text that a tagger fails on is a dead letter and is written without tags; a broken tagger fails the run."""

import pytest

from newsbeam.transforms.enrich import models, tag_batches
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.tag_batches import tag_entities_batch, tag_topics_batch
from newsbeam.transforms.enrich.topics import TopicSettings, tag_topics
from newsbeam.transforms.errors import BrokenStageError

MODELS = EntitySettings({"en": "en_core_web_sm"})


class OwnError(Exception):
    """An error class of a library."""


ERRORS = [RuntimeError, TypeError, AttributeError, RecursionError, OSError, ValueError, OwnError]


@pytest.fixture
def fail(monkeypatch):
    """Have the entity model and the topic tagger raise an error for texts with certain words; count their calls."""
    calls: list[str] = []

    def fail(error: BaseException, words: str = "poison") -> list[str]:
        def set_entities(pipes, docs, real=models._set_entities):
            check(" ".join(doc.text for doc in docs))
            real(pipes, docs)

        def topics(story, settings):
            check(" ".join((story.entry.title, *(paragraph.text for paragraph in story.paragraphs))))
            return tag_topics(story, settings)

        def check(text: str) -> None:
            calls.append(text)
            if words in text:
                raise error

        monkeypatch.setattr(models, "_set_entities", set_entities)
        monkeypatch.setattr(tag_batches, "tag_topics", topics)
        return calls

    return fail


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("others", [0, 1, 20])
def test_a_text_that_the_model_fails_on(english, make_story, fail, error, others):
    fail(error("a shape\nnobody expected"))
    texts = [f"Angela Merkel saw {number} bridges in Berlin." for number in range(others)]
    poisoned = make_story("Title", "Rome is old.", "This is poison to Oslo.", url="https://example.org/1")
    tagged = tag_entities_batch([make_story("Other", *texts), poisoned], MODELS)
    first, second = tagged.items
    assert all({"Angela Merkel", "Berlin"} <= {each.text for each in p.entities} for p in first.paragraphs)
    assert [len(paragraph.entities) for paragraph in second.paragraphs] == [1, 0]
    [letter] = tagged.dead_letters
    assert (letter.stage, letter.error, letter.uri) == ("enrich", "EnrichError", "https://example.org/1")
    reason = f"{error.__name__}: a shape\nnobody expected"
    assert letter.message == f"no entities for paragraph 1, since tagging failed: {reason}"
    assert letter.payload == b"This is poison to Oslo."
    assert letter.traceback.startswith("Traceback (most recent call last):")
    assert "raise error" in letter.traceback


@pytest.mark.parametrize("error", ERRORS)
def test_a_story_that_the_topic_tagger_fails_on(make_story, fail, error):
    fail(error("unexpected"))
    stories = [
        make_story("Central bank raises interest rates", "Inflation worried economists and investors."),
        make_story("Central bank", "This is poison.", "And more."),
    ]
    tagged = tag_topics_batch(stories, TopicSettings())
    assert [bool(story.entry.topics) for story in tagged.items] == [True, False]
    assert tagged.items[1] == stories[1]
    [letter] = tagged.dead_letters
    assert (letter.stage, letter.error, letter.uri) == ("enrich", "EnrichError", "test.txt")
    assert letter.message == f"no topics, since tagging failed: {error.__name__}: unexpected"
    assert letter.payload == b"Central bank\n\nThis is poison.\n\nAnd more."
    assert "raise error" in letter.traceback


@pytest.mark.parametrize("error", ERRORS)
def test_taggers_that_fail_on_every_text_fail_the_run_at_once(english, make_story, fail, error):
    calls = fail(error("broken"), "")
    stories = [make_story(f"Story {number}", "A text.", "Another one.") for number in range(50)]
    with pytest.raises(BrokenStageError, match="broken"):
        tag_entities_batch(stories, MODELS)
    with pytest.raises(BrokenStageError, match="broken"):
        tag_topics_batch(stories, TopicSettings())
    assert len(calls) == 4


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
def test_errors_that_no_text_causes_are_not_caught(english, make_story, fail, error):
    fail(error())
    stories = [make_story("Title", "This is poison to Oslo.", "Rome is old.")]
    with pytest.raises(error):
        tag_entities_batch(stories, MODELS)
    with pytest.raises(error):
        tag_topics_batch(stories, TopicSettings())
