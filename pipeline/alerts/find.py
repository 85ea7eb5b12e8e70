"""Finds what the rules are about in the rows of an output, and makes the alerts that were not found before.

An alert has an id, which hangs on its rule and on what it is about: an entry and its version, a source and its latest
entry, dead letters of one kind, source and day. So what is found again has the same id, and is not found twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from newsbeam.pipeline.alerts.messages import Found, of_dead_letters, of_silence, of_story
from newsbeam.pipeline.alerts.rules import KILLED, Candidate, Rule
from newsbeam.pipeline.reports.freshness import freshness_rows

MAX_NEW = 100
"""Alerts of one rule that are found at once; the rest is found by the next call, the oldest first."""

STATE = """
    CASE WHEN state IN ('canceled', 'withheld') THEN state
         WHEN embargo_until > getvariable('until') THEN 'embargoed' ELSE 'usable' END
"""
"""In SQL: whether a story may be told of at the time `until`."""

_CANDIDATES = f"""
    CREATE OR REPLACE TEMP TABLE candidate AS
    SELECT entry_id, version, source, source_id, feed_url, url, title, slugline, guid, language, published, fetched_at,
           embargo_until, ednote, signals, topics, date,
           {STATE} AS state,
           greatest(fetched_at, embargo_until) AS free_at
    FROM main.latest_entries
    WHERE fetched_at <= getvariable('until')
      AND (greatest(fetched_at, embargo_until) > getvariable('since')
           OR (state IN ('canceled', 'withheld') AND entry_id IN (SELECT entry_id FROM alerts)))
"""  # noqa: S608
# The version's own rows; of a killed entry also those of older versions, since a kill has another text.
_OWN = """
    JOIN candidate AS c ON c.entry_id = {0}.entry_id AND {0}.date >= getvariable('first')
      AND (({0}.{1} = c.version AND {0}.date = c.date) OR c.state IN ('canceled', 'withheld'))
"""
_TEXTS = f"""
    SELECT p.entry_id, coalesce(p.language, ''), p.text FROM paragraphs AS p {_OWN.format("p", "entry_version")}
    WHERE c.state <> 'embargoed' ORDER BY p.entry_id, p.entry_version DESC, p.position
"""  # noqa: S608
_NAMES = f"""
    WITH
      own AS (
        SELECT p.entry_id, p.paragraph_id, p.date, p.entities FROM paragraphs AS p {_OWN.format("p", "entry_version")}
      ),
      tagged AS (
        SELECT entry_id, unnest(entities) AS entity FROM own UNION ALL
        SELECT own.entry_id, unnest(x.entities) FROM own JOIN exact_copies AS x USING (paragraph_id, date)
      )
    SELECT DISTINCT entry_id, entity.name, entity.text, entity.entity_id FROM tagged
"""  # noqa: S608
_TOPICS = f"""
    SELECT DISTINCT entry_id, topic.qcode, topic.name
    FROM (SELECT e.entry_id, unnest(e.topics) AS topic FROM entries AS e {_OWN.format("e", "version")})
"""  # noqa: S608
_LETTERS = """
    SELECT source, stage, error, failed_at::DATE AS day, count(*) AS letters, max(failed_at) AS latest,
           left(arg_max(message, failed_at), 300) AS message, arg_max(uri, failed_at) AS uri
    FROM dead_letters
    WHERE NOT repaired AND failed_at > getvariable('since') AND failed_at <= getvariable('until')
    GROUP BY source, stage, error, day ORDER BY latest, source, stage, error
