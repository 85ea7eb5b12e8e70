import json
import re
from importlib.resources import files

import pytest

from newsbeam.transforms.enrich.sections import topics_of_sections
from newsbeam.transforms.enrich.topic_vocabulary import _stem, top_level, topic_tree
from newsbeam.transforms.enrich.topics import TopicSettings, tag_topics

DATA = files("newsbeam.transforms.enrich") / "data"
TOPICS = {topic["qcode"]: topic for topic in json.loads((DATA / "mediatopics.json").read_text(encoding="utf-8"))}
DEFAULTS = TopicSettings()
EVERYTHING = TopicSettings(max=100, min_scores=(0.0, 0.0, 0.0))


def first_levels(topics):
    return [top_level(topic.qcode).removeprefix("medtop:")[:2] for topic in topics]


@pytest.mark.parametrize(
    ("title", "text", "level"),
    [
        (
            "Striker's late goal wins the cup",
            "The midfielder scored twice in the stadium before the goalkeeper saved.",
            "15",
        ),
        ("Central bank raises interest rates", "Inflation and a weak currency worried economists and investors.", "04"),
        ("Voters choose a new parliament", "The prime minister's party leads in the polls before the election.", "11"),
        ("Vaccine trial begins", "Patients in four hospitals get the vaccine against malaria, doctors said.", "07"),
        (
            "Probe lands on Mars",
            "Scientists at the space agency cheered as the rover left its spacecraft in orbit.",
            "13",
        ),
        ("Ceasefire fails", "Soldiers and rebels exchanged artillery fire; an airstrike hit the army's weapons.", "16"),
        ("Flood kills four", "Rescuers searched the wreckage after the earthquake and the landslide.", "03"),
        (
            "Gang leader jailed",
            "The judge sentenced him for murder after police found the gun, prosecutors said.",
            "02",
        ),
        (
            "Singer announces album",
            "The band's guitarist said the concert and its songs were the best music in years.",
            "01",
        ),
        (
            "Snow and storms ahead",
            "Forecasters issued a weather warning for heavy rainfall and low temperatures.",
            "17",
        ),
        (
            "Bishop speaks of faith",
            "The church held prayers, and the Vatican said the pope would pray with Muslims.",
            "12",
        ),
    ],
)
def test_first_level(make_story, title, text, level):
    assert first_levels(tag_topics(make_story(title, text), DEFAULTS))[0] == level


def test_down_to_the_third_level(make_story):
    tennis = make_story("Wimbledon final", "She won the tennis match at Wimbledon, her third grand slam in tennis.")
    topics = {topic.name: topic.score for topic in tag_topics(tennis, DEFAULTS)}
    assert topics["sport"] >= topics["competition discipline"] >= topics["tennis"]


@pytest.mark.parametrize(
    ("fields", "qcode"),
    [
        ({"categories": ("Sports",)}, "medtop:15000000"),
        ({"categories": ("World", "Education")}, "medtop:05000000"),
        ({"categories": ("climate change",)}, "medtop:20000418"),
        ({"subjects": ("medtop:20000065",)}, "medtop:20000065"),
        ({"subjects": ("medtop:20000065",), "language": "xx"}, "medtop:20000065"),
        ({"language": "de", "summary": "Klimaveränderung"}, "medtop:20000418"),
        ({"language": "fr-CA", "summary": "Changement climatique"}, "medtop:20000418"),
        ({"language": "da", "summary": "klimaforandring"}, "medtop:20000418"),
    ],
)
def test_what_the_publisher_says_and_other_languages(make_story, fields, qcode):
    topics = tag_topics(make_story("", **fields), EVERYTHING)[:3]
    assert qcode in [topic.qcode for topic in topics], topics


def test_what_an_agency_says_is_given(make_story):
    story = make_story("Wimbledon final", "She won the tennis match.", subjects=("medtop:20000065", "medtop:07000000"))
    topics = tag_topics(story, TopicSettings(max=1))
    assert {topic.qcode for topic in topics} == {"medtop:20000065", "medtop:16000000", "medtop:07000000"}
    assert all(topic.score == 1 for topic in topics)


@pytest.mark.parametrize("subject", ["medtop:99999999", "medtop:20000064", "subj:15000000", ""])
def test_unknown_and_retired_subjects_give_nothing(make_story, subject):
    assert all(topic.score < 1 for topic in tag_topics(make_story("", subjects=(subject,)), EVERYTHING))
    assert tag_topics(make_story("", subjects=(subject,)), DEFAULTS) == ()


def test_no_words_no_topics(make_story):
    assert tag_topics(make_story(""), DEFAULTS) == ()
    assert tag_topics(make_story("Xyzzy", "Plugh, he said."), DEFAULTS) == ()


