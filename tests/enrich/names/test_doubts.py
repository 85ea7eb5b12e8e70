from dataclasses import replace

import pytest

from newsbeam.transforms.enrich.entities import tag_stories, tag_texts
from newsbeam.transforms.enrich.entity_settings import EntitySettings
from newsbeam.transforms.enrich.names.doubts import without_doubtful
from newsbeam.transforms.enrich.names.found import FoundEntity, certainty_of
from newsbeam.transforms.records import Entity


def kept(make_story, *marked):
    """Return the names that stay, by paragraph, of (text, name, label, certainty)."""
    entities = tuple(
        (FoundEntity(name, label, text.index(name), text.index(name) + len(name), name, certainty=certainty),)
        for text, name, label, certainty in marked
    )
    story = make_story("Title", *(text for text, *_ in marked))
    paragraphs = [
        replace(paragraph, entities=found) for paragraph, found in zip(story.paragraphs, entities, strict=True)
    ]
    found = without_doubtful(paragraphs, range(len(paragraphs)))
    return [[entity.text for entity in paragraph.entities] for paragraph in found]


@pytest.mark.parametrize(
    ("text", "name", "label", "certainty", "stays"),
    [
        ("They met Velmora in spring.", "Velmora", "ORG", 0.8, False),
        ("They met Velmora in spring.", "Velmora", "ORG", 0.99, False),
        ("They met Velmora in spring.", "Velmora", "ORG", 0.9995, True),
        ("Velmora said so in spring.", "Velmora", "ORG", 0.96, True),
        ("They sent VLM in spring.", "VLM", "ORG", 0.97, False),
        ("They met a VLM spokesman in spring.", "VLM", "ORG", 0.97, True),
        ("They met Velm in spring.", "Velm", "PERSON", 0.95, False),
        ("They met Velm, who left in spring.", "Velm", "PERSON", 0.95, True),
        ("They stayed in Velm, a town they like.", "Velm", "PERSON", 0.95, False),
        ("They met Obama in spring.", "Obama", "PERSON", 0.5, True),
        ("They liked the Anna in spring.", "Anna", "PERSON", 0.95, False),
        ("They met Velmo Velm in spring.", "Velmo Velm", "PERSON", 0.95, False),
        ("An Oscar-winning film came.", "Oscar", "PERSON", 0.99, False),
        ("They like Velmocentric views.", "Velmocentric", "PERSON", 0.995, False),
        ("They met the Velmora Council in spring.", "Velmora Council", "ORG", 0.4, True),
        ("They met NATO in spring.", "NATO", "ORG", 0.3, True),
        ("They met Anna Velm in spring.", "Anna Velm", "PERSON", 0.3, True),
        ("They met President Velm in spring.", "Velm", "PERSON", 0.3, True),
        ("They met Velm in spring.", "Velm", "PERSON", 0.3, False),
        ("They stayed in Oslo in spring.", "Oslo", "GPE", 0.3, True),
        ("They stayed in Velmstad in spring.", "Velmstad", "GPE", 0.99, True),
        ("They like Velmstad in spring.", "Velmstad", "GPE", 0.99, False),
        ("They saw Velmstad, Norway in spring.", "Velmstad", "GPE", 0.99, True),
        ("They wrote to VelmSQL in spring.", "VelmSQL", "GPE", 0.99, False),
        ("They met McVelm in spring.", "McVelm", "PERSON", 0.99, True),
        ("The Velmian people came.", "Velmian", "NORP", 0.99, True),
        ("The VELMA drive is full.", "VELMA", "NORP", 0.99, False),
        ("They read “Velm at Night” in spring.", "Velm at Night", "WORK_OF_ART", 0.95, True),
        ("They chose Velm Settings in spring.", "Velm Settings", "WORK_OF_ART", 0.95, False),
        ("Takeaways", "Takeaways", "ORG", 0.99, False),
        ("They met in spring.", "spring", "DATE", 0.1, True),
    ],
)
def test_a_doubtful_name_is_left_out(make_story, text, name, label, certainty, stays):
    assert kept(make_story, (text, name, label, certainty)) == [[name] if stays else []]


