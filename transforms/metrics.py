"""The names of what newsbeam counts: Beam counters in the namespace `newsbeam`, so that every engine shows them."""

NAMESPACE = "newsbeam"

ENTRIES_NEW = "entries_new"
ENTRIES_UPDATED = "entries_updated"
ENTRIES_UNCHANGED = "entries_unchanged"
PARAGRAPHS_NEW = "paragraphs_new"
PARAGRAPHS_EXACT = "paragraphs_exact"
PARAGRAPHS_NEAR = "paragraphs_near"
PARAGRAPHS_TAGGED = "paragraphs_tagged"
ENTITIES = "entities"
WITHOUT_MODEL = "paragraphs_without_model"  # followed by ":" and the language
DEAD_LETTERS = "dead_letters"  # followed by ":" and the error's name
REPAIRED = "dead_letters_repaired"
POLLS = "polls"  # followed by ":" and the poll's status
