"""The plots of `newsbeam plot`, by name, with the query of each.

Queries are SQL on the views of `newsbeam views`, with two variables, TIMESTAMPTZ: `since` and `until`.
"""

from dataclasses import dataclass
from typing import Literal

from newsbeam.pipeline.reports.name_labels import IS_NAME

Kind = Literal["lines", "areas", "heat", "ranges", "network"]

_COLUMNS: dict[Kind, tuple[str, ...]] = {
    "lines": ("series", "day", "value"),
    "areas": ("series", "day", "value"),
    "heat": ("row", "column", "value"),
    "ranges": ("row", "first quartile", "median", "third quartile"),
    "network": ("name", "and", "stories"),
}
_PERIOD = "fetched_at > getvariable('since') AND fetched_at <= getvariable('until')"


@dataclass(frozen=True)
class Plot:
    """A plot.

    Attributes:
        about: Its title.
        kind: How rows are drawn (`plots`).
        axes: What the two axes are, or "" where that is clear.
        sql: lines, areas: series, day, value. heat: row, column, value. ranges: row, first quartile, median, third
            quartile. network: two names and how often they are named together.
    """

    name: str
    about: str
    kind: Kind
    axes: tuple[str, str]
    sql: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers of its rows."""
        return _COLUMNS[self.kind]


TOPICS = Plot(
    "topics",
    "Stories by topic and day, of the six most frequent topics",
    "lines",
    ("", "stories"),
    f"""
    WITH
      given AS (SELECT entry_id, date, qcode, coalesce(name_en, name) AS name FROM topics WHERE {_PERIOD}),
      most AS (SELECT qcode, min(name) AS name FROM given GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 6)
    SELECT most.name, date, count(DISTINCT entry_id) FROM given JOIN most USING (qcode) GROUP BY ALL ORDER BY 1, 2
    """,  # noqa: S608
)

HOURS = Plot(
    "hours",
    "Stories by source and hour of publication (UTC); a feed that stamps in batches has few dark hours",
    "heat",
    ("hour of the day", ""),
    f"""
    WITH most AS (SELECT source FROM entries WHERE {_PERIOD} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 25)
    SELECT source, (epoch_us(published) // 3600000000 % 24)::INTEGER, count(*)
    FROM entries JOIN most USING (source) WHERE {_PERIOD} AND published IS NOT NULL GROUP BY ALL ORDER BY 1, 2
    """,  # noqa: S608
)

LAG = Plot(
    "lag",
    "Minutes until a source prints another one's paragraphs: quartiles of the 25 most frequent pairs",
    "ranges",
    ("minutes", ""),
    f"""
    SELECT origin_source || ' \u2192 ' || source AS pair, quantile_cont(lag_s / 60, 0.25),
           quantile_cont(lag_s / 60, 0.5), quantile_cont(lag_s / 60, 0.75)
    FROM copies WHERE {_PERIOD} AND lag_s >= 0 GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 25
    """,  # noqa: S608
)

SHARED = Plot(
    "shared",
    "Paragraphs that two sources share: the row prints what the column had before",
    "heat",
    ("", ""),
    f"""
    WITH
      copy AS (SELECT source AS paper, origin_source AS origin FROM copies WHERE {_PERIOD}),
      most AS (SELECT source FROM (SELECT paper AS source FROM copy UNION ALL SELECT origin FROM copy)
               GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 20)
    SELECT paper, origin, count(*) FROM copy
    WHERE paper IN (FROM most) AND origin IN (FROM most) GROUP BY ALL ORDER BY 1, 2
    """,  # noqa: S608
)

NAMES = Plot(
    "names",
    "Names that are in the same stories, of the 40 most frequent",
    "network",
    ("", ""),
    f"""
    WITH
      named AS (
        SELECT DISTINCT entry_id, name FROM mentions
        WHERE {IS_NAME} AND {_PERIOD}
      ),
      most AS (SELECT name FROM named GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 40),
      kept AS (FROM named SEMI JOIN most USING (name))
    SELECT a.name, b.name, count(*) FROM kept AS a JOIN kept AS b ON a.entry_id = b.entry_id AND a.name < b.name
    GROUP BY ALL ORDER BY 3 DESC, 1, 2 LIMIT 120
    """,  # noqa: S608
)

DUPLICATES = Plot(
    "duplicates",
    "Part of the paragraphs that are copies, by week and kind",
    "lines",
    ("", "share of paragraphs"),
    f"""
    WITH
      week AS (SELECT date_trunc('week', date)::DATE AS week, duplicate_kind FROM paragraphs WHERE {_PERIOD}),
      rows AS (SELECT week, count(*) AS rows FROM week GROUP BY 1)
    SELECT duplicate_kind, week, count(*) / any_value(rows) FROM week JOIN rows USING (week)
    WHERE duplicate_kind IS NOT NULL GROUP BY ALL ORDER BY 1, 2
    """,  # noqa: S608
)

DEAD_LETTERS = Plot(
    "dead-letters",
    "Dead letters by day and kind",
    "areas",
    ("", "dead letters"),
    """
    SELECT error, date, count(*) FROM dead_letters
    WHERE failed_at > getvariable('since') AND failed_at <= getvariable('until') AND NOT repaired
    GROUP BY ALL ORDER BY 1, 2
    """,
)

FRESHNESS = Plot(
    "freshness",
    "Minutes from publication to our row: quartiles of the 25 sources with most stories",
    "ranges",
    ("minutes", ""),
    f"""
    WITH age AS (
      SELECT source, (epoch_us(fetched_at) - epoch_us(published)) / 6e7 AS minutes FROM entries
      WHERE {_PERIOD} AND version = 1 AND published BETWEEN fetched_at - INTERVAL 7 DAY AND fetched_at
    )
    SELECT source, quantile_cont(minutes, 0.25), quantile_cont(minutes, 0.5), quantile_cont(minutes, 0.75)
    FROM age GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 25
    """,  # noqa: S608
)

PLOTS = {plot.name: plot for plot in (TOPICS, HOURS, LAG, SHARED, NAMES, DUPLICATES, DEAD_LETTERS, FRESHNESS)}
