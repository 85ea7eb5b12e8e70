"""Decides versions of entries, and exact and near duplicates of paragraphs.

Drivers may import these modules; the others are the inside of the stage.

    connected                    keys of records as arrays (a job)
    deduplicate_all_paragraphs   DeduplicateAllParagraphs (a job)
    deduplicate_paragraphs       DeduplicateParagraphs, StreamingDeduplicateParagraphs
    drop_written_dead_letters    DropWrittenDeadLetters (streaming)
    group_connected              where a job reads what earlier runs wrote
    key_batches                  the batch function that computes band keys
    paragraphs                   canonical paragraphs as the output knows them
    version_all_entries          VersionAllEntries (a job)
    version_entries              VersionEntries, StreamingVersionEntries
    versions                     entries as the output knows them, and their order
"""
