-- What a story that was merged into others is called now: `into` of `story_merges`, followed to its end (64 steps).
WITH
  s1 AS (SELECT a.story_id, coalesce(b.into, a.into) AS into
         FROM story_merges AS a LEFT JOIN story_merges AS b ON b.story_id = a.into),
  s2 AS (SELECT a.story_id, coalesce(b.into, a.into) AS into FROM s1 AS a LEFT JOIN s1 AS b ON b.story_id = a.into),
  s3 AS (SELECT a.story_id, coalesce(b.into, a.into) AS into FROM s2 AS a LEFT JOIN s2 AS b ON b.story_id = a.into),
  s4 AS (SELECT a.story_id, coalesce(b.into, a.into) AS into FROM s3 AS a LEFT JOIN s3 AS b ON b.story_id = a.into),
  s5 AS (SELECT a.story_id, coalesce(b.into, a.into) AS into FROM s4 AS a LEFT JOIN s4 AS b ON b.story_id = a.into)
SELECT a.story_id AS story_id, coalesce(b.into, a.into) AS into
FROM s5 AS a LEFT JOIN s5 AS b ON b.story_id = a.into
