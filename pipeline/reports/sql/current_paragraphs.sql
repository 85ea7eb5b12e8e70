-- The paragraphs that may be used now: each text once, from its earliest story, and an update in the place of what it
-- updates. `copies`: number of equal, near and contained paragraphs; `sources`: their sources; `furniture`: also of rows
-- that were written before the line had recurred.
WITH
  keys AS (  -- `place` sorts by the believed date, the date, the id, which is the rest of it
    SELECT p.fingerprint, p.source, coalesce(p.duplicate_of, p.paragraph_id) AS canonical, <place p> AS place
    FROM paragraphs AS p
    JOIN current_entries AS e ON e.entry_id = p.entry_id AND e.version = p.entry_version AND e.date = p.date
  ),
  equal AS (  -- each wording once: the place of its first paragraph, and what that is a copy of
    SELECT fingerprint, min(place || ' ' || canonical) AS leader FROM keys GROUP BY fingerprint
  ),
  alike AS (  -- each group of copies once
    SELECT split_part(equal.leader, ' ', 2) AS canonical, min(equal.leader) AS leader, count(*) AS copies,
           list_sort(list(DISTINCT keys.source)) AS sources
    FROM keys JOIN equal ON equal.fingerprint = keys.fingerprint
    GROUP BY split_part(equal.leader, ' ', 2)
  ),
  links AS (SELECT paragraph_id, update_of FROM paragraphs WHERE update_of IS NOT NULL),
  replaced AS (
    SELECT DISTINCT older.canonical AS canonical
    FROM links
    JOIN alike AS newer ON newer.canonical = links.paragraph_id
    JOIN alike AS older ON older.canonical = links.update_of
    WHERE older.leader < newer.leader
  ),
  chosen AS (
    SELECT split_part(substr(alike.leader, 37), ' ', 1) AS paragraph_id, alike.copies, alike.sources
    FROM alike LEFT JOIN replaced ON replaced.canonical = alike.canonical
    WHERE replaced.canonical IS NULL
  ),
  lines AS (SELECT DISTINCT fingerprint, source FROM paragraphs WHERE furniture)
-- Entities of an exact duplicate are in the row of its canonical paragraph, which may be a killed one.
SELECT <paragraphs own - entities story_id furniture>, <moved_entities> AS entities,
  lines.fingerprint IS NOT NULL AS furniture,
  coalesce(n.into, own.story_id) AS story_id, chosen.copies, chosen.sources
FROM paragraphs AS own
JOIN chosen ON chosen.paragraph_id = own.paragraph_id
LEFT JOIN exact_copies AS other ON other.paragraph_id = own.paragraph_id AND other.date = own.date
LEFT JOIN story_names AS n ON n.story_id = own.story_id
LEFT JOIN lines ON lines.fingerprint = own.fingerprint AND lines.source = own.source
