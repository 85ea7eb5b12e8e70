"""How stories relate: which event an entry reports, whose text its paragraphs are, and which of them are furniture."""
