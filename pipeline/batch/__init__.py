"""The driver of `newsbeam run`, its spool on disk, and its progress."""
