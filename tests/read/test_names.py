import pytest

from newsbeam.transforms.read.names import NameFilter


@pytest.mark.parametrize(
    ("include", "exclude", "taken"),
    [
        ((), (), ["d/a.xml", "d/a.MD5", "d/sub/README"]),
        (("*.xml",), (), ["d/a.xml"]),
        ((), ("*.md5", "readme*"), ["d/a.xml"]),
        (("*",), ("d/*",), ["d/sub/README"]),
        (("sub/*",), (), ["d/sub/README"]),
        (("[ab].*",), ("*.xml",), ["d/a.MD5"]),
    ],
)
def test_names_that_are_taken(include, exclude, taken):
    names = NameFilter(include, exclude)
    assert [path for path in ("d/a.xml", "d/a.MD5", "d/sub/README") if names.takes(path)] == taken
