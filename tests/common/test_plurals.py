import pytest

from newsbeam.transforms.common.plurals import counted


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((0, "feed"), "0 feeds"),
        ((1, "dead letter"), "1 dead letter"),
        ((1_234, "row"), "1,234 rows"),
        ((2, "entry", "entries"), "2 entries"),
    ],
)
def test_counted(arguments, expected):
    assert counted(*arguments) == expected
