-- One row for each topic of the current stories, with the topics above it and its names in the IPTC's languages.
WITH
  given AS (
    SELECT entry_id, source, url, title, published, fetched_at, language, date, unnest(topics) AS t FROM current_entries
  )
SELECT t.qcode AS qcode, t.name AS name, t.score AS score, v.level, v.parent, v.path, v.top, v.top_name,
       <topic_names v>,
       given.entry_id, given.source, given.url, given.title, given.published, given.fetched_at, given.language,
       given.date
FROM given LEFT JOIN media_topics AS v ON v.qcode = t.qcode
WHERE t.qcode IS NOT NULL
