"""Language tags as feeds write them."""

import pytest

from newsbeam.transforms.parse.languages import language_tag


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        (("en",), "en"),
        (("EN-us",), "en-US"),
        (("pt_BR",), "pt-BR"),
        (("ZH-HANT-tw",), "zh-Hant-TW"),
        (("es-419",), "es-419"),
        (("", "de"), "de"),
        (("English", "en"), "en"),
        (("x", "1", "en us", ""), ""),
        ((), ""),
    ],
)
def test_the_first_language_tag_counts(candidates: tuple[str, ...], expected: str) -> None:
    assert language_tag(*candidates) == expected
