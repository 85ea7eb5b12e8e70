"""Canonical URLs: what tracks goes, what means something stays."""

import pytest

from newsbeam.transforms.common.urls import canonical_url, is_home_page


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://Example.org/a?utm_source=rss&utm_medium=feed", "https://example.org/a"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/a?id=7&fbclid=x&page=2", "https://example.org/a?id=7&page=2"),
        ("https://example.org/a#xtor=RSS-3208", "https://example.org/a"),
        ("https://example.org/a#utm_source=rss&utm_medium=feed", "https://example.org/a"),
        ("https://example.org/log#v1.2", "https://example.org/log#v1.2"),
        ("https://example.org/a?at_medium=RSS&at_campaign=KARANGA", "https://example.org/a"),
        ("https://example.org/a?ncid=rss&guccounter=1", "https://example.org/a"),
        ("https://example.org/a?ref=rss", "https://example.org/a"),
        ("https://example.org/a b?q=ü", "https://example.org/a%20b?q=%C3%BC"),
        ("  https://example.org/\n a\n", "https://example.org/%20a"),
        ("https://www.google.com/url?rct=j&url=https://example.org/a%3Fid%3D1&ct=ga", "https://example.org/a?id=1"),
    ],
)
def test_parts_that_can_not_change_the_page_are_removed(link: str, expected: str) -> None:
    assert canonical_url(link) == expected
    assert canonical_url(expected) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a",
        "https://example.org/a/",
        "https://example.org/?p=123",
        "https://example.org/viewtopic.php?12345",
        "https://example.org/a?gallery=3&cid=4&source=wire&uid=5&keyword=sea&ref=7",
        "https://example.org/a?b=2&a=1",
        "https://example.org/a?q=&r",
        "https://example.org/a%2Fb?c=%26",
        "https://example.org/#!/story/1",
        "https://user:Pass@example.org/a",
        "ftp://example.org/a",
    ],
)
def test_parts_that_may_have_a_meaning_stay(url: str) -> None:
    assert canonical_url(url) == url


@pytest.mark.parametrize(
    ("link", "base", "expected"),
    [
        ("/a", "https://example.org/feeds/rss.xml", "https://example.org/a"),
        ("a?b=1", "https://example.org/feeds/rss.xml", "https://example.org/feeds/a?b=1"),
        ("//cdn.example.org/a", "https://example.org/", "https://cdn.example.org/a"),
        ("http://other.example/a", "https://example.org/", "http://other.example/a"),
        ("a", "", "a"),
    ],
)
def test_a_relative_link_is_resolved(link: str, base: str, expected: str) -> None:
    if base:
        assert canonical_url(link, base) == expected
    else:
        assert canonical_url(link, base).endswith(expected)


@pytest.mark.parametrize(
    "link", ["", "  ", "javascript:alert(1)", "data:text/html,x", "http://[::1", "http:///a", "https://"]
)
def test_links_that_can_not_be_fetched_are_empty(link: str) -> None:
    assert canonical_url(link) == ""


@pytest.mark.parametrize(
    ("url", "home", "expected"),
    [
        ("https://example.org/", "", True),
        ("https://example.org/world", "https://example.org/world", True),
        ("https://example.org/?p=1", "", False),
        ("https://example.org/a", "https://example.org/", False),
    ],
)
def test_a_home_page_is_not_a_story(url: str, home: str, expected: bool) -> None:
    assert is_home_page(url, home) is expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("www.harbour.example/a", "https://www.harbour.example/a"),
        ("www.harbour.example", "https://www.harbour.example/"),
        ("quay.example/a", "https://quay.example/a"),
        ("quay.example:8443/a", "https://quay.example:8443/a"),
        ("index.php/a", "https://harbour.example/news/index.php/a"),
        ("story.html", "https://harbour.example/news/story.html"),
        ("2026.11.20/a", "https://harbour.example/news/2026.11.20/a"),
        ("fog", "https://harbour.example/news/fog"),
    ],
)
def test_a_link_without_scheme_is_not_joined_to_the_site(link: str, expected: str) -> None:
    assert canonical_url(link, "https://harbour.example/news/") == expected


@pytest.mark.parametrize("number", [1, 2, 3_000])
def test_links_within_links(number: int) -> None:
    """A link of a redirecting service can hold another one; thousands of them end."""
    url = canonical_url("https://www.google.com/url?url=" * number + "https://example.org/a")
    assert url.endswith("https://example.org/a")
    assert (url == "https://example.org/a") == (number < 3)
