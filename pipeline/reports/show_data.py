"""What `newsbeam show` says of an entry or a story, as plain data for the terminal and for HTML."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import duckdb

from newsbeam.pipeline.reports.cells import as_text
from newsbeam.pipeline.reports.name_labels import IS_NAME
from newsbeam.pipeline.reports.reading import ReportError, view_database
from newsbeam.pipeline.reports.word_diff import Span, paragraph_diff, word_diff

_Row = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One part of a page: a table, or two versions side by side.

    Attributes:
        headers: Of the columns; () for texts without a head.
        rows: Cells as text.
        sides: Of two versions: the paragraphs that differ, old and new.
    """

    title: str
    headers: tuple[str, ...] = ()
    rows: Sequence[Sequence[str]] = ()
    sides: Sequence[tuple[Sequence[Span], Sequence[Span]]] = ()


@dataclass(frozen=True)
class Page:
    """An entry or a story.

    Attributes:
        facts: Label and value of its metadata, where it has them.
        text: The paragraphs of the latest version.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    text: Sequence[str]
    parts: Sequence[Part] = field(default=())


def pages_of(output: str, name: str) -> list[Page]:
    """Return the pages of the entries, or of the story, that an id, URL or guid names.

    Raises:
        ReportError: The output can't be read, or has nothing of this name.
    """
    with view_database(output) as database:
        if story := _rows(database, _STORY, name):
            return [_story_page(database, name, story[0])]
        found = _rows(database, _FIND, name)
        if not found:
            raise ReportError(f"{output}: no entry or story has the id, URL or guid {name}")
        return [_entry_page(database, row) for row in found]


def _rows(database: duckdb.DuckDBPyConnection, query: str, name: str) -> list[_Row]:
    rows: list[_Row] = database.sql(query, params={"name": name}).to_arrow_table().to_pylist()
    return rows


def _entry_page(database: duckdb.DuckDBPyConnection, entry: _Row) -> Page:
    name = entry["entry_id"]
    texts: dict[int, list[str]] = defaultdict(list)
    for row in _rows(database, _TEXTS, name):
        texts[row["entry_version"]].append(row["text"])
    versions = _rows(database, _VERSIONS, name)
    parts = [
        *_differences(versions, texts),
        _table("What the source said", versions, "version", "status", "signals", "made", "embargo_until", "ednote"),
        *(_table(title, _rows(database, query, name), *columns) for title, query, columns in _PARTS),
    ]
    facts = [(label, as_text(entry[column])) for label, column in _FACTS if as_text(entry[column])]
    return Page(_title(entry), facts, texts[entry["version"]], [part for part in parts if part.rows or part.sides])


def _story_page(database: duckdb.DuckDBPyConnection, name: str, story: _Row) -> Page:
    entries = _rows(database, _STORY_ENTRIES, name)
    first = [row["text"] for row in _rows(database, _STORY_TEXT, name)]
    facts = [(label, as_text(story[column])) for label, column in _STORY_FACTS if as_text(story[column])]
    columns = ("made", "source", "title", "lag", "agency_share", "url", "entry_id")
    names = _table("Names", _rows(database, _STORY_NAMES, name), "name", "label", "mentions", "sources")
    return Page(_title(story), facts, first, [_table("In order of appearance", entries, *columns), names])


def _title(row: _Row) -> str:
    return row["title"] or row["url"] or "(no title)"


def _table(title: str, rows: Sequence[_Row], *columns: str) -> Part:
    """Return a part with the columns that any of the rows has a value in."""
    cells = [[as_text(row[column]) for column in columns] for row in rows]
    used = [index for index in range(len(columns)) if any(row[index] for row in cells)]
    headers = tuple(columns[index].replace("_", " ") for index in used)
    return Part(title, headers, [[row[index] for index in used] for row in cells])


def _differences(versions: Sequence[_Row], texts: dict[int, list[str]]) -> Iterator[Part]:
    for old, new in pairwise(versions):
        title = [word_diff(old["title"] or "", new["title"] or "")] * (old["title"] != new["title"])
        sides = title + list(paragraph_diff(texts[old["version"]], texts[new["version"]]))
        yield Part(f"Version {old['version']} and version {new['version']}", sides=sides)


_FACTS = (
    ("source", "source"),
    ("state", "state"),
    ("published", "published"),
    ("updated", "updated"),
    ("fetched", "fetched_at"),
    ("url", "url"),
    ("guid", "guid"),
    ("authors", "authors"),
    ("byline", "byline"),
    ("language", "language"),
    ("feed", "feed_title"),
    ("section", "categories"),
    ("topics", "topics"),
    ("place", "dateline_place"),
    ("slugline", "slugline"),
    ("urgency", "urgency"),
    ("rights", "rights"),
    ("share of agency copy", "agency_share"),
    ("story", "story_id"),
    ("entry", "entry_id"),
)
_STORY_FACTS = (
    ("first source", "first_source"),
    ("first", "first_at"),
    ("last", "last_at"),
    ("entries", "entries"),
    ("sources", "sources"),
    ("topics", "topics"),
    ("story", "story_id"),
)

_STORY = "FROM stories WHERE story_id = $name AND (entries > 1 OR story_id <> first_entry)"
_STORY_ENTRIES = """
    SELECT e.made, source, title, to_seconds(epoch(e.made) - epoch(s.first_at))::VARCHAR AS lag,
           round(e.agency_share, 2) AS agency_share, url, entry_id
    FROM (SELECT *, coalesce(published, fetched_at) AS made FROM entries_now) AS e
    JOIN (SELECT story_id, first_at FROM stories) AS s USING (story_id)
    WHERE story_id = $name ORDER BY e.made, entry_id
