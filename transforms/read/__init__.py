"""The stage that reads sources to documents: HTTP feeds, files, drops, archives, OPML lists.

Drivers may import these modules; the others are the inside of the stage.

    access            credentials and headers of requests
    addresses         networks that may be reached
    connections       guarded connections
    due               when a source may be asked
    files             files and objects by path, URL or pattern
    http              the client and its settings
    names             which files of a drop are read
    poll_sources      PollSources (streaming)
    quiet_files       the quiet period of files
    read_documents    ReadDocuments (batch)
    source_spec       a source as configured
    sources           sources as configured to sources to fetch
"""