def test_what_is_certain_once_stays_everywhere(make_story):
    found = kept(
        make_story,
        ("They met Ivo Velm in spring.", "Ivo Velm", "PERSON", 0.99),
        ("Then Velm left.", "Velm", "PERSON", 0.4),
        ("Then Velm's came.", "Velm's", "ORG", 0.4),
    )
    assert found == [["Ivo Velm"], ["Velm"], []]


def test_an_acronym_of_ordinary_words_is_not_a_name(make_story):
    text = "It uses velvet matrix routing (VMR)."
    assert kept(make_story, (text, "VMR", "ORG", 0.99), ("VMR is slow.", "VMR", "ORG", 0.99)) == [[], []]


def test_what_a_model_finds_that_does_not_tell_how_sure_it_is_stays(make_story):
    text = "They like Velmstad in spring."
    [paragraph] = make_story("Title", text).paragraphs
    found = replace(paragraph, entities=(Entity("Velmstad", "GPE", 10, 18, "Velmstad"),))
    assert without_doubtful([found], [0]) == [found]


def test_words_of_english_do_not_count_in_other_languages(make_story):
    text = "Ils aiment Velmstad au printemps."
    [paragraph] = make_story("Titre", text, language="fr").paragraphs
    entities = [FoundEntity("Velmstad", "GPE", 11, 19, "Velmstad", certainty=certainty) for certainty in (0.95, 0.2)]
    kept = [without_doubtful([replace(paragraph, entities=(each,))], [0])[0].entities for each in entities]
    assert [len(each) for each in kept] == [1, 0]


def test_a_model_tells_how_certain_it_is(english):
    [found] = tag_texts(["Angela Merkel met the Velmora in New York on Monday."], english)
    certainties = [certainty_of(entity) for entity in found]
    assert all(0 < certainty <= 1 for certainty in certainties)
    assert certainties[0] > 0.9


def test_certainty_depends_on_no_other_text(english):
    texts = [
        "Oslo.",
        "Ines Moreau of Riverside Ferries spoke to the Harbour Authority in Bergen.",
        "On Monday he left.",
    ]
    together = [[certainty_of(each) for each in found] for found in tag_texts(texts, english)]
    alone = [[certainty_of(each) for each in tag_texts([text], english)[0]] for text in texts]
    assert [pytest.approx(each, abs=1e-4) for each in together] == alone


def test_rows_have_entities_without_certainty(english, make_story):
    [story] = tag_stories(
        [make_story("Title", "Angela Merkel met him on Monday.")], EntitySettings({"en": english})
    ).stories
    assert {type(entity) for entity in story.paragraphs[0].entities} == {Entity}


def test_what_acronyms_of_things_stand_before(make_story):
    sure = 0.9999
    assert kept(make_story, ("They met VLM in spring.", "VLM", "ORG", sure)) == [["VLM"]]
    named = ("It is encrypted with VLM.", "VLM", "ORG", sure)
    assert kept(make_story, named, ("Open the VLM volume.", "VLM", "ORG", sure)) == [[], []]
    assert kept(make_story, named, ("VLM files a suit.", "VLM", "ORG", sure)) == [["VLM"], ["VLM"]]
    assert kept(make_story, ("The BBC server was down in spring.", "BBC", "ORG", sure)) == [["BBC"]]


def test_a_clause_is_not_an_organisation(make_story):
    title = "Velmora Company That Moved the Town"
    assert kept(make_story, (f"They read {title} in spring.", title, "ORG", 0.9999)) == [[]]


def test_a_given_name_that_is_a_word_of_the_story(make_story):
    story = make_story("Title", "The Bill will pass.", "They say that Bill and that bill help tenants.")
    found = [
        replace(each, entities=(FoundEntity("Bill", "PERSON", at, at + 4, "Bill", certainty=0.999),))
        for each, at in zip(story.paragraphs, (4, 14), strict=True)
    ]
    assert not any(each.entities for each in without_doubtful(found, range(2), {"bill"}))
    assert all(each.entities for each in without_doubtful(found[1:], range(1), set()))
