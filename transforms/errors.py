"""Errors of one record.

    RecordError                a record can't be processed; it becomes a dead letter
    +-- FetchError             no body (network, HTTP status, size, decompression)
    +-- ParseError             the body can't be parsed in its format
    |   +-- UnsafeXmlError     XML with entities other than characters, which are never expanded or fetched
    |   +-- NotAFeedError      readable, but neither a feed nor a story (an HTML page, for example)
    +-- TextError              a paragraph that can't be processed (too long)
    +-- EnrichError            a model failed on this text
    +-- LimitError             a document or story takes too much time or memory
    +-- WorkerCrashedError     a document or story ends the process that works on it
    BrokenStageError           a stage fails on every record (a model that can't tag any text); stops the run

Any other exception is a bug. Its record becomes a dead letter, too, with the traceback (`isolation.Isolated`). All of
these errors can be pickled, since workers are other processes.
"""


class RecordError(Exception):
    """A record can't be processed. `str(error)` is the message of its dead letter."""


class FetchError(RecordError):
    """A source gave no body."""


class ParseError(RecordError):
    """A body can't be parsed in its declared or detected format."""


class UnsafeXmlError(ParseError):
    """XML has entities other than characters (billion laughs, external entities)."""


class NotAFeedError(ParseError):
    """A readable body is neither a feed nor a story."""


class TextError(RecordError):
    """A paragraph can't be processed."""


class EnrichError(RecordError):
    """An enrichment failed on a text.

    Attributes:
        traceback: The traceback as text.
    """

    def __init__(self, message: str, traceback: str = ""):
        # The message alone: pickling passes `args` to the class, and the traceback follows as an attribute.
        super().__init__(message)
        self.traceback = traceback


class LimitError(RecordError):
    """A document or story exceeds the limit of time or memory."""


class WorkerCrashedError(RecordError):
    """A worker process ended while it worked on one record."""


class BrokenStageError(Exception):
    """A stage fails on every record, so the cause is the stage and not a record."""
