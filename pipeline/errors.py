"""The error of what a command was given."""


class NotUsableError(Exception):
    """An output, a query or an option can't be used; `str(error)` says why, in one line. Nothing was written."""
