-- One row for each stretch of direct speech in the current stories, with its speaker where the text names one. Exact
-- duplicates have their quotes here too, for their own source.
WITH
  said AS (
    SELECT p.paragraph_id, p.entry_id, p.source, p.url, p.title, p.published, p.fetched_at, p.date, p.language,
           unnest(p.quotes) AS q
    FROM paragraphs AS p
    JOIN current_entries AS e ON e.entry_id = p.entry_id AND e.version = p.entry_version AND e.date = p.date
    WHERE p.duplicate_kind IS NULL OR p.duplicate_kind <> 'exact'
    UNION ALL
    SELECT p.paragraph_id, p.entry_id, p.source, p.url, p.title, p.published, p.fetched_at, p.date, p.language,
           unnest(tagged.quotes) AS q
    FROM paragraphs AS p
    JOIN current_entries AS e ON e.entry_id = p.entry_id AND e.version = p.entry_version AND e.date = p.date
    JOIN exact_copies AS tagged ON tagged.paragraph_id = p.paragraph_id AND tagged.date = p.date
  )
SELECT q.speaker AS speaker, q.speaker_id AS speaker_id, q.text AS text, q.verb AS verb,
       said.paragraph_id, said.entry_id, said.source, said.url, said.title, said.published, said.fetched_at,
       said.date, said.language
FROM said WHERE q.text IS NOT NULL
