"""SQL that says how fresh sources are, for `inspect --freshness`, the report and alerts.

Queries are on the views of `newsbeam views`, with the variable `until`, TIMESTAMPTZ: the time that they are for.
"""


def rhythm(key: str, entries: str = "entries") -> str:
    """Return a query for the pauses between arrivals, and whether the present one is long, by a column of `entries`.

    The rule of silence, and the only place that has it: nothing new for three times as long as 95 of 100 of the pauses
    in the 30 days before, of at least six, and for more than an hour. What comes within a minute is one arrival: a run
    reads the files of a wire one after another.
    """
    return f"""
      SELECT {key}, (epoch_us(getvariable('until')) - epoch_us(max(fetched_at))) // 1000000 AS silent_s,
             (quantile_cont(length, 0.95) FILTER (length >= 60000000) // 1000000)::BIGINT AS usual_s,
             count(*) FILTER (length >= 60000000) AS pauses,
             pauses >= 6 AND silent_s > 3 * usual_s AND silent_s > 3600 AS silent
      FROM (
        SELECT {key}, fetched_at, epoch_us(fetched_at - lag(fetched_at) OVER (PARTITION BY {key} ORDER BY fetched_at))
                      AS length
        FROM (
          SELECT DISTINCT {key}, fetched_at FROM {entries}
          WHERE fetched_at > getvariable('until') - INTERVAL 30 DAY AND fetched_at <= getvariable('until')
        )
      ) GROUP BY {key}"""  # noqa: S608


