"""The queries of `newsbeam report`, by name: each figure of the report names the query that it comes from.

They are SQL on the views of `newsbeam views`, with three variables, TIMESTAMPTZ: `since` and `until` are the period,
`before` the beginning of the period before it. Times are returned as Unix seconds, and spans as seconds.
"""

from dataclasses import dataclass

from newsbeam.pipeline.reports.freshness_query import FRESHNESS, rhythm
from newsbeam.pipeline.reports.name_labels import IS_NAME


@dataclass(frozen=True)
class Query:
    """A query of the report.

    Attributes:
        about: What its rows are, in a sentence.
        sql: Returns named columns.
    """

    name: str
    about: str
    sql: str


FIGURES = Query(
    "figures",
    "Numbers of the period and of the period before it.",
    """
    WITH
      e AS (
        SELECT fetched_at > getvariable('since') AS now, count(DISTINCT entry_id) AS stories,
               count(DISTINCT entry_id) FILTER (version > 1) AS updated, count(DISTINCT source) AS sources
        FROM entries WHERE fetched_at > getvariable('before') AND fetched_at <= getvariable('until') GROUP BY ALL
      ),
      p AS (
        SELECT fetched_at > getvariable('since') AS now, count(*) AS paragraphs,
               count(duplicate_of) / count(*) AS copied
        FROM paragraphs WHERE fetched_at > getvariable('before') AND fetched_at <= getvariable('until') GROUP BY ALL
      ),
      l AS (
        SELECT failed_at > getvariable('since') AS now, count(*) FILTER (NOT repaired) AS dead_letters
        FROM dead_letters WHERE failed_at > getvariable('before') AND failed_at <= getvariable('until') GROUP BY ALL
      ),
      f AS (
        SELECT fetched_at > getvariable('since') AS now, count(*) AS polls
        FROM polls WHERE fetched_at > getvariable('before') AND fetched_at <= getvariable('until') GROUP BY ALL
      )
    SELECT now, coalesce(stories, 0) AS stories, coalesce(updated, 0) AS updated, coalesce(sources, 0) AS sources,
           coalesce(paragraphs, 0) AS paragraphs, copied, coalesce(dead_letters, 0) AS dead_letters,
           coalesce(polls, 0) AS polls
    FROM (VALUES (true), (false)) AS period(now)
    LEFT JOIN e USING (now) LEFT JOIN p USING (now) LEFT JOIN l USING (now) LEFT JOIN f USING (now)
    ORDER BY now DESC
    """,
)

LATEST = Query(
    "latest",
    "The latest poll and the latest entry of the output.",
    """
    SELECT (SELECT epoch_us(max(fetched_at)) // 1000000 FROM polls WHERE fetched_at <= getvariable('until')) AS poll,
           (SELECT epoch_us(max(fetched_at)) // 1000000 FROM entries WHERE fetched_at <= getvariable('until')) AS entry
    """,
)

RUNS = Query(
    "failed_runs",
    "Runs and streams of the period that failed, died, were interrupted or got nothing.",
    """
    SELECT command, outcome, left(arg_max(error, began_at), 300) AS error, count(*) AS times,
           epoch_us(max(began_at)) // 1000000 AS latest
    FROM runs
    WHERE began_at > getvariable('since') AND began_at <= getvariable('until')
      AND outcome NOT IN ('done', 'incomplete', 'running', 'submitted')
    GROUP BY command, outcome, error ORDER BY latest DESC, command, outcome
    """,
)

CORRECTIONS = Query(
    "corrections",
    "Stories that were killed, withheld or corrected in the period.",
    """
    SELECT left(coalesce(title, slugline, guid, url), 300) AS title, source, url, language, left(ednote, 400) AS ednote,
           CASE WHEN state IN ('canceled', 'withheld') THEN state
                WHEN list_contains(signals, 'correction') THEN 'corrected' ELSE 'clarified' END AS what,
           epoch_us(coalesce(updated, published, fetched_at)) // 1000000 AS made
    FROM latest_entries
    WHERE fetched_at > getvariable('since') AND fetched_at <= getvariable('until')
      AND (state IN ('canceled', 'withheld')
           OR (state = 'usable' AND list_has_any(signals, ['correction', 'clarification'])))
    ORDER BY what NOT IN ('canceled', 'withheld'), made DESC, entry_id
    """,
)

