"""Boilerplate is removed if there is proof; text with the same words stays."""

import pytest

from newsbeam.transforms.records import Kind
from newsbeam.transforms.text import boilerplate
from newsbeam.transforms.text.block import Block

STORY = "The ferry sails again, the council said."


def texts(*parts: str) -> list[str]:
    return [block.text for block in boilerplate.without_boilerplate([Block(part) for part in parts])]


@pytest.mark.parametrize(
    "sentence",
    [
        "Реклама сигарет запрещена.",
        "Inlägget om färjan dök först upp på ett forum.",
        "Запис розмови спершу з'явився на каналі.",
        "Читайте также: паром вернётся в марте, сказал мэр.",
    ],
)
def test_a_sentence_with_the_words_of_boilerplate_stays(sentence: str) -> None:
    assert texts(STORY, sentence) == [STORY, sentence]


@pytest.mark.parametrize(
    "phrase",
    [
        "A A A",
        "A+ A-",
        "***",
        "* * *",
        "-" * 77,
        "„",
        "—",
        "•",
        "Share this article",
        "Share on Facebook",
        "Email this",
        "Share | Tweet | Email",
        "Share on Facebook Tweet Email Print",
        "Copy link",
        "12 Share 3 Tweet",
        "Share this:",
        "Continue reading...",
        "Continue reading →",
        "Read more »",
        "[Read more]",
        "Weiterlesen …",
        "Continue reading “The ferry sails again”",
        "Read more: The ferry sails again",
        "Also read: Another ferry",
        "The post The ferry sails again appeared first on Harbour News.",
        "The post The ferry sails again first appeared on Harbour News.",
        "Der Beitrag Die Fähre fährt erschien zuerst auf Hafenblatt.",
        "L’article Le bac repart est apparu en premier sur Le Port.",
        "submitted by /u/ferryman [link] [comments]",
        "Comments URL: https://example.org/1",
        "Read more of this story at Slashdot.",
        "[embed-video id=”12″]",
        "[gallery]",
        '[video id=a1 autostart="seen" vertical]',
        "[video id=a1 autostart=”seen” video_text=The ferry at the quay]",
        "submitted by ferryman to harbours [link] [12 comments]",
        "submitted by ferryman [link] [comments]",
        "submitted byferrymantoharbours [link][12 comments]",
        '[caption title="A ferry, seen from the quay" width=300]',
        "[/caption]",
        "Реклама",
        "Сообщение Паром вернулся появились сначала на Вестник гавани.",
        "Inlägget Färjan går igen dök först upp på Hamnbladet.",
        "Читайте также: Паром вернулся",
        "関連記事：渡船が再開",
        "Advertisement",
        "ADVERTISEMENT",
        "Story continues below advertisement",
        "Anzeige",
        "after newsletter promotion",
        "Sign up for our daily newsletter.",
        "Our Standards: The Thomson Reuters Trust Principles.",
    ],
)
def test_boilerplate_is_removed(phrase: str) -> None:
    assert texts(STORY, phrase, STORY) == [STORY, STORY]


LINKS = [
    "Share",
    "Tweet",
    "Print",
    "Facebook Twitter WhatsApp",
    "Teilen",
    "Continue reading",
    "Read more",
    "Read the full story",
    "Lire la suite",
    "Leer más",
    "Leggi tutto",
    "Points: 12",
    "# Comments: 3",
    "Sponsored",
    "Comments",
    "12 comments",
    "Comments (3)",
    "Leave a comment",
    "Leave a reply",
]


@pytest.mark.parametrize("phrase", LINKS)
def test_links_are_removed_and_the_same_words_stay(phrase: str) -> None:
    link = Block(phrase, linked=len("".join(phrase.split())))
    assert boilerplate.without_boilerplate([Block(STORY), link, Block(STORY)]) == [Block(STORY), Block(STORY)]
    assert texts(STORY, phrase, STORY) == [STORY, phrase, STORY]


@pytest.mark.parametrize(
    "phrase", ["Read more", "Lire la suite", "12 comments", "Leave a reply", "See also: The ferry"]
)
def test_the_end_of_the_story_is_proof(phrase: str) -> None:
    assert texts(STORY, phrase) == [STORY]


@pytest.mark.parametrize("word", ["A-", "A", "X", "Comments", "Share", "Print", "Promoted", "Points: 31", "[Applause]"])
def test_lone_words_at_the_end_stay(word: str) -> None:
    assert texts(STORY, word) == [STORY, word]


def test_a_neighbour_is_proof() -> None:
    assert texts(STORY, "Article URL: https://example.org/1", "Points: 31", "# Comments: 5") == [STORY]
    assert texts(STORY, "Share this article", "12 comments", STORY) == [STORY, STORY]
    assert texts(STORY, "A", "A", "A", STORY) == texts(STORY, "A+", "A-", STORY) == [STORY, STORY]
    assert texts("A", "A-", "B+") == ["A", "A-", "B+"]
    assert texts(STORY, "submitted by ferryman to harbours", "Comments URL: https://example.org/1") == [STORY]
    assert texts(STORY, "submitted by ferrymen to parliament") == [STORY, "submitted by ferrymen to parliament"]


