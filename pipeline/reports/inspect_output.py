"""`newsbeam inspect`: a report on an output, by SQL over its Parquet files.

An analyst can run most of these queries as they are on the views of `newsbeam views`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import shorten
from typing import Any

import duckdb
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from newsbeam.pipeline.errors import NotUsableError
from newsbeam.pipeline.reports.databases import connect
from newsbeam.pipeline.reports.name_labels import IS_NAME
from newsbeam.pipeline.reports.small_files import compaction_hint
from newsbeam.pipeline.reports.views import NoOutputError, views_sql
from newsbeam.pipeline.terminal import Column, print_table, shown
from newsbeam.transforms.common.object_clients import ObjectStoreError
from newsbeam.transforms.common.progress import SILENT, Progress
from newsbeam.transforms.write.store import Store

FIRST_TEXT_CHARACTERS = 150


class InspectError(NotUsableError):
    """The output can't be shown; `str(error)` says why, in one line."""


@dataclass(frozen=True)
class _List:
    """One table of the report.

    Attributes:
        query: Returns the columns in order; `$limit` is the number of rows.
        columns: Header -> function that formats a value.
        empty: Text in place of a table without rows; "" to leave it out.
    """

    title: str
    query: str
    columns: dict[str, Callable[[Any], Text]]
    empty: str = ""


def inspect_output(
    output: str, console: Console, limit: int = 10, now: datetime | None = None, progress: Progress = SILENT
) -> None:
    """Print a report on `output`: rows, days, corrections and kills, sources, languages, ..., dead letters, alerts.

    Args:
        output: A folder that newsbeam wrote to, or its URL in an object store.
        console: To print to.
        limit: Maximum rows of each list.
        now: The time for ages; by default that of the call.
        progress: Is told which list is being made.

    Raises:
        InspectError: The folder doesn't exist, has no rows, or has a file that is not Parquet.
    """
    try:
        with connect(output) as database:
            database.execute(views_sql(output))
            parameters = {"limit": limit, "now": int((now or datetime.now(UTC)).timestamp())}
            for part in LISTS:
                progress.phase(f"Reading: {part.title}")
                rows = _rows(database, part.query, parameters)
                with progress.aside():
                    _print_list(part, rows, console)
            progress.phase("Reading: Latest stories, dead letters, alerts")
            stories = _rows(database, LATEST_STORIES, parameters)
            last = [(part, _rows(database, part.query, parameters)) for part in (DEAD_LETTERS, ALERTS)]
            with progress.aside():
                _print_stories(stories, console)
                for part, rows in last:
                    _print_list(part, rows, console)
        if hint := compaction_hint(Store(output), (now or datetime.now(UTC)).date()):
            console.print(Text(f"\n{hint}"))
    except (NoOutputError, ObjectStoreError) as error:
        raise InspectError(str(error)) from error
    except duckdb.Error as error:
        raise InspectError(f"{output}: can't be read: {str(error).splitlines()[0]}") from error


def _rows(database: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, int]) -> list[tuple[Any, ...]]:
    # DuckDB refuses parameters that a query doesn't use.
    used = {name: value for name, value in parameters.items() if f"${name}" in query}
    return database.execute(query, used).fetchall()


def _print_list(part: _List, rows: Sequence[tuple[Any, ...]], console: Console) -> None:
    if not rows and not part.empty:
        return
    console.print(Text(f"\n{part.title}", style="bold"))
    if not rows:
        console.print(part.empty)
        return
    columns = [Column(header, kind in (_number, _share)) for header, kind in part.columns.items()]
    cells = [[kind(value) for kind, value in zip(part.columns.values(), row, strict=True)] for row in rows]
    print_table(console, columns, cells)


def _print_stories(rows: Sequence[tuple[Any, ...]], console: Console) -> None:
    console.print(Text("\nLatest stories", style="bold"))
    if not rows:
        console.print("No entries yet.")
    for title, source, published, language, topics, text in rows:
        about = [source, _minute(published).plain, language or "", ", ".join(topics or ())]
        console.print(_text(title or "(no title)", style="cyan"))
        console.print(Padding(_text(" | ".join(filter(None, about)), style="dim"), (0, 0, 0, 2)))
        if text:
            console.print(Padding(_text(shorten(text, FIRST_TEXT_CHARACTERS, placeholder=" ...")), (0, 0, 0, 2)))


def _text(value: object, style: str = "") -> Text:
    text = shown(value, style)
    text.plain = text.plain.replace("\n", " ")
    return text


def _number(value: int | None) -> Text:
    return Text("" if value is None else f"{value:,}")


def _share(value: float | None) -> Text:
    return Text("" if value is None else f"{value:.1%}")


def _minute(seconds: int | None) -> Text:
    return Text("" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}")


def _age(seconds: int | None) -> Text:
    if seconds is None:
        return Text("never")
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return Text(f"{seconds // size} {unit} ago")
    return Text("just now")


