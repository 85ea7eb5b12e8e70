import pickle
from dataclasses import replace

import pytest

from newsbeam.transforms.enrich.entities import tag_stories, tag_texts
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.tag_batches import tag_entities_batch
from newsbeam.transforms.errors import BrokenStageError, EnrichError
from newsbeam.transforms.records import Entity
from newsbeam.transforms.runtime import metrics

MODELS = EntitySettings({"en": "en_core_web_sm"})
POISON = "Berlin \ud800 Rome"


def test_text_positions_and_name(english):
    text = "Emmanuel Macron flew to Berlin."
    [entities] = tag_texts([text], english)
    assert [(entity.text, entity.label) for entity in entities] == [("Emmanuel Macron", "PERSON"), ("Berlin", "GPE")]
    assert all(text[entity.start : entity.end] == entity.text == entity.name for entity in entities)


def test_no_texts_and_empty_ones(english):
    assert tag_texts([], english) == []
    assert tag_texts(["", "\n"], english) == [(), ()]


@pytest.mark.parametrize("place", [0, 3, 6])
def test_a_text_that_the_model_fails_on_does_not_affect_others(english, place):
    texts = [f"Berlin has {number} bridges." for number in range(7)]
    expected = tag_texts(texts, english)
    results = tag_texts([*texts[:place], POISON, *texts[place:]], english)
    failed = results.pop(place)
    assert isinstance(failed, EnrichError)
    assert "surrogates not allowed" in str(failed)
    assert str(pickle.loads(pickle.dumps(failed))) == str(failed)
    assert results == expected


def test_longer_than_the_model_takes(english):
    [error] = tag_texts(["x" * 1_000_001], english)
    assert isinstance(error, EnrichError)
    assert "1000001" in str(error)


def test_texts_do_not_influence_each_other(english):
    texts = [
        f"Mayor Li of city number {n} spoke to Reuters in {place}." for n in range(30) for place in ("Oslo", "Rome")
    ]
    assert tag_texts(texts, english) == [tag_texts([text], english)[0] for text in texts]
    assert tag_texts(texts[::-1], english) == tag_texts(texts, english)[::-1]


def test_exact_duplicates_tables_and_code_are_not_tagged(english, make_story):
    story = make_story("Title", *["Angela Merkel was in Berlin."] * 5)
    canonical, exact, table, heading, code = story.paragraphs
    story = replace(
        story,
        paragraphs=(
            canonical,
            replace(exact, duplicate_of=canonical.paragraph_id, duplicate_kind="exact", similarity=1.0),
            replace(table, kind="table"),
            replace(heading, kind="heading"),
            replace(code, kind="code"),
        ),
    )
    tagged = tag_stories([story], MODELS).stories[0]
    assert [len(paragraph.entities) for paragraph in tagged.paragraphs] == [2, 0, 0, 2, 0]
    assert [replace(paragraph, entities=()) for paragraph in tagged.paragraphs] == list(story.paragraphs)
    assert tagged.entry is story.entry


def test_model_by_primary_language_and_the_rest_is_counted(english, make_story):
    text = "Angela Merkel was in Berlin."
    languages = ["en", "en-GB", "EN-us", "de", "de-AT", ""]
    tagged = tag_stories([make_story("Title", text, text, language=language) for language in languages], MODELS)
    assert [len(story.paragraphs[0].entities) for story in tagged.stories] == [2, 2, 2, 0, 0, 0]
    assert tagged.without_model == {"de": 4, "": 2}
    assert tagged.dead_letters == ()


def test_nothing_to_tag_loads_no_model(make_story):
    tagged = tag_stories(
        [make_story("Titel", "Ein Text.", language="de"), make_story("Empty")], EntitySettings({"en": "missing"})
    )
    assert tagged.without_model == {"de": 1}
    with pytest.raises(BrokenStageError):
        tag_stories([make_story("Title", "A text.")], EntitySettings({"en": "missing"}))


def test_dead_letter_of_a_paragraph_that_is_written_untagged(english, make_story):
    story = make_story("Title", "Oslo is cold.", POISON, "Rome is not.", url="https://example.org/1")
    tagged = tag_stories([make_story("Other", "Madrid."), story], MODELS)
    assert [len(paragraph.entities) for paragraph in tagged.stories[1].paragraphs] == [1, 0, 1]
    assert tagged.stories[1].paragraphs[1] == story.paragraphs[1]
    [letter] = tagged.dead_letters
    assert (letter.stage, letter.error, letter.source, letter.uri) == (
        "enrich",
        "EnrichError",
        "test",
        "https://example.org/1",
    )
    assert letter.failed_at == story.entry.fetched_at
    assert letter.payload.decode("utf-8", "surrogatepass") == POISON
    assert letter.message.startswith("no entities for paragraph 1, since tagging failed: UnicodeEncodeError")


def test_stories_with_equal_paragraphs(english, make_story):
    stories = [make_story("One", "Angela Merkel spoke."), make_story("Two", "Nobody spoke.")]
    assert [len(story.paragraphs[0].entities) for story in tag_stories(stories, MODELS).stories] == [1, 0]


def test_results_can_be_pickled(english, make_story):
    tagged = tag_stories([make_story("Title", "Angela Merkel was in Berlin.", POISON)], MODELS)
    assert pickle.loads(pickle.dumps(tagged)) == tagged


def test_the_story_that_the_project_began_with(english, make_story, shared_data):
    [path] = (shared_data / "seed").glob("*.txt")
    title, *lines = path.read_text(encoding="utf-8").splitlines()
    texts = dict.fromkeys(line.removeprefix("NAGOYA - ") for line in lines if len(line) > 10)
    [story] = tag_stories([make_story(title, *texts)], MODELS).stories
    entities = {(entity.name, entity.label) for paragraph in story.paragraphs for entity in paragraph.entities}
    assert {("Japan", "GPE"), ("South Korea", "GPE"), ("Russia", "GPE"), ("Nagoya", "GPE")} <= entities
    assert ("United States", "GPE") in entities
    assert {label for name, label in entities if "Lavrov" in name} == {"PERSON"}
    assert {name for name, _ in entities if "Lavrov" in name} == {"Sergei Lavrov"}
    lavrovs = [e for p in story.paragraphs for e in p.entities if "Lavrov" in e.text]
    assert [entity.text for entity in lavrovs] == ["Sergei Lavrov", "Lavrov", "Lavrov"]
    assert all(isinstance(entity, Entity) for entity in lavrovs)


def test_entities_that_are_switched_off_are_not_missing_models(make_story):
    stories = [make_story("Title", "A text."), make_story("Titel", "Ein Text.", language="de")]
    batch = tag_entities_batch(stories, EntitySettings())
    assert batch.items == stories
    assert batch.counts == {metrics.PARAGRAPHS_TAGGED: 2}
