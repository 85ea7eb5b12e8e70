import re
from dataclasses import replace

import pytest

from newsbeam.transforms.enrich.quotes.marks import stretches
from newsbeam.transforms.enrich.quotes.story import with_quotes
from newsbeam.transforms.records import Entity

PEOPLE = {"Ines Moreau": "Ines Moreau", "Moreau": "Ines Moreau", "Ole Brandt": "Ole Brandt", "Brandt": "Ole Brandt"}


@pytest.fixture
def quotes(make_story):
    """Return a function of texts that gives (text, speaker, verb) of each quote by paragraph."""

    def read(*texts, language="en", people=True):
        story = make_story("Title", *texts, language=language)
        paragraphs = tuple(replace(p, entities=_people(p.text) if people else ()) for p in story.paragraphs)
        found = with_quotes(replace(story, paragraphs=paragraphs)).paragraphs
        assert all(p.text[q.start : q.end] == q.text for p in found for q in p.quotes)
        return [[(q.text, q.speaker, q.verb) for q in p.quotes] for p in found]

    return read


def _people(text):
    found = re.finditer("|".join(PEOPLE), text)
    return tuple(Entity(m[0], "PERSON", m.start(), m.end(), PEOPLE[m[0]]) for m in found)


@pytest.mark.parametrize(
    ("text", "quote", "speaker", "verb"),
    [
        ('"The port is open," Moreau said.', "The port is open,", "Ines Moreau", "said"),
        ("“The port is open,” said Ines Moreau, who leads it.", "The port is open,", "Ines Moreau", "said"),
        ('Moreau told reporters: "The port is open."', "The port is open.", "Ines Moreau", "told"),
        ('"No," said Brandt.', "No,", "Ole Brandt", "said"),
        ('"Is it open?" asked Brandt.', "Is it open?", "Ole Brandt", "asked"),
        ('"The port is open," said a spokesman for Moreau.', "The port is open,", "", "said"),
        ('"We lost it all," said one of them.', "We lost it all,", "", "said"),
        ('Moreau met Brandt. "The port is open," he said.', "The port is open,", "", "said"),
        ('Moreau came late. "The port is open," she said.', "The port is open,", "Ines Moreau", "said"),
        ('Moreau was blunt about the plan: "It is late."', "It is late.", "Ines Moreau", ""),
        ('The port was late, Moreau said. "We must work at night."', "We must work at night.", "Ines Moreau", ""),
        ('"The port is open," the owners said.', "The port is open,", "", "said"),
        ('It was late for Moreau: "We must work at night."', "We must work at night.", "", ""),
    ],
)
def test_english(quotes, text, quote, speaker, verb):
    assert quotes(text) == [[(quote, speaker, verb)]]


@pytest.mark.parametrize(
    "text",
    [
        'Moreau called the plan "a disgrace" on Friday.',
        'The "experts" left early.',
        'Moreau reads "The Old Man and the Sea" to her children.',
        'Moreau said the port was "open to everyone".',
        "The rock 'n' roll band played at 5 o'clock.",
    ],
)
def test_what_is_not_direct_speech(quotes, text):
    assert quotes(text) == [[]]


def test_an_interrupted_quote_is_two_with_one_speaker(quotes):
    (found,) = quotes('"The port is open," Moreau said. "Ships may come in."')
    assert found == [("The port is open,", "Ines Moreau", "said"), ("Ships may come in.", "Ines Moreau", "")]


def test_a_quote_goes_on_in_the_next_paragraph(quotes):
    first, second = quotes('Moreau told the council: "The port is open.', '"Ships may come in," she said.')
    assert second == [("Ships may come in,", "Ines Moreau", "said")]
    first, second = quotes("“The port is open.", "“Ships may come in,” said Moreau.")
    assert (first[0][1], second[0][1]) == ("Ines Moreau", "Ines Moreau")


def test_a_role_stands_for_who_spoke_before(quotes):
    found = quotes('"It is open," Moreau told reporters.', "The mayor also noted it.", '"They wait," she added.')
    assert found[2] == [("They wait,", "Ines Moreau", "added")]