@pytest.mark.parametrize("label", ["Related:", "See also:", "Don't miss:", "Read more:"])
def test_related_stories_are_links_and_not_sentences(label: str) -> None:
    sentence = f"{label} the view from the tower, which is open until six."
    assert texts(STORY, sentence, STORY) == [STORY, sentence, STORY]
    assert texts(STORY, sentence) == [STORY, sentence]
    linked = Block(f"{label} A ferry.", linked=len("Aferry."))
    assert boilerplate.without_boilerplate([Block(STORY), linked, Block(STORY)]) == [Block(STORY), Block(STORY)]


@pytest.mark.parametrize("label", ["Read more", "Lesen Sie auch", "Lire aussi"])
def test_a_label_without_a_colon_needs_a_link_after_it(label: str) -> None:
    story, words = Block(STORY), f"{label} The ferry"
    assert boilerplate.without_boilerplate([story, Block(words, linked=8), story]) == [story, story]
    for kept in (Block(words), Block(words, linked=5), linked(words)):
        assert boilerplate.without_boilerplate([story, kept, story]) == [story, kept, story]


def linked(text: str, kind: Kind = "list_item") -> Block:
    return Block(text, kind, linked=len("".join(text.split())))


@pytest.mark.parametrize(
    "label", ["Read next", "Related articles:", "Lesen Sie auch", "À lire aussi :", "Te puede interesar"]
)
@pytest.mark.parametrize("kind", ["heading", "paragraph"])
def test_labels_of_related_stories_are_removed_with_the_links_below_them(label: str, kind: Kind) -> None:
    story = Block(STORY)
    links = [linked("Another ferry"), linked("A third one", "heading"), linked("A fourth one")]
    assert boilerplate.without_boilerplate([story, Block(label, kind), *links, story]) == [story, story]
    assert boilerplate.without_boilerplate([story, Block(label, "heading"), story]) == [
        story,
        Block(label, "heading"),
        story,
    ]


def test_more_of_the_publisher_is_removed_at_the_end_only() -> None:
    story, label, link = Block(STORY), Block("More from Harbour News", "heading"), linked("Another ferry")
    assert boilerplate.without_boilerplate([story, label, link]) == [story]
    assert boilerplate.without_boilerplate([story, label, link, story]) == [story, label, link, story]


def test_the_linked_headlines_of_a_digest_stay() -> None:
    first, second = linked("The ferry sails", "heading"), linked("Fog at sea", "heading")
    read_more = linked("Read more", "paragraph")
    digest = [first, Block(STORY), read_more, second, Block(STORY), Block("Read next"), first, Block(STORY)]
    assert boilerplate.without_boilerplate(digest) == [block for block in digest if block is not read_more]


def test_a_list_of_links_keeps_items_that_begin_like_labels() -> None:
    items = [linked("More on ferries"), linked("Popular"), linked("Fog at sea")]
    assert boilerplate.without_boilerplate([Block(STORY), *items]) == [Block(STORY), *items]


def test_lists_of_a_story_stay() -> None:
    names = [Block(name, "list_item") for name in ("Facebook", "Instagram", "Threads", "X", "YouTube")]
    assert boilerplate.without_boilerplate([Block("The ban covers:"), *names, Block(STORY)]) == [
        Block("The ban covers:"),
        *names,
        Block(STORY),
    ]
    jars = [Block(name, "list_item") for name in ("Spend", "Save", "Share", "Advertisement")]
    assert boilerplate.without_boilerplate(jars) == jars


@pytest.mark.parametrize(
    "text",
    [
        "A good day.",
        "X",
        "Facebook",
        "Apple",
        "Facebook and Twitter",
        "Save the whales.",
        "Print is not dead.",
        "Share prices fell.",
        "Shares of X fell by 3%.",
        "Tweet of the week: none.",
        "Email is 50 years old.",
        "Read more books, the minister said.",
        "Continue reading and you will see why.",
        "The post office appeared first on the list.",
        "Comments by the minister angered the opposition.",
        "Advertisement revenue fell.",
        "Sponsored by the council, the ferry sails again.",
        "Related parties disagreed.",
        "Sign up for the army, they said.",
        "42",
        "1. Be brief.",
        "“…”, he wrote.",
        "[time] is money",
    ],
)
def test_stories_stay(text: str) -> None:
    assert texts(STORY, text, STORY) == [STORY, text, STORY]


@pytest.mark.parametrize("kind", ["table", "paragraph"])
def test_a_row_of_figures_takes_linear_time(kind: str) -> None:
    """Trying every way to divide these digits would take exponential time."""
    figures = [Block("04/09/87 03/09/87 | 26,558 26,203 24,951 | 1234567890 1234567890 1234567890 nil", kind)]
    assert boilerplate.without_boilerplate(figures) == figures


def test_share_bar_of_many_blocks() -> None:
    assert texts(STORY, "Facebook", "X", "LinkedIn", "Email", STORY) == [STORY, STORY]
    assert texts("Apple", "Facebook", "X", "Google") == ["Apple", "Facebook", "X", "Google"]


def test_heading_stays() -> None:
    blocks = [Block("Comments", "heading"), Block(STORY)]
    assert boilerplate.without_boilerplate(blocks) == blocks


@pytest.mark.parametrize(
    "tail",
    [
        " Continue reading...",
        "… Read more",
        " […] Read more »",
        " Lire la suite",
        " The post The ferry sails again appeared first on Harbour News.",
        " Continue reading “The ferry” →",
    ],
)
def test_links_at_the_end_are_stripped(tail: str) -> None:
    assert texts(STORY + tail)[0].rstrip("[]… ") == STORY


def test_nothing_from_nothing() -> None:
    assert boilerplate.without_boilerplate([]) == []
