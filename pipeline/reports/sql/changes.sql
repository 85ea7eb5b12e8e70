-- What each version changed in the one before it: one row for each paragraph that was added, removed or changed, and
-- for the title. `changed` has the words that differ, where newsbeam found one paragraph to be an update of the other.
WITH
  numbered AS (
    SELECT entry_id, version, source, url, title, fetched_at, date,
           row_number() OVER (PARTITION BY entry_id ORDER BY revision NULLS FIRST, version) AS nth
    FROM entries
  ),
  pair AS (
    SELECT n.entry_id, n.version, o.version AS previous_version, n.source, n.url, n.title, o.title AS old_title,
           n.fetched_at, n.date, o.date AS old_date
    FROM numbered AS n JOIN numbered AS o ON o.entry_id = n.entry_id
    WHERE o.nth = n.nth - 1
  ),
  later AS (
    SELECT pair.entry_id, pair.version, pair.date, p.paragraph_id, p.position, p.text, p.fingerprint, p.update_of,
           coalesce(p.duplicate_of, p.paragraph_id) AS canonical
    FROM pair JOIN paragraphs AS p
      ON p.entry_id = pair.entry_id AND p.entry_version = pair.version AND p.date = pair.date
  ),
  earlier AS (
    SELECT pair.entry_id, pair.version, pair.date, p.paragraph_id, p.position, p.text, p.fingerprint, p.update_of,
           coalesce(p.duplicate_of, p.paragraph_id) AS canonical
    FROM pair JOIN paragraphs AS p
      ON p.entry_id = pair.entry_id AND p.entry_version = pair.previous_version AND p.date = pair.old_date
  ),
  kept AS (
    SELECT DISTINCT l.entry_id AS entry_id, l.version AS version, l.fingerprint AS fingerprint
    FROM later AS l JOIN earlier AS o
      ON o.entry_id = l.entry_id AND o.version = l.version AND o.date = l.date AND o.fingerprint = l.fingerprint
  ),
  came AS (
    SELECT l.* FROM later AS l LEFT JOIN kept AS k
      ON k.entry_id = l.entry_id AND k.version = l.version AND k.fingerprint = l.fingerprint
    WHERE k.fingerprint IS NULL
  ),
  went AS (
    SELECT o.* FROM earlier AS o LEFT JOIN kept AS k
      ON k.entry_id = o.entry_id AND k.version = o.version AND k.fingerprint = o.fingerprint
    WHERE k.fingerprint IS NULL
  ),
  candidates AS (
    SELECT c.entry_id, c.version, c.paragraph_id, w.paragraph_id AS old_paragraph,
           row_number() OVER (PARTITION BY c.paragraph_id ORDER BY w.position, w.paragraph_id) AS nth,
           row_number() OVER (PARTITION BY w.paragraph_id, c.version ORDER BY c.position, c.paragraph_id) AS old_nth
    FROM came AS c JOIN went AS w ON w.entry_id = c.entry_id AND w.version = c.version
    WHERE c.update_of = w.paragraph_id OR c.update_of = w.canonical OR c.canonical = w.canonical
       OR c.canonical = w.update_of
  ),
  matched AS (
    SELECT entry_id, version, paragraph_id, old_paragraph FROM candidates WHERE nth = 1 AND old_nth = 1
  ),
  differences AS (
    SELECT c.entry_id, c.version, c.paragraph_id, c.position,
           CASE WHEN m.paragraph_id IS NULL THEN 'added' ELSE 'changed' END AS change,
           w.text AS old_text, c.text AS new_text
    FROM came AS c LEFT JOIN matched AS m ON m.paragraph_id = c.paragraph_id
    LEFT JOIN went AS w ON w.paragraph_id = m.old_paragraph AND w.version = m.version
    UNION ALL
    SELECT w.entry_id, w.version, CAST(NULL AS VARCHAR) AS paragraph_id, w.position, 'removed' AS change,
           w.text AS old_text, CAST(NULL AS VARCHAR) AS new_text
    FROM went AS w LEFT JOIN matched AS m ON m.old_paragraph = w.paragraph_id AND m.version = w.version
    WHERE m.old_paragraph IS NULL
    UNION ALL
    SELECT entry_id, version, CAST(NULL AS VARCHAR) AS paragraph_id, CAST(NULL AS INTEGER) AS position,
           'title' AS change, old_title AS old_text, title AS new_text
    FROM pair WHERE coalesce(title, '') <> coalesce(old_title, '')
  )
SELECT pair.source, pair.title, d.version AS version, pair.previous_version, d.change, d.position, d.old_text,
       d.new_text, p.changed, pair.url, d.entry_id AS entry_id, d.paragraph_id AS paragraph_id, pair.fetched_at,
       pair.date
FROM differences AS d
JOIN pair ON pair.entry_id = d.entry_id AND pair.version = d.version
LEFT JOIN paragraphs AS p ON p.paragraph_id = d.paragraph_id AND p.date = pair.date
