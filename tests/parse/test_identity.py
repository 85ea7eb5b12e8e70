"""Ids and content hashes that survive guids which repeat, change or miss."""

from dataclasses import replace
from datetime import UTC, datetime

from newsbeam.transforms.parse.identity import identify, identify_items, words_hash
from newsbeam.transforms.records import Entry

HOME = "https://harbour.example/"


def entry(guid: str = "", url: str = "", title: str = "Ferry", **fields: str) -> Entry:
    fetched_at = datetime(2026, 11, 20, tzinfo=UTC)
    return Entry("", "Harbour", f"{HOME}rss", "rss20", fetched_at, guid=guid, url=url, title=title, **fields)


def ids(*entries: Entry) -> list[str]:
    return [e.entry_id for e in identify(entries, HOME)]


def test_the_guid_is_the_identity_whatever_else_changes() -> None:
    assert ids(entry("7", f"{HOME}1", "a")) == ids(entry("7", f"{HOME}2", "b"))


def test_a_local_guid_belongs_to_its_feed_and_a_global_one_to_its_source() -> None:
    other = f"{HOME}other"
    for guid in (f"{HOME}?p=1", "urn:uuid:1", "tag:harbour.example,2026:1", "ee2bf2a1-0000-4000-8000-00000000000a"):
        assert ids(entry(guid)) == ids(replace(entry(guid), feed_url=other))
    assert ids(entry("7")) != ids(replace(entry("7"), feed_url=other))
    assert ids(entry("urn:x:1")) != ids(replace(entry("urn:x:1"), source="other"))


def test_a_guid_of_several_stories_is_none() -> None:
    one, two = entry("0", f"{HOME}1", "a"), entry("0", f"{HOME}2", "b")
    first, second = ids(one, two)
    assert first != second
    assert [first] == ids(replace(one, guid=""))


def test_without_guid_and_own_link_title_and_date_decide() -> None:
    one = entry(url=HOME, title="a", published_raw="2026-10-01")
    two = entry(url=HOME, title="b", published_raw="2026-10-01")
    assert len(set(ids(one, two))) == 2
    assert ids(one) == ids(replace(one, content="<p>changed</p>"))
    assert ids(replace(one, published_raw="")) != ids(replace(one, published_raw="", content="<p>changed</p>"))


def test_a_home_page_identifies_nothing_as_guid_or_link() -> None:
    for home in (HOME, "https://www.harbour.example", "https://elsewhere.example/"):
        assert ids(entry(home, f"{HOME}1")) == ids(entry("", f"{HOME}1"))
    assert ids(entry("https://harbour.example/?p=1", f"{HOME}1")) != ids(entry("", f"{HOME}1"))


def test_items_with_the_same_title_and_date_are_distinguished_by_content() -> None:
    def brief(words: str, date: str = "2026-10-01") -> Entry:
        return entry(title="In brief", content=words, published_raw=date)

    first, second = ids(brief("The bridge is shut."), brief("The ferry is late."))
    assert first != second
    assert set(ids(brief("The bus is full."), brief("The ferry is late."), brief("The bridge is shut."))) > {
        first,
        second,
    }
    assert ids(brief("One.")) == ids(brief("Two."))  # an edit, as far as its document says
    items = [replace(item(guid=""), title="a", published_raw="2026", content=words) for words in ("One.", "Two.")]
    assert len({each.entry_id for each in identify_items(items)}) == 2


def test_scheme_and_www_of_links_and_guids_do_not_count() -> None:
    for other in ("http://harbour.example/1", "https://www.harbour.example/1/", "HTTPS://Harbour.Example:443/1"):
        assert ids(entry(url=f"{HOME}1")) == ids(entry(url=other))
        assert ids(entry(f"{HOME}1")) == ids(entry(other))
    assert ids(entry(url=f"{HOME}a")) != ids(entry(url=f"{HOME}A"))


def test_a_repeated_entry_is_one() -> None:
    assert len(identify([entry("7", content="x"), entry("7", content="x"), entry("8", content="x")])) == 2


