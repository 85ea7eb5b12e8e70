-- One row for each mention of a name in the current stories. A paragraph that repeats another one's text exactly has
-- its names here too, for its own source: `entities` has them in one row of the group only.
WITH
  named AS (
    SELECT p.paragraph_id, p.entry_id, p.source, p.url, p.title, p.published, p.fetched_at, p.date, p.language,
           p.story_id, false AS is_moved, unnest(p.entities) AS m
    FROM paragraphs AS p
    JOIN current_entries AS e ON e.entry_id = p.entry_id AND e.version = p.entry_version AND e.date = p.date
    WHERE p.duplicate_kind IS NULL OR p.duplicate_kind <> 'exact'
    UNION ALL
    SELECT p.paragraph_id, p.entry_id, p.source, p.url, p.title, p.published, p.fetched_at, p.date, p.language,
           p.story_id, p.text <> tagged.text AS is_moved, unnest(tagged.entities) AS m
    FROM paragraphs AS p
    JOIN current_entries AS e ON e.entry_id = p.entry_id AND e.version = p.entry_version AND e.date = p.date
    JOIN exact_copies AS tagged ON tagged.paragraph_id = p.paragraph_id AND tagged.date = p.date
  )
SELECT m.name AS name, m.label AS label, m.entity_id AS entity_id, m.country AS country,
       m.geonames_id AS geonames_id, m.latitude AS latitude, m.longitude AS longitude,
       m.feature_class AS feature_class, m.text AS text,
       CASE WHEN NOT named.is_moved THEN m.start END AS start, CASE WHEN NOT named.is_moved THEN m."end" END AS "end",
       named.paragraph_id, named.entry_id, named.source, named.url, named.title, named.published, named.fetched_at,
       named.date, named.language, coalesce(n.into, named.story_id, named.entry_id) AS story_id
FROM named LEFT JOIN story_names AS n ON n.story_id = named.story_id
WHERE m.text IS NOT NULL