@pytest.mark.parametrize(
    ("text", "quote", "speaker"),
    [
        ("„Der Hafen ist offen“, sagte Bürgermeister Martin Vogel am Montag.", "Der Hafen ist offen", "Martin Vogel"),
        ("Martin Vogel sagte: »Der Hafen ist offen.«", "Der Hafen ist offen.", "Martin Vogel"),
        ("„Der Hafen ist offen“, hieß es am Abend.", "Der Hafen ist offen", ""),
        ("„Der Hafen ist offen“, sagte die Ministerin.", "Der Hafen ist offen", ""),
    ],
)
def test_german_without_a_model(quotes, text, quote, speaker):
    found = quotes(text, language="de", people=False)[0]
    assert [(said, who) for said, who, _ in found] in ([(quote, speaker)], [] if not speaker else None)


def test_a_german_surname_has_the_full_name(quotes):
    found = quotes("Martin Vogel kam spät.", "„Der Hafen ist offen“, sagte Vogel.", language="de", people=False)
    assert found[1] == [("Der Hafen ist offen", "Martin Vogel", "sagte")]


@pytest.mark.parametrize("marks", ["»«", "„“"])
def test_german_speech_over_two_paragraphs(quotes, marks):
    first, second = quotes(
        f"{marks[0]}Der Hafen ist offen.",
        f"{marks[0]}Schiffe dürfen einlaufen{marks[1]}, sagte Martin Vogel.",
        language="de",
        people=False,
    )
    assert (first[0][1], second[0][1]) == ("Martin Vogel", "Martin Vogel")


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("« Le port est ouvert », a déclaré Ines Moreau.", "a déclaré"),
        ("« Le port est ouvert », explique Moreau.", "explique"),
        ("Ines Moreau arrive. « Le port est ouvert », dit-elle.", "dit-elle"),
    ],
)
def test_french(quotes, text, verb):
    assert quotes(text, language="fr") == [[("Le port est ouvert", "Ines Moreau", verb)]]


def test_other_languages_have_none(quotes):
    assert quotes('"Sí," dijo Moreau.', language="es") == [[]]


@pytest.mark.parametrize(
    ("text", "german", "found"),
    [
        ('a "b" c "d', False, ["b", "d"]),
        ("“b” and ”", False, ["b"]),
        ("„b“ und »c«", True, ["b", "c"]),
        ("« b » et “c”", False, ["b", "c"]),
        ("5'10\" tall", False, []),
    ],
)
def test_marks(text, german, found):
    assert [text[each.start : each.end] for each in stretches(text, german)] == found


def test_a_pronoun_means_who_was_named_after_the_last_speech(quotes):
    [[_, (_, speaker, verb)]] = quotes('"We go," Moreau said. Brandt praised the port. "I stay," he said.')
    assert (speaker, verb) == ("Ole Brandt", "said")


def test_a_full_name_that_the_model_left_out(quotes):
    assert quotes('"We go," said Peter Velm.') == [[("We go,", "Peter Velm", "said")]]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("„Wir gehen“, sagte Velka Rombrot am Montag.", "Velka Rombrot"),
        ("Velka Rombrot, Sprecherin der Stadt, sagte: „Wir gehen.“", "Velka Rombrot"),
        ("„Wir gehen“, sagte Rombrot.", "Rombrot"),
        ("„Wir gehen“, sagte Ministerin Anna Velm.", "Anna Velm"),
        ("„Wir gehen“, sagte Ministerin und Trainerin Anna Velm.", "Anna Velm"),
        ("„Wir gehen“, sagte Polizeisprecherin.", ""),
        ("Der Plan sei spät, erklärt Anna Velm. „Wir gehen heute los.“", "Anna Velm"),
        ("Anna Velm sieht das anders: „Wir gehen heute los.“", "Anna Velm"),
        ("Er lobt den Rivalen Peter Velm: „Wir gehen heute los.“", ""),
    ],
)
def test_names_in_german_without_a_model(quotes, text, speaker):
    assert [quote[1] for quote in quotes(text, language="de", people=False)[0]] == [speaker]
