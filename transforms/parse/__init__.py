"""Documents to entries: one module a format; `sniff` picks it."""
