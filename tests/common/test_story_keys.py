"""The words of events are a file format: the same for ever, in every process."""

from newsbeam.transforms.common.story_keys import (
    STORY_KEY_FORMAT,
    all_keys,
    decode_keys,
    story_keys,
    without_paragraphs,
    words_of,
)
from newsbeam.transforms.records import Paragraph

GOLDEN = "01c924192104ff9a9c685b04ffb61656b904ff22b6f30003005b58c24d0300131c0dbf0200ec48a6a60200ef4226920200"


def paragraph(text: str, kind: str = "paragraph") -> Paragraph:
    return Paragraph("p", "e", 1, 0, text, kind, "en", "f")  # type: ignore[arg-type]


def test_golden_values() -> None:
    """A change here is a new STORY_KEY_FORMAT: rows that are written keep their keys."""
    keys = story_keys(
        "Harbour's ferries stop", [paragraph("The ferry to Oslo stopped on Monday. Ärzte über 東京 2026")]
    )
    assert keys.hex() == GOLDEN
    assert STORY_KEY_FORMAT == 1


def test_common_words_numbers_and_code_say_nothing() -> None:
    assert story_keys("The day after", [paragraph("It was said on Monday that 40,000 would be 12")]) == b""
    assert story_keys("", [paragraph("return ferry", "code")]) == b""


def test_weights_of_title_names_and_words() -> None:
    keys = decode_keys(story_keys("Ferry", [paragraph("A ferry left Oslo quietly")]))
    assert sorted(keys.values()) == [2, 2, 3, 6]


def test_another_format_matches_nothing() -> None:
    keys = story_keys("Ferry", [])
    assert decode_keys(b"\x02" + keys[1:]) == {}
    found, owners = all_keys([keys, b"", b"\x02" + keys[1:], keys])
    assert owners.tolist() == [0, 3]
    assert found.tolist() == [*decode_keys(keys)] * 2


def test_scripts_without_spaces_have_pairs_of_characters() -> None:
    assert list(words_of("東京都 Oslo")) == ["東京", "京都", "Oslo"]


def test_keys_of_repeated_paragraphs_can_be_left_out() -> None:
    keys = story_keys("Ferry", [paragraph("The ferry left"), paragraph("Become a member"), paragraph("A pier")])
    assert without_paragraphs(keys, {1}) == story_keys(
        "Ferry", [paragraph("The ferry left"), paragraph(""), paragraph("A pier")]
    )
    assert without_paragraphs(story_keys("", [paragraph("Member")]), {0}) == b""


def test_long_texts_have_few_keys() -> None:
    assert len(decode_keys(story_keys("", [paragraph(" ".join(f"word{n}x" for n in range(5_000)))]))) == 64