# Queries return times as Unix seconds and ages as seconds.
ROWS = _List(
    "Rows",
    """
    SELECT 'paragraphs', count(*), count(DISTINCT date), min(date), max(date) FROM paragraphs UNION ALL
    SELECT 'entries', count(*), count(DISTINCT date), min(date), max(date) FROM entries UNION ALL
    SELECT 'polls', count(*), count(DISTINCT date), min(date), max(date) FROM polls UNION ALL
    SELECT 'dead_letters', count(*), count(DISTINCT date), min(date), max(date) FROM dead_letters
    """,
    {"table": _text, "rows": _number, "days": _number, "first day": _text, "last day": _text},
)

DAYS = _List(
    "Days",
    """
    WITH
      e AS (SELECT date, count(*) AS entries, count(*) FILTER (version > 1) AS updates,
                   count(DISTINCT source) AS sources FROM entries GROUP BY date),
      p AS (SELECT date, count(*) AS paragraphs FROM paragraphs GROUP BY date),
      f AS (SELECT date, count(*) AS polls, count(*) FILTER (status = 'error') AS failed FROM polls GROUP BY date)
    SELECT date, coalesce(polls, 0), coalesce(failed, 0), coalesce(sources, 0), coalesce(entries, 0),
           coalesce(updates, 0), coalesce(paragraphs, 0)
    FROM e FULL JOIN p USING (date) FULL JOIN f USING (date) ORDER BY date DESC LIMIT $limit
    """,
    {
        "day": _text,
        "polls": _number,
        "failed": _number,
        "sources": _number,
        "entries": _number,
        "updates": _number,
        "paragraphs": _number,
    },
)

# Editors need these before they use anything. Stories under embargo are not shown.
CORRECTIONS = _List(
    "Corrections and kills",
    """
    SELECT coalesce(title, slugline, guid, url), source, state, array_to_string(signals, ', '),
           epoch_us(coalesce(updated, published, fetched_at)) // 1000000 AS made
    FROM latest_entries
    WHERE state IN ('canceled', 'withheld')
       OR (state = 'usable' AND list_has_any(signals, ['correction', 'clarification']))
    ORDER BY made DESC, entry_id LIMIT $limit
    """,
    {"story": _text, "source": _text, "state": _text, "signals": _text, "when": _minute},
)

DUPLICATES = _List(
    "Duplicate paragraphs, by where the first copy is",
    """
    SELECT p.duplicate_kind,
           count(*) FILTER (c.entry_id = p.entry_id),
           count(*) FILTER (c.entry_id <> p.entry_id AND c.source = p.source),
           count(*) FILTER (c.source <> p.source),
           count(*),
           count(*) / (SELECT count(*) FROM paragraphs)
    FROM paragraphs p LEFT JOIN paragraphs c ON c.paragraph_id = p.duplicate_of
    WHERE p.duplicate_of IS NOT NULL GROUP BY p.duplicate_kind ORDER BY p.duplicate_kind
    """,
    {
        "kind": _text,
        "same entry": _number,
        "same source": _number,
        "other source": _number,
        "all": _number,
        "of all rows": _share,
    },
    empty="None.",
)

SOURCES = _List(
    "Sources",
    """
    WITH
      e AS (SELECT source, count(DISTINCT entry_id) AS entries, max(fetched_at) AS latest FROM entries GROUP BY source),
      p AS (SELECT source, count(*) AS paragraphs, count(duplicate_of) / count(*) AS repeats
            FROM paragraphs GROUP BY source),
      f AS (SELECT source, max(fetched_at) AS polled, arg_max(status, fetched_at) AS status FROM polls GROUP BY source)
    SELECT source, coalesce(entries, 0), coalesce(paragraphs, 0), repeats,
           $now - epoch_us(latest) // 1000000, $now - epoch_us(polled) // 1000000, status
    FROM e FULL JOIN p USING (source) FULL JOIN f USING (source)
    ORDER BY coalesce(paragraphs, 0) DESC, source LIMIT $limit
    """,
    {
        "source": _text,
        "entries": _number,
        "paragraphs": _number,
        "repeats": _share,
        "last new": _age,
        "polled": _age,
        "status": _text,
    },
    empty="None.",
)

# Shows why a feed has no rows. Files are left out: they need not change.
QUIET_FEEDS = _List(
    "Feeds that fail, or had nothing new for a day",
    """
    WITH
      poll AS (FROM polls QUALIFY row_number() OVER (PARTITION BY feed_url ORDER BY fetched_at DESC) = 1),
      news AS (SELECT feed_url, max(fetched_at) AS latest FROM entries GROUP BY feed_url)
    SELECT feed_url, $now - epoch_us(latest) // 1000000, $now - epoch_us(fetched_at) // 1000000,
           CASE WHEN status = 'error' THEN coalesce(error, 'HTTP ' || http_status) ELSE status END
    FROM poll LEFT JOIN news USING (feed_url)
    WHERE status = 'error'
       OR (feed_url LIKE 'http%' AND coalesce(epoch_us(latest) // 1000000, 0) < $now - 86400)
    ORDER BY status = 'error' DESC, latest NULLS FIRST, feed_url LIMIT $limit
    """,
    {"feed": _text, "last new": _age, "polled": _age, "result": _text},
)

