"""Names of formats: those of the config are those of the parsers."""

import pytest

from newsbeam.transforms.common.formats import FORMATS, family
from newsbeam.transforms.parse.document import PARSERS


def test_every_format_has_a_parser():
    assert tuple(PARSERS) == FORMATS


@pytest.mark.parametrize(
    ("name", "expected"), [("rss20", "feed"), ("atom10", "feed"), ("json11", "jsonfeed"), ("nitf", "nitf")]
)
def test_family(name, expected):
    assert family(name) == expected