EMBARGOES = Query(
    "embargoes",
    "Stories under embargo, the next to end first. Their text is not shown.",
    """
    SELECT left(coalesce(title, slugline, guid), 300) AS title, source, language,
           epoch_us(embargo_until) // 1000000 AS ends
    FROM latest_entries
    WHERE status = 'usable' AND state NOT IN ('canceled', 'withheld') AND embargo_until > getvariable('until')
      AND fetched_at <= getvariable('until')
    ORDER BY embargo_until, entry_id
    """,
)

FAILING = Query(
    "failing_sources",
    "Feeds and files whose latest poll failed: since when, how many polls in a row, and why.",
    """
    WITH
      poll AS (
        SELECT *, max(fetched_at) FILTER (status <> 'error') OVER (PARTITION BY feed_url) AS worked,
               max(fetched_at) OVER (PARTITION BY feed_url) AS latest
        FROM polls WHERE fetched_at <= getvariable('until')
      )
    SELECT arg_max(source, fetched_at) AS source, feed_url AS url, epoch_us(any_value(worked)) // 1000000 AS worked,
           count(*) AS polls, epoch_us(max(fetched_at)) // 1000000 AS latest,
           left(arg_max(coalesce(error, 'HTTP ' || http_status), fetched_at), 300) AS error
    FROM poll
    WHERE (worked IS NULL OR fetched_at > worked)
      AND (latest > getvariable('since') OR next_poll_at > getvariable('since'))
    GROUP BY feed_url ORDER BY polls DESC, feed_url
    """,
)

SILENT = Query(
    "silent_sources",
    "Sources that have been without a new story for three times as long as 95 of 100 of their pauses in the 30 days "
    "before; of at least six.",
    f"""
    SELECT source, silent_s, usual_s, pauses FROM ({rhythm("source")})
    WHERE silent ORDER BY silent_s / greatest(usual_s, 1) DESC, source
    """,  # noqa: S608
)

BROKEN = Query(
    "broken_expectations",
    "Sources that have not given what the config expects of them, at the end of the period.",
    f"SELECT * FROM ({FRESHNESS}) WHERE broken ORDER BY quiet_s DESC, source, source_id",  # noqa: S608
)

DEAD_LETTERS = Query(
    "dead_letters",
    "What could not be read in the period, or only after a repair, by kind, with an example.",
    """
    SELECT error AS kind, stage, count(*) FILTER (NOT repaired) AS lost, count(*) FILTER (repaired) AS repaired,
           count(DISTINCT source) AS sources, arg_max(source, failed_at) AS source,
           left(arg_max(message, failed_at), 300) AS message, arg_max(uri, failed_at) AS url
    FROM dead_letters WHERE failed_at > getvariable('since') AND failed_at <= getvariable('until')
    GROUP BY error, stage ORDER BY lost DESC, repaired DESC, error, stage
    """,
)

BOUNDS = Query(
    "bounds",
    "Bounds that were reached in the period: what is beyond them was not read, or not remembered.",
    """
    SELECT source, uri AS url, count(*) AS times, left(arg_max(message, failed_at), 300) AS message
    FROM dead_letters
    WHERE failed_at > getvariable('since') AND failed_at <= getvariable('until')
      AND error IN ('LimitError', 'BodyTooLongError') AND NOT repaired
    GROUP BY source, uri
    UNION ALL
    SELECT 'Duplicates', NULL, 1, format('{:,} paragraphs were forgotten, since dedup.memory was full: copies of them '
           'that came later are not found', paragraphs_out_of_memory)
    FROM runs
    WHERE ended_at > getvariable('since') AND ended_at <= getvariable('until') AND paragraphs_out_of_memory > 0
    ORDER BY times DESC, source, url
    """,
)

