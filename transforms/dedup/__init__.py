"""Decides versions of entries, and exact and near duplicates of paragraphs.

Drivers may import these modules; the others are the inside of the stage.

    connected                     sources and entries that must be decided together
    deduplicate_all_paragraphs    paragraphs of one job on a cluster
    deduplicate_paragraphs        DeduplicateParagraphs
    drop_written_dead_letters     DropWrittenDeadLetters (streaming)
    group_connected               the same, on a cluster
    index_settings                the size of a stream's index of paragraphs
    judge_pair                    what one paragraph is to another by their text
    key_batches                   the batch functions that compute band keys and the words of events
    order                         the order in which stories are decided
    packed_stories                stories as bytes between two steps
    paragraphs                    canonical paragraphs as the output knows them
    relate_stories                RelateStories, RelateAllStories, StreamingRelateStories
    relations.light               stories as the output knows them, for these
    relations.relate              what an output knows that stories relate to
    relations.story_index         how far apart entries of one event are
    streaming_paragraphs          StreamingDeduplicateParagraphs
    version_all_entries           entries of one job on a cluster
    version_entries               VersionEntries, StreamingVersionEntries
    versions                      entries as the output knows them, and their order
"""
