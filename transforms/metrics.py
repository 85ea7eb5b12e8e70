"""The names of what newsbeam counts: Beam counters in the namespace `newsbeam`, so that every engine shows them."""

NAMESPACE = "newsbeam"

ENTRIES_NEW = "entries_new"
ENTRIES_UPDATED = "entries_updated"
ENTRIES_UNCHANGED = "entries_unchanged"
ENTRIES_HELD = "entries_held"  # of the unchanged ones: changed, but not written, after too many versions in one day
PARAGRAPHS_NEW = "paragraphs_new"
PARAGRAPHS_EXACT = "paragraphs_exact"
PARAGRAPHS_NEAR = "paragraphs_near"
PARAGRAPHS_TAGGED = "paragraphs_tagged"
ENTITIES = "entities"
WITHOUT_MODEL = "paragraphs_without_model"  # followed by ":" and the language
DEAD_LETTERS = "dead_letters"  # followed by ":", the stage, ":" and the error's name
REPAIRED = "dead_letters_repaired"
POLLS = "polls"  # followed by ":" and the poll's status
PARAGRAPHS_BY_KIND = {None: PARAGRAPHS_NEW, "exact": PARAGRAPHS_EXACT, "near": PARAGRAPHS_NEAR}

# Of streams. Distributions:
STATE_ENTRIES = "state_entries"  # versions that are remembered
STATE_PARAGRAPHS = "state_paragraphs"  # canonical paragraphs that are remembered
STATE_POLLS = "state_polls"  # polls that wait until what came of them is written
ROW_AGE = "row_age_seconds"  # from the fetch of an entry to the file that holds its row
DISTRIBUTIONS = frozenset({STATE_ENTRIES, STATE_PARAGRAPHS, STATE_POLLS, ROW_AGE})
LATEST = "_latest"  # after a distribution's name: a gauge of its last value; Flink's reporters take numbers only
# A gauge:
NEWEST_ROW = "newest_row_at"  # when the entry was fetched that has the newest row, in Unix seconds
# Counters:
STATE_FULL = "state_full"  # what was decided but not remembered, and polls that were counted early: all was full
ROWS_WRITTEN = "rows_written"  # followed by ":" and the table
POLLS_OVERDUE = "polls_overdue"  # written before all that came of them, after an hour
WIRES_UNLISTED = "wires_unlisted"  # a drop that could not be listed at a tick