REPORTED = Query(
    "reported",
    "The stories of the period with their event: `story_id`, or where an entry has none, the entry whose paragraphs it "
    "repeats; when each was first seen, and the part of its paragraphs that another source had before.",
    """
    CREATE TEMP TABLE reported AS
    WITH origin AS (
      SELECT entry_id, mode(origin_entry) AS origin, count(*) AS copies FROM copies
      WHERE fetched_at > getvariable('since') AND fetched_at <= getvariable('until')
        AND date >= getvariable('since')::DATE
      GROUP BY entry_id
    )
    SELECT CASE WHEN e.story_id <> entry_id THEN e.story_id ELSE coalesce(origin, entry_id) END AS event, entry_id,
           version, source, language, url, coalesce(copies, 0) / greatest(paragraph_count, copies, 1) AS copied,
           left(coalesce(title, slugline, guid, url), 300) AS title,
           CASE WHEN published BETWEEN fetched_at - INTERVAL 7 DAY AND fetched_at  -- other dates are not trusted
                THEN published ELSE fetched_at END AS seen,
           coalesce(published, 'infinity') AS dated
    FROM entries_now AS e LEFT JOIN origin USING (entry_id)
    WHERE fetched_at > getvariable('since') AND fetched_at <= getvariable('until')
    """,
)

EVENTS = Query(
    "events",
    "Events of the period by number of sources, with who was first.",
    """
    SELECT event, count(DISTINCT source) AS sources, count(*) AS entries,
           arg_min(source, (seen, dated, entry_id)) AS first_source, epoch_us(min(seen)) // 1000000 AS begun,
           epoch_us(max(seen)) // 1000000 AS latest, sum(copied > 0)::BIGINT AS copies
    FROM reported GROUP BY event ORDER BY sources DESC, entries DESC, begun DESC, event LIMIT 15
    """,
)

EVENT_ENTRIES = Query(
    "event_entries",
    "The stories of these events in order of appearance, each with its lag after the first.",
    """
    SELECT event, entry_id, version, title, source, url, language, copied, epoch_us(seen) // 1000000 AS seen,
           epoch_us(seen - min(seen) OVER (PARTITION BY event)) // 1000000 AS lag_s
    FROM reported WHERE list_contains(getvariable('events'), event)
    QUALIFY row_number() OVER (PARTITION BY event ORDER BY reported.seen, dated, entry_id) <= 30
    ORDER BY event, reported.seen, dated, entry_id
    """,
)

EVENT_TEXTS = Query(
    "event_texts",
    "The text of the first entry of each of these events.",
    """
    SELECT entry_id, entry_version AS version, kind, left(text, 1200) AS text
    FROM paragraphs WHERE list_contains(getvariable('entries'), entry_id || '/' || entry_version)
    QUALIFY row_number() OVER (PARTITION BY entry_id, entry_version ORDER BY position) <= 12
    ORDER BY entry_id, position
    """,
)

NAMES = Query(
    "names",
    "Names by the number of stories that mention them in the period, beside the period before.",
    f"""
    SELECT arg_max(left(name, 120), fetched_at) AS name, mode(label) AS label,
           count(DISTINCT entry_id) FILTER (fetched_at > getvariable('since')) AS stories,
           count(DISTINCT source) FILTER (fetched_at > getvariable('since')) AS sources,
           count(DISTINCT entry_id) FILTER (fetched_at <= getvariable('since')) AS before
    FROM mentions
    WHERE {IS_NAME}
      AND fetched_at > getvariable('before') AND fetched_at <= getvariable('until')
    GROUP BY coalesce(entity_id, name) HAVING stories > 0 ORDER BY stories DESC, sources DESC, 1 LIMIT 20
    """,  # noqa: S608
)

TOPICS = Query(
    "topics",
    "Topics by number of stories in the period, beside the period before.",
    """
    SELECT qcode, min(coalesce(name_en, name)) AS name, min(level) AS level,
           count(DISTINCT entry_id) FILTER (fetched_at > getvariable('since')) AS stories,
           count(DISTINCT entry_id) FILTER (fetched_at <= getvariable('since')) AS before
    FROM topics WHERE fetched_at > getvariable('before') AND fetched_at <= getvariable('until')
    GROUP BY qcode HAVING stories > 0 ORDER BY stories DESC, name LIMIT 20
    """,
)

