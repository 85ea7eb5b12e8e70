"""Documents of newswires -> entries: one module a format, and what they share (fields, signals, subjects)."""