# Later copies of these are not found, so whoever counts copies has to know.
FORGOTTEN = _List(
    "Streams that forgot paragraphs",
    """
    SELECT $now - epoch_us(began_at) // 1000000, $now - epoch_us(ended_at) // 1000000, paragraphs_out_of_window,
           paragraphs_out_of_memory
    FROM runs WHERE paragraphs_out_of_window > 0 OR paragraphs_out_of_memory > 0 ORDER BY began_at DESC LIMIT $limit
    """,
    {"began": _age, "ended": _age, "older than dedup.window": _number, "dedup.memory full": _number},
)

LANGUAGES = _List(
    "Languages",
    """
    SELECT coalesce(language, '(unknown)'), count(*), count(*) / sum(count(*)) OVER (), count(DISTINCT entry_id)
    FROM paragraphs GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT $limit
    """,
    {"language": _text, "paragraphs": _number, "share": _share, "entries": _number},
    empty="None.",
)

# Dates, amounts and numbers (the value types of OntoNotes) are entities too, but not of interest here.
ENTITIES = _List(
    "Top entities",
    f"""
    SELECT entity.name, entity.label, count(*), count(DISTINCT entry_id)
    FROM (SELECT entry_id, unnest(entities) AS entity FROM current_paragraphs)
    WHERE entity.{IS_NAME}
    GROUP BY ALL ORDER BY 3 DESC, 1, 2 LIMIT $limit
    """,  # noqa: S608
    {"name": _text, "label": _text, "mentions": _number, "entries": _number},
    empty="None.",
)

TOPICS = _List(
    "Top topics",
    """
    SELECT topic.name, topic.qcode, count(*)
    FROM (SELECT unnest(topics) AS topic FROM current_entries) GROUP BY ALL ORDER BY 3 DESC, 1 LIMIT $limit
    """,
    {"topic": _text, "qcode": _text, "entries": _number},
    empty="None.",
)

# The latest state of each alert at each receiver; rows of a state that ends it are the last.
ALERTS = _List(
    "Alerts",
    """
    WITH alert AS (
      SELECT rule, receiver, alert_id, bool_or(state = 'sent') AS sent,
             bool_or(state IN ('dropped', 'expired')) AS ended, max(recorded_at) AS latest,
             arg_max(error, recorded_at) FILTER (state = 'failed') AS error
      FROM alerts GROUP BY rule, receiver, alert_id
    )
    SELECT rule, receiver, count(*) FILTER (sent), $now - epoch_us(max(latest) FILTER (sent)) // 1000000,
           count(*) FILTER (NOT sent AND NOT ended), count(*) FILTER (ended),
           arg_max(error, latest) FILTER (NOT sent)
    FROM alert GROUP BY rule, receiver ORDER BY 5 DESC, rule, receiver LIMIT $limit
    """,
    {
        "rule": _text,
        "receiver": _text,
        "sent": _number,
        "last sent": _age,
        "waiting": _number,
        "not sent": _number,
        "last error": _text,
    },
)

LISTS = (ROWS, DAYS, CORRECTIONS, SOURCES, QUIET_FEEDS, LANGUAGES, DUPLICATES, FORGOTTEN, ENTITIES, TOPICS)

# By publication; stories without a date come last, the latest fetched first.
LATEST_STORIES = """
    WITH
      story AS (FROM current_entries ORDER BY published DESC NULLS LAST, fetched_at DESC, entry_id LIMIT $limit),
      first AS (SELECT entry_id, entry_version AS version,
                       arg_min(text, (kind IN ('heading', 'summary'), position)) AS text
                FROM paragraphs WHERE entry_id IN (SELECT entry_id FROM story) GROUP BY ALL)
    SELECT title, source, epoch_us(coalesce(published, fetched_at)) // 1000000, language,
           [topic.name FOR topic IN topics], text
    FROM story LEFT JOIN first USING (entry_id, version)
    ORDER BY published DESC NULLS LAST, fetched_at DESC, entry_id
"""

DEAD_LETTERS = _List(
    "Dead letters",
    """
    SELECT error, count(*), count(*) FILTER (repaired), arg_max(message, failed_at), arg_max(uri, failed_at)
    FROM dead_letters GROUP BY error ORDER BY 2 DESC, 1 LIMIT $limit
    """,
    {"error": _text, "rows": _number, "repaired": _number, "for example": _text, "from": _text},
    empty="None.",
)
