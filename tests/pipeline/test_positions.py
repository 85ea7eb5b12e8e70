import pytest

from newsbeam.pipeline.config.yaml_positions import YamlError, parse

TEXT = """\
output: out
feeds:
  - {url: "https://a.example/", poll: 15m}
  - url: b.xml
    language: no
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (1, 1)),
        (("output",), (1, 9)),
        (("feeds",), (3, 3)),
        (("feeds", 0, "poll"), (3, 39)),
        (("feeds", 1), (4, 5)),
        (("feeds", 1, "url"), (4, 10)),
        (("feeds", 1, "source"), (4, 5)),
        (("feeds", 9, "url"), (3, 3)),
        (("nothing", "there"), (1, 1)),
    ],
)
def test_place_of_a_value_or_of_what_holds_it(path, place):
    assert parse(TEXT).place(path) == place


def test_place_of_a_key():
    yaml = parse(TEXT)
    assert yaml.key_place(("feeds", 0), "poll") == (3, 33)
    assert yaml.key_place(("feeds", 1), "language") == (5, 5)


def test_booleans_are_those_of_yaml_1_2():
    assert parse("[no, on, yes, true, False, NO]").value == ["no", "on", "yes", True, False, "NO"]


def test_numbers_are_those_of_yaml_1_2_and_nothing_is_a_date():
    text = "[12, -3, +4, 0, 1_000, 0xff, 1.5, 010, 1:30, 12:30:45, 2026-01-01, 2026-11-31, 12e]"
    numbers = [12, -3, 4, 0, 1000, 255, 1.5]
    assert parse(text).value == [*numbers, "010", "1:30", "12:30:45", "2026-01-01", "2026-11-31", "12e"]


def test_anchors_and_merges():
    yaml = parse("a: &x {poll: 1h, url: q}\nb:\n  <<: *x\n  url: r\n")
    assert yaml.value == {"a": {"poll": "1h", "url": "q"}, "b": {"poll": "1h", "url": "r"}}
    assert yaml.place(("b", "poll")) == (1, 14)
    assert yaml.place(("b", "url")) == (4, 8)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "null"])
def test_nothing_in_it(text):
    assert parse(text).value is None
    assert parse(text).place(("output",)) in {(1, 1), (1, 4), (2, 1)}


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, 'the key "a" is here twice (first on line 1)'),
        ("x: {a: 1, a: 2}\n", 1, 11, 'the key "a" is here twice (first on line 1)'),
        ("x:\n  - {a: 1}\n  - b: 1\n    b: 2\n", 4, 5, 'the key "b" is here twice (first on line 3)'),
        ("a: [1, 2\n", 2, 1, "while parsing a flow sequence expected ',' or ']', but got '<stream end>'"),
        ("a: b: c\n", 1, 5, "mapping values are not allowed here"),
        ("a:\n\t- b\n", 2, 1, "while scanning for the next token found character '\\t' that cannot start any token"),
        ("a: 1\n---\nb: 2\n", 2, 1, "expected a single document in the stream but found another document"),
        ("a: *nope\n", 1, 4, "found undefined alias 'nope'"),
        ("a: !!python/name:os.system x\n", 1, 4, "could not determine a constructor for the tag"),
        ("[" * 3000, 1, 1, "nested too deeply"),
        ("a: 1\nb: {c: !!int x}\n", 2, 8, "is not a valid value: invalid literal for int()"),
        ("a: !!timestamp 2026-11-31\n", 1, 4, "is not a valid value: day is out of range for month"),
        ("a: 1\nb: \x00\n", 2, 4, "the character U+0000 is not allowed"),
    ],
)
def test_errors_have_a_position(text, line, column, message):
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert message in caught.value.message
    assert "\n" not in caught.value.message


def test_an_alias_of_itself_ends():
    assert parse("a: &x [*x]\n").value["a"]
