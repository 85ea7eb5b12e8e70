"""Rules around the entity model: which spans are names, of which kind, and what their full form is in an entry."""
