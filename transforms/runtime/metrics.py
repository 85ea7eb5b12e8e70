"""The names of newsbeam's metrics: Beam metrics in the namespace `newsbeam`, which every engine shows."""

NAMESPACE = "newsbeam"

SOURCES = "sources"  # of the config, in a cluster's job; also those that are not due
DOCUMENTS_REREAD = "documents_reread"  # by `reprocess`
ENTRIES_NEW = "entries_new"
ENTRIES_UPDATED = "entries_updated"
ENTRIES_UNCHANGED = "entries_unchanged"
ENTRIES_HELD = "entries_held"  # counted as unchanged too: versions not written, after too many of the entry in one day
ENTRIES_OUTDATED = "entries_outdated"  # counted as unchanged too: texts that `reprocess` found in older documents
PARAGRAPHS_NEW = "paragraphs_new"
PARAGRAPHS_EXACT = "paragraphs_exact"
PARAGRAPHS_NEAR = "paragraphs_near"
PARAGRAPHS_CONTAINED = "paragraphs_contained"
PARAGRAPHS_UPDATES = "paragraphs_updates"  # counted as new too
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
STATE_PARAGRAPHS = "state_paragraphs"  # paragraphs of a partition in state, equal ones once
STATE_PARAGRAPH_BYTES = "state_paragraph_bytes"  # bytes of memory of a partition
PACKS_EARLY = "packs_early"  # packs that wait for an earlier one, of a partition or of the deciding step
STATE_POLLS = "state_polls"  # polls that wait until their rows are written
STATE_DEAD_LETTERS = "state_dead_letters"  # ids of written dead letters in state
ROW_AGE = "row_age_seconds"  # from the fetch of an entry to the file that holds its row
DISTRIBUTIONS = frozenset(
    {
        STATE_ENTRIES,
        STATE_PARAGRAPHS,
        STATE_PARAGRAPH_BYTES,
        STATE_POLLS,
        STATE_DEAD_LETTERS,
        PACKS_EARLY,
        ROW_AGE,
    }
)
LATEST = "_latest"  # follows a distribution's name: a gauge of its latest value; Flink's reporters accept numbers only
# A gauge:
NEWEST_ROW = "newest_row_at"  # the latest fetch of an entry that has been written, in Unix seconds
# Counters:
STATE_FULL = "state_full"  # records that did not fit in state, and polls that were counted early for that reason
PARAGRAPHS_FORGOTTEN = "paragraphs_forgotten"  # followed by ":" and "age" (out of the window) or "memory" (too small)
ROWS_WRITTEN = "rows_written"  # followed by ":" and the table
POLLS_OVERDUE = "polls_overdue"  # written without validators after an hour, before all of their rows
PACKS_REPLAYED = "packs_replayed"  # readings emitted again from the raw log, after a rollback or a restart
WIRES_UNLISTED = "wires_unlisted"  # a drop that could not be listed at a tick
