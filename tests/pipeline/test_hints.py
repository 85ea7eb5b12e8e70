import pytest

from newsbeam.pipeline.config.hints import address_hint
from newsbeam.pipeline.config.yaml_positions import YamlError, parse


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("a:\n\t- b\n", (2, 1), "YAML does not allow tabs for indentation; use spaces"),
        ("a: {{NAME}}\n", (1, 5), "put a value with { } in quotes"),
        ("a: {NAME}/rss\n", (1, 10), "put a value with { } or [ ] in quotes"),
        ("a: [{url: https://a.example/{id}/rss}]\n", (1, 29), "put a value with { } or [ ] in quotes"),
        ("a: *.xml\n", (1, 5), "put a value that begins with * in quotes"),
        ("a: @b\n", (1, 4), "put a value that begins with @ in quotes"),
        ("a: %b\n", (1, 4), "put a value that begins with % in quotes"),
        ("a: b: c\n", (1, 5), "put a value with a colon and a space in quotes"),
    ],
)
def test_an_error_in_yaml_has_a_hint(text, place, hint):
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == place
    assert caught.value.message.endswith(f"; {hint}")


@pytest.mark.parametrize(
    "location", ["www.example.org", "example.org/rss.xml", "feeds.example.co.uk:8080/x", "example.org"]
)
def test_an_address_without_a_scheme(location):
    assert address_hint(location) == f"; for a web address write https://{location}"


@pytest.mark.parametrize(
    "location", ["a.xml", "feeds/a.xml", "./example.org", "list.opml", "a", "", "a.tar.gz", "../x"]
)
def test_a_path_is_not_an_address(location):
    assert address_hint(location) == ""
