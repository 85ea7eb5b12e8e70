-- Who printed whose paragraph: one row for each paragraph of a current story that another source's paragraph is the
-- origin of, with the seconds between the two publications (`lag_s`). Rows of earlier versions, which have no
-- `word_count`, don't name the origin; there it is the canonical paragraph.
WITH
  copy AS (
    SELECT p.*, coalesce(p.origin_paragraph, CASE WHEN p.word_count IS NULL THEN p.duplicate_of END) AS origin
    FROM paragraphs AS p
    JOIN current_entries AS e ON e.entry_id = p.entry_id AND e.version = p.entry_version AND e.date = p.date
    WHERE NOT coalesce(p.furniture, false)
  )
SELECT c.source AS source, o.source AS origin_source, c.agency AS agency, c.copy_kind AS copy_kind,
       c.duplicate_kind AS duplicate_kind, c.similarity AS similarity,
       CAST(epoch_us(c.published) - epoch_us(o.published) AS DOUBLE) / 1000000 AS lag_s,
       c.text AS text, o.text AS origin_text, c.title AS title, o.title AS origin_title, c.url AS url,
       o.url AS origin_url, c.published AS published, o.published AS origin_published, c.paragraph_id AS paragraph_id,
       o.paragraph_id AS origin_paragraph, c.entry_id AS entry_id, o.entry_id AS origin_entry,
       c.fetched_at AS fetched_at, c.date AS date
FROM copy AS c JOIN paragraphs AS o ON o.paragraph_id = c.origin
WHERE o.source <> c.source
