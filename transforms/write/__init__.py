"""Rows to Parquet: schemas, files that appear whole, commits, the lock, what earlier runs wrote.

Drivers may import these modules; the others are the inside of the stage.

    commit                   staging, committing and recovering a slice
    commit_polls             CommitPolls (streaming)
    compaction.compact       merging small files
    drop_known_dead_letters  DropKnownDeadLetters (a job)
    lock                     one writer at a time
    lookup.by_number         rows of a file by their numbers
    lookup.dead_letters      dead letters that are in the output
    lookup.entry_index       an index of old entries
    lookup.lookups           entries, paragraphs and polls that are in the output
    parquet                  the files of a table
    raw_log                  what a stream has fetched, before it is processed
    rows                     records to rows
    schema                   the tables and their columns
    stage_slice              StageSlice (batch)
    store                    the files of an output
    write_job                WriteJob (a job)
    write_rows               WriteRows (streaming)
"""
