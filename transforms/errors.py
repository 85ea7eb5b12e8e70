"""What can go wrong with one record, and nothing else.

    RecordError                a record can't go on; becomes a dead letter
    +-- FetchError             no body could be fetched (network, HTTP status, size, decompression)
    +-- ParseError             the body can't be read as the format it is
    |   +-- UnsafeXmlError     it uses entities that are more than characters: never expanded, never fetched
    |   +-- NotAFeedError      readable, but no feed or story (for example an HTML page)
    +-- TextError              a paragraph that can't be processed (too long)
    +-- EnrichError            a model failed on this text
    +-- LimitError             a document or a story takes too long
    +-- WorkerCrashedError     a document or a story ends the process that works on it
    BrokenStageError           a stage fails on every record, a model that can't tag any text say; stops the run

An exception that is none of them is a bug; the record that it stops becomes a dead letter as well, with the traceback
(`isolation.Isolated`). All of them survive pickling, since workers are other processes.
"""


class RecordError(Exception):
    """A record can't go on. `str(error)` is the reason that the dead letter shows."""


class FetchError(RecordError):
    """No body could be fetched from a source."""


class ParseError(RecordError):
    """A body can't be read as the format it claims or seems to be."""


class UnsafeXmlError(ParseError):
    """XML that uses entities that are more than characters (billion laughs, external entities)."""


class NotAFeedError(ParseError):
    """A readable body that is neither a feed nor a story."""


class TextError(RecordError):
    """A paragraph that can't be processed."""


class EnrichError(RecordError):
    """An enrichment failed on a text.

    Attributes:
        traceback: Where it did, as text.
    """

    def __init__(self, message: str, traceback: str = ""):
        super().__init__(message)
        self.traceback = traceback


class LimitError(RecordError):
    """A document or a story uses more of the machine than it may."""


class WorkerCrashedError(RecordError):
    """A worker process ends while it works on one record."""


class BrokenStageError(Exception):
    """A stage can't work on any record: the cause is not a record."""
