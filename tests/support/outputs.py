"""Helpers for tests of whole runs: write feeds and configs, read rows back."""

import json
from pathlib import Path

import duckdb

SHARED_BY_ALL = (
    "The ferry company said on Monday that it would resume crossings to the outer islands next week, after the "
    "inspection of its three oldest ships had found no further damage to their hulls."
)
EDITED = SHARED_BY_ALL.replace("on Monday", "late on Monday")


def rows(output: Path, sql: str) -> list[tuple]:
    """Query the tables of an output by their names."""
    connection = duckdb.connect()
    for table in ("paragraphs", "entries", "polls", "dead_letters", "runs"):
        if (output / table).exists():
            files = f"read_parquet('{output / table}/**/*.parquet', hive_partitioning = true)"
            connection.execute(f"CREATE VIEW {table} AS FROM {files}")
    return connection.execute(sql).fetchall()


ALL_ROWS = """
    SELECT paragraph_id, position, text, kind, language, fingerprint, duplicate_of, duplicate_kind, similarity,
           entities, topics, source, feed_url, url, title, published, near_keys
    FROM paragraphs ORDER BY paragraph_id
"""
# `agency_share` depends on the slice that an entry is decided in.
ALL_ENTRIES = "SELECT * EXCLUDE (fetched_at, date, agency_share) FROM entries ORDER BY entry_id, version"


def json_feed(entries: dict[str, tuple[str, str]], title: str = "A feed") -> str:
    """Return a JSON Feed of entries: guid -> (date, text)."""
    items = [
        {"id": guid, "title": f"Title of {guid}", "date_published": date, "content_html": html}
        for guid, (date, html) in entries.items()
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": title, "items": items})


def write_config(folder: Path, more: str = "", entities: str = "{}") -> Path:
    config = folder / "config.yaml"
    config.write_text(
        f"output: {folder / 'output'}\nfeeds:\n  - {{path: 'feeds/*.json', language: en}}\n"
        f"entities: {{models: {entities}}}\n{more}"
    )
    return config


def write_feeds(folder: Path, feeds: int = 4, entries: int = 6) -> None:
    (folder / "feeds").mkdir(parents=True, exist_ok=True)
    for feed in range(feeds):
        items = {}
        for entry in range(entries):
            date = f"2026-11-{10 + (feed * 7 + entry * 3) % 14:02}T0{entry}:00:00Z"
            text = f"<p>{SHARED_BY_ALL}</p><p>Entry {entry} of feed {feed} was written by hand.</p>"
            text += f"<p>{EDITED}</p><p>{SHARED_BY_ALL}</p>" if entry % 2 else ""
            items[f"tag:test,2026:{feed}-{entry}"] = date, text
        (folder / "feeds" / f"feed{feed}.json").write_text(json_feed(items, f"Feed {feed}"))
