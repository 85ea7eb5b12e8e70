"""One publisher with many entries does not delay the rows of the others."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from newsbeam.pipeline.batch.fair_order import fair_order
from newsbeam.pipeline.batch.spool import Ref
from newsbeam.pipeline.cli import main


def refs(source: str, *times: int, feed_url: str = "") -> list[Ref]:
    return [Ref(((time, source), feed_url or source, source, source, "", "", ""), source, 0, 1) for time in times]


def order(entries: list[Ref], wires: Any = (), share: int = 2) -> list[tuple[str, int]]:
    return [(ref.path, ref.key[0][0]) for ref in fair_order(entries, wires, share)]


def test_entries_are_in_order_of_publication_while_no_source_has_more_than_its_share() -> None:
    assert order([*refs("a", 3, 1), *refs("b", 2)]) == [("a", 1), ("b", 2), ("a", 3)]


def test_what_a_source_has_beyond_its_share_comes_after_the_others_in_the_same_order_however_it_arrives() -> None:
    entries = [*refs("flood", *range(5)), *refs("a", 7, 8), *refs("b", 9)]
    expected = [("flood", 0), ("flood", 1), ("a", 7), ("a", 8), ("b", 9), ("flood", 2), ("flood", 3), ("flood", 4)]
    assert order(entries) == order(entries[::-1]) == expected


def test_two_feeds_of_one_source_have_one_share() -> None:
    entries = [*refs("flood", 1, 2, feed_url="x"), *refs("flood", 3, 4, feed_url="y"), *refs("a", 5)]
    assert order(entries) == [("flood", 1), ("flood", 2), ("a", 5), ("flood", 3), ("flood", 4)]


def test_a_wire_stays_in_order_of_publication() -> None:
    assert order([*refs("wire", *range(5)), *refs("a", 6)], {"wire"})[-1] == ("a", 6)


@pytest.mark.slow
def test_the_first_rows_of_a_run_are_those_of_all_sources(tmp_path: Path) -> None:
    """Counted in entries that are committed before, not in seconds."""
    for name, number in (("flood", 300), ("a", 3), ("b", 3)):
        items = [
            {
                "id": f"{name}-{n}",
                "title": f"{name} {n}",
                "content_text": f"Of {name} the number {n}.",
                # The flood is older than everything else.
                "date_published": f"2026-11-{1 if name == 'flood' else 2:02}T{n // 60:02}:{n % 60:02}:00Z",
            }
            for n in range(number)
        ]
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": name, "items": items}
        (tmp_path / f"{name}.json").write_text(json.dumps(feed))
    config = tmp_path / "config.yaml"
    config.write_text(
        "output: output\nfeeds: [{path: '*.json'}]\nentities: {models: {}}\ntopics: {max: 0}\nslice: 80\n"
    )
    output = tmp_path / "output"
    assert main(["run", str(config), "--output", str(output), "--quiet", "--direct_num_workers=1"]) == 0
    files = sorted(output.glob("entries/*/*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    sources = [dict(duckdb.sql(f"SELECT source, count(*) FROM '{path}' GROUP BY ALL").fetchall()) for path in files]
    before = sources[: 1 + max(at for at, each in enumerate(sources) if each.keys() & {"a", "b"})]
    assert sum(each.get("flood", 0) for each in before) <= 20 + 80  # its share, and the rest of one slice
    assert sum(each["flood"] for each in sources) == 300
