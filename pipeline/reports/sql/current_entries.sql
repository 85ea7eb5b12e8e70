-- The stories that may be used now, each in its latest version.
SELECT e.* FROM latest_entries AS e WHERE e.state = 'usable'