"""
_STORY_TEXT = """
    SELECT p.text FROM stories AS s JOIN current_entries AS e ON e.entry_id = s.first_entry
    JOIN paragraphs AS p ON p.entry_id = e.entry_id AND p.entry_version = e.version
    WHERE s.story_id = $name ORDER BY p.position
"""
_STORY_NAMES = f"""
    SELECT name, label, count(*) AS mentions, list_sort(list(DISTINCT source)) AS sources
    FROM mentions WHERE story_id = $name AND {IS_NAME} GROUP BY ALL ORDER BY mentions DESC, name LIMIT 20
"""  # noqa: S608
_FIND = """
    SELECT e.* REPLACE (coalesce(n.into, e.story_id) AS story_id, round(agency_share, 2) AS agency_share)
    FROM latest_entries AS e LEFT JOIN story_names AS n ON n.story_id = e.story_id
    WHERE e.entry_id = $name OR e.url = $name OR e.guid = $name
       OR e.entry_id IN (SELECT entry_id FROM entries WHERE url = $name OR guid = $name)
    ORDER BY coalesce(published, fetched_at), e.entry_id LIMIT 10
"""
_TEXTS = "SELECT entry_version, text FROM paragraphs WHERE entry_id = $name ORDER BY entry_version, position"
_VERSIONS = """
    SELECT version, title, status, signals, ednote, embargo_until, coalesce(updated, published, fetched_at) AS made
    FROM entries WHERE entry_id = $name ORDER BY revision NULLS FIRST, version
"""
_ELSEWHERE = """
    WITH own AS (
      SELECT p.position, coalesce(p.duplicate_of, p.paragraph_id) AS canonical
      FROM paragraphs AS p JOIN latest_entries AS e ON e.entry_id = p.entry_id AND e.version = p.entry_version
      WHERE p.entry_id = $name
    )
    SELECT own.position + 1 AS paragraph, coalesce(p.published, p.fetched_at) AS made, p.source, p.title,
           coalesce(p.copy_kind, p.duplicate_kind, 'first') AS copy, p.agency, p.url
    FROM own JOIN paragraphs AS p ON coalesce(p.duplicate_of, p.paragraph_id) = own.canonical
    JOIN latest_entries AS e ON e.entry_id = p.entry_id AND e.version = p.entry_version
    WHERE own.canonical IN (
      SELECT coalesce(duplicate_of, paragraph_id) FROM paragraphs WHERE entry_id <> $name
    )
    ORDER BY own.position, made, p.paragraph_id
"""
_NAMES = f"""
    SELECT name, label, country, count(*) AS mentions FROM mentions WHERE entry_id = $name AND {IS_NAME}
    GROUP BY ALL ORDER BY mentions DESC, name
"""  # noqa: S608
_QUOTES = "SELECT speaker, text FROM quotes WHERE entry_id = $name ORDER BY paragraph_id"
_MEDIA = """
    SELECT m.kind, m.title, m.caption, m.credit, m.url
    FROM (SELECT unnest(media) AS m FROM latest_entries WHERE entry_id = $name)
"""
_DEAD_LETTERS = """
    SELECT DISTINCT d.failed_at, d.stage, d.error, d.message, d.repaired
    FROM dead_letters AS d JOIN entries AS e ON e.source = d.source AND d.uri IN (e.url, e.feed_url)
    WHERE e.entry_id = $name ORDER BY d.failed_at DESC LIMIT 20
"""
_PARTS = (
    ("Where else its paragraphs stand, in order of appearance", _ELSEWHERE,
     ("paragraph", "made", "source", "copy", "agency", "title", "url")),
    ("Names", _NAMES, ("name", "label", "country", "mentions")),
    ("Quotes", _QUOTES, ("speaker", "text")),
    ("Pictures, sound, video", _MEDIA, ("kind", "title", "caption", "credit", "url")),
    ("Dead letters of its source's document", _DEAD_LETTERS, ("failed_at", "stage", "error", "message", "repaired")),
)  # fmt: skip
