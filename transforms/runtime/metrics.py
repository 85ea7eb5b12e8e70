"""The names of newsbeam's metrics: Beam metrics in the namespace `newsbeam`, which every engine shows."""

NAMESPACE = "newsbeam"

SOURCES = "sources"  # of the config, in a cluster's job; also those that are not due
ENTRIES_NEW = "entries_new"
ENTRIES_UPDATED = "entries_updated"
ENTRIES_UNCHANGED = "entries_unchanged"
ENTRIES_HELD = "entries_held"  # counted as unchanged too: versions not written, after too many of the entry in one day
PARAGRAPHS_NEW = "paragraphs_new"
PARAGRAPHS_EXACT = "paragraphs_exact"
PARAGRAPHS_NEAR = "paragraphs_near"
PARAGRAPHS_CONTAINED = "paragraphs_contained"
PARAGRAPHS_UPDATES = "paragraphs_updates"  # counted as new too
PARAGRAPHS_FURNITURE = "paragraphs_furniture"  # counted above too, as the next one
PARAGRAPHS_COPIED = "paragraphs_copied"  # of another source's text
STORIES_MERGED = "stories_merged"
PARAGRAPHS_TAGGED = "paragraphs_tagged"
ENTITIES = "entities"
WITHOUT_MODEL = "paragraphs_without_model"  # followed by ":" and the language
DEAD_LETTERS = "dead_letters"  # followed by ":", the stage, ":" and the error's name
REPAIRED = "dead_letters_repaired"
POLLS = "polls"  # followed by ":" and the poll's status
PARAGRAPHS_BY_KIND = {
    None: PARAGRAPHS_NEW,
    "exact": PARAGRAPHS_EXACT,
    "near": PARAGRAPHS_NEAR,
    "contained": PARAGRAPHS_CONTAINED,
}

# Of streams. Distributions:
STATE_ENTRIES = "state_entries"  # versions in state
STATE_PARAGRAPHS = "state_paragraphs"  # canonical paragraphs in state
STATE_STORIES = "state_stories"  # entries in state, with what relates others to them
STATE_POLLS = "state_polls"  # polls that wait until their rows are written
STATE_DEAD_LETTERS = "state_dead_letters"  # ids of written dead letters in state
ROW_AGE = "row_age_seconds"  # from the fetch of an entry to the file that holds its row
DISTRIBUTIONS = frozenset({STATE_ENTRIES, STATE_PARAGRAPHS, STATE_STORIES, STATE_POLLS, STATE_DEAD_LETTERS, ROW_AGE})
LATEST = "_latest"  # follows a distribution's name: a gauge of its latest value; Flink's reporters accept numbers only
# A gauge:
NEWEST_ROW = "newest_row_at"  # the latest fetch of an entry that has been written, in Unix seconds
# Counters:
STATE_FULL = "state_full"  # records that did not fit in state, and polls that were counted early for that reason
ROWS_WRITTEN = "rows_written"  # followed by ":" and the table
POLLS_OVERDUE = "polls_overdue"  # written without validators after an hour, before all of their rows
PACKS_REPLAYED = "packs_replayed"  # readings emitted again from the raw log, after a rollback or a restart
WIRES_UNLISTED = "wires_unlisted"  # a drop that could not be listed at a tick
