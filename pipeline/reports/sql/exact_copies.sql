-- What is in the row of the canonical paragraph only: its text, entities and quotes, for each exact duplicate of it.
WITH
  placed AS (  -- with the day of the canonical paragraph, so that only the files of that day are read
    SELECT p.paragraph_id, p.date, c.paragraph_id AS canonical, c.date AS canonical_date
    FROM paragraphs AS p JOIN paragraphs AS c ON c.paragraph_id = p.duplicate_of
    WHERE p.duplicate_kind = 'exact'
  )
SELECT placed.paragraph_id, placed.date, c.text, c.entities, c.quotes
FROM placed JOIN paragraphs AS c ON c.paragraph_id = placed.canonical AND c.date = placed.canonical_date