"""


@dataclass(frozen=True)
class Known:
    """What was found before.

    Attributes:
        ids: The ids of all alerts.
        entries: The latest version of each entry that a rule has told of, by rule and entry.
    """

    ids: frozenset[str] = frozenset()
    entries: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, database: duckdb.DuckDBPyConnection) -> "Known":
        """Return what the table `alerts` has."""
        ids = database.execute("SELECT DISTINCT alert_id FROM alerts").fetchall()
        told = database.execute(
            "SELECT rule, entry_id, max(entry_version) FROM alerts WHERE entry_id IS NOT NULL GROUP BY ALL"
        )
        versions = {(rule, entry): version for rule, entry, version in told.fetchall()}
        return cls(frozenset(each for (each,) in ids), versions)


def find(database: duckdb.DuckDBPyConnection, rules: Sequence[Rule], now: datetime) -> list[Found]:
    """Return the alerts that were not found before, the oldest first, at most `MAX_NEW` of a rule.

    Args:
        database: The views of an output.
        rules: The config's rules.
        now: Embargoes that end later hide their stories.

    Raises:
        duckdb.Error: The output can't be read.
    """
    known = Known.of(database)
    database.execute("SET VARIABLE until = $1", [now])
    database.execute("SET VARIABLE since = $1", [now - max(rule.alert.max_age for rule in rules)])
    of_entries = _of_entries(database, rules, known, now)
    found = [*of_entries, *_of_sources(database, rules, now), *_of_letters(database, rules, now)]
    taken: dict[str, list[Found]] = defaultdict(list)
    for each in sorted(found, key=lambda each: (each.happened_at, each.alert_id)):
        if each.alert_id not in known.ids and len(taken[each.rule]) < MAX_NEW:
            taken[each.rule].append(each)
    return [each for of_rule in taken.values() for each in of_rule]


def _of_entries(
    database: duckdb.DuckDBPyConnection, rules: Sequence[Rule], known: Known, now: datetime
) -> Iterator[Found]:
    wanted = [rule for rule in rules if not {"story", "update", "correction", "kill"}.isdisjoint(rule.alert.about)]
    for story in _candidates(database, wanted) if wanted else ():
        for rule in wanted:
            about = _about(rule, story, known, now)
            if about and rule.is_of(story.row):
                before = (rule.name, story.row["entry_id"]) in known.entries
                matched = rule.matched(story)
                # A kill has not the words of the story; who was told of the story is told of its kill.
                if matched is not None or (about == "kill" and before):
                    yield of_story(rule, about, story, matched or {}, now)


def _about(rule: Rule, story: Candidate, known: Known, now: datetime) -> str:
    """Return what an alert of a rule on a story would be about, or "" for none."""
    wanted, told = rule.alert.about, known.entries.get((rule.name, story.row["entry_id"]))
    recent = story.free_at > now - rule.alert.max_age
    if story.state in KILLED:
        return "kill" if "kill" in wanted and (recent or told is not None) else ""
    if story.state != "usable" or not recent or (told is not None and told >= story.row["version"]):
        return ""
    if "correction" in wanted and not {"correction", "clarification"}.isdisjoint(story.row["signals"] or ()):
        return "correction"
    if "story" in wanted and told is None:
        return "story"
    return "update" if "update" in wanted and story.row["version"] > 1 else ""


def _candidates(database: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> Iterator[Candidate]:
    database.execute(_CANDIDATES)
    rows = rows_of(database, "FROM candidate ORDER BY entry_id")
    if not rows:
        return
    # So that the partitions before it are not read.
    database.execute("SET VARIABLE first = $1", [min(row["date"] for row in rows)])
    texts = _by_entry(database, _TEXTS)
    names = _by_entry(database, _NAMES) if any(rule.names for rule in rules) else {}
    topics = _by_entry(database, _TOPICS) if any(rule.topics for rule in rules) else {}
    for row in rows:
        entry = row["entry_id"]
        title = (row["language"] or "", row["title"] or "")
        named = {str(name).casefold(): names_row[0] for names_row in names.get(entry, ()) for name in names_row if name}
        yield Candidate(
            row, row["state"], row["free_at"], (title, *texts.get(entry, ())), named, dict(topics.get(entry, ()))
        )


def _of_sources(database: duckdb.DuckDBPyConnection, rules: Sequence[Rule], now: datetime) -> Iterator[Found]:
    wanted = [rule for rule in rules if "silence" in rule.alert.about]
    for row in freshness_rows(database, now) if wanted else ():
        if row["broken"]:
            yield from (of_silence(rule, row, now) for rule in wanted if rule.is_of(row))


def _of_letters(database: duckdb.DuckDBPyConnection, rules: Sequence[Rule], now: datetime) -> Iterator[Found]:
    wanted = [rule for rule in rules if "dead_letter" in rule.alert.about]
    for row in rows_of(database, _LETTERS) if wanted else ():
        for rule in wanted:
            if rule.is_of(row) and row["latest"] > now - rule.alert.max_age:
                yield of_dead_letters(rule, row, now)


def rows_of(database: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Return the rows of a query, by column; times are aware and UTC."""
    found: list[dict[str, Any]] = database.sql(query).to_arrow_table().to_pylist()
    return found


def _by_entry(database: duckdb.DuckDBPyConnection, query: str) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    rows: Iterable[tuple[Any, ...]] = database.execute(query).fetchall()
    for entry, *values in rows:
        found[entry].append(tuple(values))
    return found
