"""The registry of formats. What each format recognises is tested in `test_document.py`."""

from newsbeam.transforms.common import formats as common
from newsbeam.transforms.parse.formats import BY_NAME, FORMATS


def test_the_config_knows_the_names_of_all_formats() -> None:
    assert len(BY_NAME) == len(FORMATS)
    assert set(common.FORMATS) == set(BY_NAME)


def test_the_fallback_of_a_syntax_comes_after_its_other_formats() -> None:
    names = [each.name for each in FORMATS]
    assert [each.name for each in FORMATS if each.syntax == "json"][-1] == "jsonfeed"
    assert names[-1] == "feed"
