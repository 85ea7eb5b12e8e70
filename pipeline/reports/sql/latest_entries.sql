-- The latest version of each story, with its `state`: usable, embargoed, withheld or canceled.
WITH
  numbered AS (  -- versions of a wire sort by revision; those of feeds have none and sort by number
    SELECT *, row_number() OVER (PARTITION BY entry_id ORDER BY revision DESC NULLS LAST, version DESC) AS nth
    FROM entries
  ),
  latest AS (  -- what decides on kills; the other columns are read at the end
    SELECT entry_id, version, status, signals, coalesce(source_id, source) AS source, lower(provider) AS provider,
           guid, slugline, published, updated, provider_version, related
    FROM numbered WHERE nth = 1
  ),
  orders AS (
    SELECT entry_id AS killer, source, provider, coalesce(epoch_us(published), epoch_us(updated)) AS made, status,
           unnest(related) AS item
    FROM latest
    WHERE status <> 'usable' OR list_contains(signals, 'replacement')
  ),
  kills AS (  -- items that take others of their source out of use; replacements do so, too
    SELECT killer, source, provider, made, CASE status WHEN 'withheld' THEN status ELSE 'canceled' END AS status,
           replace(lower(item.id), 'ß', 'ss') AS name, item.version AS version
    FROM orders WHERE item.rel = 'kills'
  ),
  story AS (
    SELECT entry_id, source, provider, status <> 'usable' AS is_order, replace(lower(guid), 'ß', 'ss') AS guid,
           'slug:' || replace(lower(slugline), 'ß', 'ss') AS slug,
           coalesce(epoch_us(updated), epoch_us(published)) AS made, coalesce(provider_version, version) AS version
    FROM latest
  ),
  named AS (  -- by guid, or by number (IPTC 7901: number/day) or slugline, which are reused: for 48 hours
    SELECT entry_id, source, provider, is_order, made, version, guid AS name, false AS comes_again
    FROM story UNION ALL
    SELECT entry_id, source, provider, is_order, made, version, regexp_replace(guid, '/[^/]*$', ''), true
    FROM story WHERE strpos(guid, '/') > 0 UNION ALL
    SELECT entry_id, source, provider, is_order, made, version, slug, true FROM story
  ),
  killed_by AS (  -- of the same source and provider: others can't kill its stories
    SELECT n.entry_id, k.killer, k.status, n.is_order AND NOT n.comes_again AND k.made > n.made AS takes_back
    FROM named AS n JOIN kills AS k ON k.source = n.source AND k.name = n.name
    WHERE (k.version IS NULL OR k.version = n.version)
      AND (k.provider IS NULL OR n.provider IS NULL
           OR strpos(k.provider, n.provider) > 0 OR strpos(n.provider, k.provider) > 0)
      AND (NOT n.comes_again OR (n.made >= k.made - 172800000000 AND n.made <= k.made))
  ),
  taken_back AS (SELECT entry_id, killer FROM killed_by WHERE takes_back),
  in_force AS (  -- those that are not taken back by one that is in force itself
    SELECT killer AS entry_id FROM taken_back WHERE killer NOT IN (SELECT entry_id FROM taken_back)
  ),
  off AS (
    SELECT entry_id FROM taken_back WHERE killer IN (SELECT entry_id FROM in_force)
  ),
  killed AS (  -- canceled takes precedence over withheld
    SELECT entry_id, min(status) AS status FROM killed_by
    WHERE killer NOT IN (SELECT entry_id FROM off)
    GROUP BY entry_id
  )
SELECT
  <entries e>,
  CASE
    WHEN e.status = 'canceled' OR killed.status = 'canceled' THEN 'canceled'
    WHEN e.status = 'withheld' OR killed.status = 'withheld' THEN 'withheld'
    WHEN epoch_us(e.embargo_until) > epoch_us(now()) THEN 'embargoed'
    ELSE 'usable'
  END AS state
FROM entries AS e
JOIN latest AS l ON l.entry_id = e.entry_id AND l.version = e.version
LEFT JOIN killed ON killed.entry_id = e.entry_id
