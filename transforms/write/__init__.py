"""Rows to Parquet: schemas, files that appear whole, commits, the lock, what earlier runs wrote.

Drivers may import these modules; the others are the inside of the stage.

    alert_ledger               what has been found for alerts, and sent
    alert_record               rows of that table
    beam_rows                  rows with a Beam schema
    commit                     staging, committing and recovering a slice
    commit_polls               CommitPolls (streaming)
    compaction.compact         merging small files
    compaction.retag           tagging rows anew
    compaction.swap            the lock of compactions
    drop_known_dead_letters    dead letters of a job on a cluster
    job_files                  what is too large for elements of a job
    lock                       one writer at a time
    logged_documents           documents in the output that can be processed again
    lookup.by_number           look-ups of a job on a cluster
    lookup.dead_letters        dead letters that are in the output
    lookup.entry_index         an index of old entries
    lookup.lookups             entries, paragraphs and polls that are in the output
    parquet                    the files of the tables
    raw_log                    what was fetched, before it is processed
    reread_documents           RereadDocuments (batch)
    rows                       records to rows
    run_record                 rows of the table of runs
    runs                       writing them
    schema                     the tables and their columns
    stage_slice                StageSlice (batch)
    store                      the files of an output
    write_job                  the sink of a job on a cluster
    write_rows                 WriteRows (streaming)
"""
