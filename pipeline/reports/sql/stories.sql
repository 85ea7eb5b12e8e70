-- One row for each story (event): the first entry that reported it, how many did so, and their sources. A story without
-- `story_id` is that of one entry.
WITH
  dated AS (
    SELECT story_id, entry_id, source, word_count, agency_share, coalesce(published, fetched_at) AS made FROM entries_now
  ),
  grouped AS (
    SELECT story_id, min(CAST(epoch_us(made) + 500000000000000000 AS VARCHAR) || entry_id) AS leader,
           min(made) AS first_at, max(made) AS last_at, count(*) AS entries,
           list_sort(list(DISTINCT source)) AS sources, CAST(sum(word_count) AS BIGINT) AS words, avg(agency_share) AS agency_share
    FROM dated GROUP BY story_id
  )
SELECT g.story_id AS story_id, e.title, e.source AS first_source, g.first_at, g.last_at, g.entries, g.sources, g.words,
       g.agency_share AS agency_share, e.url, e.entry_id AS first_entry, e.language, e.topics, e.date
FROM grouped AS g JOIN entries_now AS e ON e.entry_id = substr(g.leader, 19)