# A source is what has one id: a feed, or a wire with all its files. Rows of older versions have no id; they belong to
# the id that their feed has now. Of runs whose configs have a source in common the latest says what is expected: so an
# expectation can be removed, and two configs can write to one output.
FRESHNESS = f"""
    WITH
      id AS (
        SELECT feed_url, arg_max(source_id, fetched_at) FILTER (source_id IS NOT NULL) AS id
        FROM polls GROUP BY feed_url
      ),
      p AS (
        SELECT coalesce(id, feed_url) AS unit, polls.*,
               polls.fetched_at::DATE = getvariable('until')::DATE - 1 AS before
        FROM polls LEFT JOIN id USING (feed_url) WHERE fetched_at <= getvariable('until')
      ),
      e AS (
        SELECT coalesce(id, source_id, feed_url) AS unit, source, version, fetched_at
        FROM entries LEFT JOIN id USING (feed_url) WHERE fetched_at <= getvariable('until')
      ),
      config AS (
        SELECT min(began_at) AS began, max(began_at) AS latest, arg_max(expected, began_at) AS expected,
               list_concat(json_extract_string(any_value(config), '$.feeds[*].url'),
                           json_extract_string(any_value(config), '$.feeds[*].path'),
                           json_extract_string(any_value(config), '$.feeds[*].opml'),
                           json_extract_string(any_value(config), '$.wires[*].path')) AS inputs
        FROM runs WHERE command IN ('run', 'stream') AND expected IS NOT NULL AND began_at <= getvariable('until')
        GROUP BY config_hash
      ),
      expectation AS (
        SELECT x.*, began
        FROM (
          SELECT unnest(expected) AS x, began, latest FROM config
          WHERE NOT EXISTS (FROM config AS newer
                            WHERE newer.latest > config.latest AND list_has_any(newer.inputs, config.inputs))
        ) QUALIFY row_number() OVER (PARTITION BY x.source_id ORDER BY latest DESC) = 1
      ),
      asked AS (
        SELECT unit, arg_max(source, fetched_at) AS source, arg_max(feed_url, fetched_at) AS feed_url,
               count(DISTINCT feed_url) AS feeds, min(fetched_at) AS first_asked, max(fetched_at) AS asked,
               max(fetched_at) FILTER (status <> 'error') AS answered, arg_max(status, fetched_at) AS status,
               count(*) FILTER (before) AS polls, count(*) FILTER (before AND status = 'error') AS refused,
               left(arg_max(coalesce(error, 'HTTP ' || http_status), fetched_at)
                    FILTER (before AND status = 'error'), 300) AS error
        FROM p GROUP BY unit
      ),
      news AS (
        SELECT unit, max(fetched_at) FILTER (version = 1) AS latest,
               count(*) FILTER (fetched_at::DATE = getvariable('until')::DATE - 1) AS entries
        FROM e GROUP BY unit
      ),
      recent AS (
        SELECT unit, count(*) AS recent FROM e JOIN expectation AS x ON x.source_id = unit
        WHERE version = 1 AND fetched_at > getvariable('until') - to_seconds(x.per_s) GROUP BY unit
      ),
      letter AS (
        SELECT unit, count(*) AS letters
        FROM (SELECT DISTINCT unit, split_part(uri, '!', 1) AS uri FROM p WHERE before) AS document
        JOIN (SELECT split_part(uri, '!', 1) AS uri FROM dead_letters
              WHERE failed_at::DATE = getvariable('until')::DATE - 1 AND NOT repaired) AS lost USING (uri)
        GROUP BY unit
      ),
      work AS (  -- whether anything was read yesterday
        SELECT count(*) > 0 AS went_on FROM runs
        WHERE command IN ('run', 'stream') AND began_at::DATE < getvariable('until')::DATE
          AND (greatest(began_at, ended_at)::DATE >= getvariable('until')::DATE - 1
               OR (ended_at IS NULL AND outcome <> 'died'))
      ),
      rhythm AS ({rhythm("unit", "e")}),
      known AS (
        SELECT asked.* EXCLUDE (unit, source, feed_url), coalesce(unit, x.source_id) AS unit, every_s, per_s, began,
               x.entries AS expected_entries, coalesce(asked.source, x.source) AS source,
               coalesce(asked.feed_url, x.feed_url) AS feed_url
        FROM asked FULL JOIN expectation AS x ON x.source_id = unit
      ),
      fresh AS (
        SELECT source, unit AS source_id, CASE WHEN feeds > 1 THEN NULL ELSE feed_url END AS feed_url,
               asked, answered, status, news.latest AS latest, usual_s, coalesce(silent, false) AS silent,
               every_s, expected_entries, per_s,
               CASE WHEN per_s IS NOT NULL THEN coalesce(recent, 0) END AS recent,
               epoch_us(getvariable('until')) - epoch_us(coalesce(news.latest, first_asked, began)) AS quiet,
               epoch_us(getvariable('until')) - epoch_us(coalesce(first_asked, began)) AS known_for,
               CASE WHEN news.entries > 0 THEN NULL
                    WHEN coalesce(polls, 0) = 0 AND went_on
                      AND feed_url NOT LIKE 'http%' THEN 'no new file'
                    WHEN coalesce(polls, 0) = 0 THEN 'not asked'
                    WHEN letters > 0 THEN 'only dead letters'
                    WHEN refused = polls THEN 'refused'
                    ELSE 'unchanged' END AS no_rows_yesterday,
               CASE WHEN coalesce(news.entries, 0) = 0 AND refused = polls THEN error END AS error
        FROM known LEFT JOIN news USING (unit) LEFT JOIN rhythm USING (unit) LEFT JOIN recent USING (unit)
        LEFT JOIN letter USING (unit) CROSS JOIN work
      )
    SELECT source, source_id, feed_url, epoch_us(asked) // 1000000 AS asked, epoch_us(answered) // 1000000 AS answered,
           epoch_us(latest) // 1000000 AS latest, status, quiet // 1000000 AS quiet_s, usual_s, silent, every_s,
           expected_entries AS entries, per_s, recent,
           coalesce(quiet > every_s * 1000000, false)
             OR coalesce(recent < expected_entries AND known_for >= per_s * 1000000, false) AS broken,
           no_rows_yesterday, error
    FROM fresh WHERE every_s IS NOT NULL OR per_s IS NOT NULL OR asked > getvariable('until') - INTERVAL 30 DAY
    ORDER BY broken DESC, silent DESC, source, source_id
"""  # noqa: S608
