"""The names of newsbeam's metrics: Beam metrics in the namespace `newsbeam`, which every engine shows.

The names are a fixed set. A monitoring system keeps a time series for each, so what comes from the input (languages,
the classes of unforeseen errors) is a label of a fixed set too, or `other`: see `bounded`.
"""

import builtins
import re
from functools import lru_cache

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
STATE_PARAGRAPHS = "state_paragraphs"  # paragraphs of a partition in state, equal ones once
STATE_PARAGRAPH_BYTES = "state_paragraph_bytes"  # bytes of memory of a partition
PACKS_EARLY = "packs_early"  # packs that wait for an earlier one, of a partition or of the deciding step
STATE_STORIES = "state_stories"  # entries in state, with what relates others to them
STATE_POLLS = "state_polls"  # polls that wait until their rows are written
STATE_DEAD_LETTERS = "state_dead_letters"  # ids of written dead letters in state
ROW_AGE = "row_age_seconds"  # from the fetch of an entry to the file that holds its row
DISTRIBUTIONS = frozenset(
    {
        STATE_ENTRIES,
        STATE_PARAGRAPHS,
        STATE_PARAGRAPH_BYTES,
        STATE_STORIES,
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

_OTHER = "other"
"""The label in place of one that is not in the fixed set."""

# ISO 639-1, and "" for an unknown language.
_LANGUAGES = frozenset(
    re.findall(
        r"\S+",
        "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el "
        "en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it "
        "iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt "
        "my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl "
        "sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo "
        "za zh zu",
    )
) | {""}
_OWN_ERRORS = frozenset(
    re.findall(
        r"\S+",
        "AddressError ArchiveError BadUrlError BodyTooLongError BrokenBodyError CodingError "
        "DecisionError EnrichError FetchError ForbiddenAddressError HttpStatusError LimitError "
        "NotAFeedError ObjectStoreError ParseError RawLogError RecordError RedirectError SourceError "
        "TextError TimedOutError UnfinishedFileError UnknownZoneError UnreachableError UnreadableFileError "
        "UnsafeXmlError WorkerCrashedError",
    )
)
_BUILT_IN = frozenset(
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)
)
_LABELS = {
    WITHOUT_MODEL: (_LANGUAGES,),
    DEAD_LETTERS: (frozenset({"read", "parse", "text", "dedup", "enrich"}), _OWN_ERRORS | _BUILT_IN),
    PARAGRAPHS_FORGOTTEN: (frozenset({"age", "memory"}),),
    POLLS: (frozenset({"ok", "not_modified", "unchanged", "error"}),),
    ROWS_WRITTEN: (frozenset({"paragraphs", "entries", "story_merges", "polls", "dead_letters"}),),
}


@lru_cache(maxsize=4096)
def bounded(name: str) -> str:
    """Return the name of a metric with labels of the fixed sets; others are `other`."""
    prefix, colon, labels = name.partition(":")
    if not colon:
        return name
    known = _LABELS.get(prefix, (frozenset(),))
    parts = labels.split(":", len(known) - 1)
    return ":".join([prefix, *(part if part in of else _OTHER for part, of in zip(parts, known, strict=True))])