def test_two_versions_in_one_document_share_an_id() -> None:
    first, second = identify([entry("7", f"{HOME}1", content="new"), entry("7", f"{HOME}1", content="old")])
    assert first.entry_id == second.entry_id


def test_a_link_identifies_only_if_it_is_one_entrys_own() -> None:
    entries = identify(
        [entry("1", f"{HOME}1"), entry("2", f"{HOME}x"), entry("3", f"{HOME}x"), entry("4", HOME), entry("5")], HOME
    )
    assert [e.link_is_identity for e in entries] == [True, False, False, False, False]


def test_the_hash_counts_words_not_markup_dates_or_order() -> None:
    base = entry("7", content='<p class="a">The ferry\n is <b>back</b>.</p>', categories="")
    for same in (
        replace(base, content='<p class="b" data-t="123">The ferry is <i>back</i>.</p>'),
        replace(base, published_raw="2026-10-01", updated_raw="2026-10-02", url=f"{HOME}2", categories=("Sea",)),
        replace(base, content="<p>The ferry is back.</p><script>track(1)</script><!-- 17:03 -->"),
    ):
        assert words_hash(same) == words_hash(base)
    for other in (
        replace(base, title="Ferry!"),
        replace(base, content="<p>The ferry is gone.</p>"),
        replace(base, status="canceled"),
    ):
        assert words_hash(other) != words_hash(base)


def test_empty_fields_do_not_count() -> None:
    assert words_hash(entry(title="a", summary="")) == words_hash(entry(title="a"))
    assert words_hash(entry(title="a")) != words_hash(entry(title="", summary="a"))


def item(**fields: object) -> Entry:
    return replace(entry("urn:newsml:harbour.example:7", content="<p>Text.</p>"), **{"format": "newsml-g2", **fields})


def revisions(*entries: Entry) -> list[str]:
    return [e.revision for e in identify_items(entries)]


def test_an_item_is_its_agencys_id_in_whatever_file_and_version() -> None:
    items = [item(), item(feed_url="drop/2.xml"), item(provider_version=2, title="b"), item(status="canceled")]
    assert len({e.entry_id for e in identify_items(items)}) == 1
    (other,) = identify_items([item(source="other")])
    assert other.entry_id != identify_items([item()])[0].entry_id
    first, second = identify_items([item(guid="", title="a"), item(guid="", title="b")])
    assert first.entry_id != second.entry_id


def test_an_item_that_a_file_repeats_is_one() -> None:
    assert len(identify_items([item(), item(), item(provider_version=2)])) == 2


def test_revisions_sort_by_number_then_time_then_caution() -> None:
    ordered = [
        item(provider_version=1, updated_raw="2026-11-20T09:00:00Z"),
        item(provider_version=1, updated_raw="2026-11-20T12:00:00+02:00"),
        item(provider_version=1, updated_raw="2026-11-20T10:00:00Z", status="withheld"),
        item(provider_version=1, updated_raw="2026-11-20T10:00:00Z", status="canceled"),
        item(provider_version=2, updated_raw="2026-11-20T08:00:00Z"),
        item(provider_version=10, updated_raw="2026-11-20T08:00:00Z"),
    ]
    assert revisions(*ordered) == sorted(set(revisions(*ordered)))


def test_an_order_without_a_number_is_above_all_numbers() -> None:
    story = item(provider_version=999, updated_raw="2026-11-20T09:00:00Z")
    usable, withheld, killed = revisions(story, item(status="withheld"), item(status="canceled"))
    assert usable < withheld < killed


def test_revisions_do_not_depend_on_the_time_of_fetching() -> None:
    """A date in the future is clamped to the time of fetching, an order may not be."""
    future = item(updated_raw="2027-01-01T00:00:00Z", updated=datetime(2026, 11, 20, tzinfo=UTC))
    assert revisions(future) == revisions(
        replace(future, fetched_at=datetime(2026, 11, 30, tzinfo=UTC), updated=datetime(2026, 11, 30, tzinfo=UTC))
    )


def test_the_end_of_an_embargo_is_content() -> None:
    assert words_hash(item()) != words_hash(item(embargo_until=datetime(2026, 11, 21, tzinfo=UTC)))
