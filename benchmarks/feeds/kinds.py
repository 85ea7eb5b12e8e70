"""Every kind of disagreement, and who is right by the specification."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from benchmarks.feeds.checks import Outcome


@dataclass(frozen=True)
class Kind:
    """One kind of disagreement.

    Attributes:
        name: What newsbeam does otherwise, in a line.
        right: Who is right by the specification; "either" where none says.
        by: The specification and section, or the reason where none says.
        where: Patterns of "suite file field", "*" for anything.
    """

    name: str
    right: Literal["suite", "newsbeam", "either"]
    by: str
    where: tuple[str, ...]


UNEXPLAINED = Kind("unexplained", "suite", "", ())

KINDS = (
    Kind(
        "two people in one element are two authors",
        "newsbeam",
        "RSS 2.0 and DCMI have a person an element; the names are those of people who wrote together",
        (
            "feed-rs rss2/rss_2.0_ch9.xml authors",
            "feed-rs rss2/rss_2.0_dbengines.xml authors",
            "feed-rs rss2/rss_2.0_nbcny.xml authors",
            "feed-rs jsonfeed/jsonfeed_spec_1.json authors",
        ),
    ),
    Kind(
        "of entries that are equal in all but their pictures the second one is a repeat",
        "newsbeam",
        "RFC 4287 4.1.1: entries with one id are the same entry",
        ("feedparser wellformed/node_precedence/atom10_id.xml id",),
    ),
    Kind(
        "FeedBurner's redirect is replaced by the link that it leads to",
        "newsbeam",
        "FeedBurner's namespace: origLink is the link of the publisher's own feed",
        (
            "rss-parser encoding.rss link",
            "rss-parser feedburner.atom link",
            "rss-parser many-links.rss link",
            "feed-rs atom/atom_example_3.xml link",
            "feed-rs rss2/rss_2.0_rps.xml link",
        ),
    ),
    Kind(
        "bytes that are not UTF-8, in a document that names no encoding, are read as what they are",
        "newsbeam",
        "XML 1.0 4.3.3 makes them an error; the suite's U+FFFD has lost the letters",
        ("rss-parser uolNoticias.rss title",),
    ),
    Kind(
        "UTF-8 with one broken byte stays UTF-8",
        "newsbeam",
        "XML 1.0 4.3.3 makes it an error; the suite reads every byte as windows-1252",
        ("feedparser encoding/bozo_linenoise.xml summary",),
    ),
    Kind(
        "an id stays as published",
        "newsbeam",
        "RFC 4287 4.2.6: an absolute IRI, compared letter by letter; where the feed is served is not part of it",
        ("feedparser wellformed/base/http_entry_id_base_docuri.xml id",),
    ),
    Kind(
        "all of several dc:creator are authors",
        "newsbeam",
        "DCMI: each Dublin Core element may be repeated",
        ("gofeed extensions/dublincore/dublincore_item_multiple_values.xml authors",),
    ),
    Kind(
        "an Atom body of another media type than text is not text",
        "newsbeam",
        "RFC 4287 4.1.3.3: Base64 of a video",
        ("gofeed parser/atom/issue_275_extensions_and_source.xml content",),
    ),
    Kind(
        "elements where RSS has text are dropped, with what is in them",
        "either",
        "RSS 2.0 has no elements in author, category and guid; the suite keeps their markup as text",
        ("gofeed parser/rss/rss_channel_item_*_naked_markup.xml *",),
    ),
    Kind(
        "the attribute of a link counts before its text",
        "suite",
        "RSS 2.0: the link is the element's text, and has no attributes",
        ("gofeed parser/rss/rss_channel_item_uri_at_protocol.xml link",),
    ),
    Kind(
        "an entry that was only modified has no date of publication",
        "newsbeam",
        "RFC 4287 4.2.9: published is optional, and another date than updated (issued and modified in 0.3)",
        ("gofeed translator/atom/feed_item_updated_-_atom03_feed_entry_modified.xml published",),
    ),
    Kind(
        "author is not read beside authors",
        "newsbeam",
        "JSON Feed 1.1: author is deprecated, authors is preferred where it is present",
        ("feed-rs jsonfeed/jsonfeed_elastic_1.1.json authors",),
    ),
    Kind(
        "itunes:summary counts before description",
        "suite",
        "RSS 2.0: description is the item's synopsis",
        ("feed-rs rss2/rss_2.0_ch9.xml summary",),
    ),
    Kind(
        "media:keywords are categories, too",
        "either",
        "Media RSS: keywords describe the media object, which in a feed of stories is the story",
        ("feed-rs rss2/rss_2.0_example_3.xml categories",),
    ),
    Kind(
        "the identifier of a picture is not the entry's",
        "newsbeam",
        "RSS 2.0 guid; the dc:identifier that the suite takes is inside media:content",
        ("feedjira HuffPostCanada.xml id",),
    ),
    Kind(
        "a guid that is a permalink is the link of an entry that has no other",
        "newsbeam",
        "RSS 2.0 guid: with isPermaLink true, or absent, it can be opened in a browser",
        ("node-feedparser rss2sample.xml link",),
    ),
)


def kind_of(outcome: Outcome) -> Kind:
    """Return the first kind that names a disagreement, UNEXPLAINED if none does."""
    what = f"{outcome.suite} {outcome.file} {outcome.expectation.field}"
    return next((kind for kind in KINDS if any(fnmatchcase(what, pattern) for pattern in kind.where)), UNEXPLAINED)


def group_by_kind(disagreements: Iterable[Outcome]) -> dict[Kind, list[Outcome]]:
    """Return disagreements by kind, in the order of the table, the unexplained last."""
    groups: dict[Kind, list[Outcome]] = {kind: [] for kind in (*KINDS, UNEXPLAINED)}
    for outcome in disagreements:
        groups[kind_of(outcome)].append(outcome)
    return {kind: outcomes for kind, outcomes in groups.items() if outcomes}