def test_settings(make_story):
    story = make_story(
        "Minister, soldier, singer, doctor",
        "Election war concert hospital football school church weather crime economy",
    )
    topics = tag_topics(story, EVERYTHING)
    assert len(first_levels(topics)) >= 8
    assert [topic.score for topic in topics] == sorted((topic.score for topic in topics), reverse=True)
    few = tag_topics(story, TopicSettings(max=2, min_scores=(0.0, 0.0, 0.0)))
    broader = {broader for topic in few for broader in topic_tree().paths[topic.qcode][1:]}
    assert len([topic for topic in few if topic.qcode not in broader]) == 2
    assert broader <= {topic.qcode for topic in few}
    assert all(topic.score >= 0.1 for topic in tag_topics(story, TopicSettings(100, (0.1, 0.1, 0.1))))
    assert tag_topics(story, TopicSettings(max=0)) == ()


def test_scores_are_chances(make_story):
    texts = ["war " * 300, "election war concert hospital", "The match. " * 5]
    for text in texts:
        topics = {topic.qcode: topic.score for topic in tag_topics(make_story("", text), EVERYTHING)}
        assert all(0 <= score <= 1 for score in topics.values())
        for qcode, score in topics.items():
            assert all(topics[broader] >= score for broader in topic_tree().paths[qcode][1:])


@pytest.mark.parametrize("language", ["pt", "pt-BR", "pt-PT", "pt-MZ"])
def test_portuguese(make_story, language):
    story = make_story("Goleiro defende pênalti", "O atacante fez dois gols no segundo tempo.", language=language)
    assert first_levels(tag_topics(story, DEFAULTS))[0] == "15"


@pytest.mark.parametrize(
    ("category", "number"),
    [("Sports", "15"), ("/news/technology", "13"), ("ÉCONOMIE", "04"), ("Wissen", "13"), ("saúde", "07")],
)
def test_sections(category, number):
    assert topics_of_sections([category]) == (f"medtop:{number}000000",)


def test_sections_that_say_nothing():
    assert topics_of_sections(["World", "News", "", "/", "Opinion"]) == ()


def test_names_are_the_iptc_s(make_story):
    for topic in tag_topics(make_story("War, election, hospital and football"), EVERYTHING):
        assert topic.name == TOPICS[topic.qcode]["label"]["en-GB"]


def test_the_story_that_the_project_began_with(make_story, shared_data):
    [path] = (shared_data / "seed").glob("*.txt")
    title, *texts = path.read_text(encoding="utf-8").splitlines()
    assert {"11", "16"} <= set(first_levels(tag_topics(make_story(title, *texts), DEFAULTS)))


def test_only_topics_that_are_not_retired(shared_data):
    source = json.loads((shared_data / "mediatopics" / "medtop_2025-03-31_pypi.json").read_text(encoding="utf-8"))
    assert TOPICS.keys() == {concept["qcode"] for concept in source["concepts"] if not concept["retired"]}


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt"])
def test_word_list(language):
    """Each line is a topic and its words; none has a word twice, or in a form that never matches."""
    for number, line in enumerate((DATA / f"topic_words.{language}.txt").read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            qcode, _, words = line.partition(": ")
            terms = words.split(", ")
            assert f"medtop:{qcode}" in TOPICS, number
            assert all(re.fullmatch(r"[\w][\w ']*[!?]?", term) and term == term.lower() for term in terms), number
            assert len({term.rstrip("!?") for term in terms}) == len(terms), number


def test_section_table():
    rows = (DATA / "sections.tsv").read_text(encoding="utf-8").splitlines()[1:]
    names = [name for row in rows for name in row.split("\t")[1].split(",")]
    assert len(names) == len(set(names)), {name for name in names if names.count(name) > 1}
    assert {f"medtop:{row[:8]}" for row in rows} <= TOPICS.keys()


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        ("vote votes", "vote"),
        ("elect elects elected electing", "elect"),
        ("policy policies", "policy"),
        ("missile missiles", "missil"),
        ("trade trades traded trading", "trad"),
        ("plan plans", "plan"),
        ("match matches matched", "match"),
        ("kill kills killed killing", "kill"),
        ("stopped stopping", "stop"),
        ("innings inning", "inning"),
        ("notes note", "note"),
        ("war wars", "war"),
        ("aids", "aids"),
        ("crisis", "crisis"),
        ("congress", "congress"),
        ("virus", "virus"),
        ("a", "a"),
    ],
)
def test_stem(words, stem):
    assert {_stem(word) for word in words.split()} == {stem}
