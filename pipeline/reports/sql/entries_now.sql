-- The stories that may be used now, with the story (event) that each reports as it is called after merges (an entry
-- without one is a story of its own), the number of its versions, and when the first of them was fetched.
WITH
  history AS (
    SELECT entry_id, count(*) AS versions, min(fetched_at) AS first_fetched_at FROM entries GROUP BY entry_id
  )
SELECT <entries e - story_id state>, coalesce(n.into, e.story_id, e.entry_id) AS story_id, h.versions, h.first_fetched_at
FROM current_entries AS e
JOIN history AS h ON h.entry_id = e.entry_id
LEFT JOIN story_names AS n ON n.story_id = e.story_id