COPIES = Query(
    "copies",
    "Paragraphs of the period that a source prints from an agency, or after another source had them.",
    """
    SELECT coalesce(agency, origin_source) AS origin, source AS paper, count(*) AS paragraphs,
           (quantile_cont(lag_s, 0.5) FILTER (lag_s >= 0))::BIGINT AS lag_s
    FROM copies
    WHERE fetched_at > getvariable('since') AND fetched_at <= getvariable('until')
      AND date >= getvariable('since')::DATE AND coalesce(agency, origin_source) <> source
    GROUP BY ALL ORDER BY paragraphs DESC, origin, paper
    """,
)

PLACES = Query(
    "places",
    "Cities and towns by the number of stories that mention them in the period.",
    """
    SELECT mode(left(name, 120)) AS name, min(country) AS country, min(latitude) AS latitude,
           min(longitude) AS longitude, count(DISTINCT entry_id) AS stories
    FROM mentions
    WHERE feature_class = 'P' AND latitude IS NOT NULL AND longitude IS NOT NULL
      AND fetched_at > getvariable('since') AND fetched_at <= getvariable('until')
    GROUP BY geonames_id ORDER BY stories DESC, name LIMIT 120
    """,
)

SOURCES = Query(
    "sources",
    "Sources with their stories by twenty-fourths of the period, languages, part of copies, and what is latest.",
    """
    WITH
      e AS (
        SELECT source, least(23, (epoch_us(fetched_at) - epoch_us(getvariable('since'))) * 24
                     // (epoch_us(getvariable('until')) - epoch_us(getvariable('since'))))::INTEGER AS part,
               count(*) AS entries
        FROM entries WHERE fetched_at > getvariable('since') AND fetched_at <= getvariable('until') GROUP BY ALL
      ),
      parts AS (
        SELECT source, sum(entries)::BIGINT AS entries, map_from_entries(list((part, entries) ORDER BY part)) AS parts
        FROM e GROUP BY source
      ),
      p AS (
        SELECT source, count(duplicate_of) / count(*) AS copied,
               list_sort(list_distinct(list(split_part(language, '-', 1)) FILTER (language IS NOT NULL))) AS languages
        FROM paragraphs WHERE fetched_at > getvariable('since') AND fetched_at <= getvariable('until')
        GROUP BY source
      ),
      news AS (SELECT source, epoch_us(max(fetched_at)) // 1000000 AS latest FROM entries
               WHERE fetched_at <= getvariable('until') GROUP BY source),
      poll AS (SELECT source, epoch_us(max(fetched_at)) // 1000000 AS polled, arg_max(status, fetched_at) AS status
               FROM polls WHERE fetched_at <= getvariable('until') GROUP BY source)
    SELECT source, coalesce(entries, 0) AS entries, parts, languages, copied, latest, polled, status
    FROM news FULL JOIN poll USING (source) LEFT JOIN parts USING (source) LEFT JOIN p USING (source)
    ORDER BY coalesce(entries, 0) DESC, source
    """,
)

QUOTES = Query(
    "quotes",
    "What was said in the period: one quote of a speaker, the one that most sources print.",
    """
    WITH printed AS (
      SELECT speaker, text, min(language) AS language, count(DISTINCT source) AS sources,
             arg_min(source, (fetched_at, entry_id)) AS source, arg_min(url, (fetched_at, entry_id)) AS url,
             left(arg_min(title, (fetched_at, entry_id)), 300) AS title
      FROM quotes
      WHERE fetched_at > getvariable('since') AND fetched_at <= getvariable('until')
        AND date >= getvariable('since')::DATE AND speaker IS NOT NULL AND length(text) BETWEEN 40 AND 400
      GROUP BY speaker, text
    )
    FROM printed
    QUALIFY row_number() OVER (PARTITION BY speaker ORDER BY sources DESC, length(text) DESC, text) = 1
    ORDER BY sources DESC, length(text) DESC, text LIMIT 8
    """,
)

# In this order: REPORTED makes the table that EVENTS and EVENT_ENTRIES read; EVENTS and EVENT_ENTRIES say what the
# one after them is of.
QUERIES = (
    FIGURES, LATEST, RUNS, CORRECTIONS, EMBARGOES, FAILING, BROKEN, SILENT, BOUNDS, DEAD_LETTERS, REPORTED, EVENTS,
    EVENT_ENTRIES, EVENT_TEXTS, NAMES, TOPICS, COPIES, PLACES, SOURCES, QUOTES,
)  # fmt: skip
