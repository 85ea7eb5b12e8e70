"""Errors of reading a source. Each keeps the bytes that had arrived, for the dead letter.

FetchError                     (newsbeam.transforms.errors)
+-- SourceError                what fetch() catches
    +-- BadUrlError            not a valid http(s) URL
    +-- UnreachableError       no connection: DNS, refused, TLS, or closed before a response
    +-- TimedOutError          silent for too long, or too long in total
    +-- HttpStatusError        a response without a feed: 404, 410, 429, 503, 204 ...
    +-- AddressError           an address outside the public internet and `fetch.allow_networks`
    +-- RedirectError          too many redirects, or one that leaves http(s)
    +-- BrokenBodyError        cut off, or can't be decompressed
    +-- BodyTooLongError       longer than the limit
    +-- UnreadableFileError    missing, a folder, no permission
    +-- UnfinishedFileError    still being written
    +-- ArchiveError           an archive, or a member of one, that can't be unpacked
"""

from newsbeam.transforms.errors import FetchError


class SourceError(FetchError):
    """A source could not be read.

    Everything except the message has a default, so that the exception survives pickling: it is created from its
    message, and then gets its attributes.

    Attributes:
        uri: The URL that failed, after redirects, or the path.
        http_status: The status of the response, if there was one.
        body: The bytes that had arrived, decompressed where possible.
        retry_after: The Retry-After header, or "".
        readable: What could be decompressed of a body that was cut off; complete entries may be in it.
        media_type: The Content-Type header, or "".
    """

    def __init__(
        self,
        message: str,
        uri: str = "",
        http_status: int | None = None,
        body: bytes = b"",
        retry_after: str = "",
        readable: bytes = b"",
        media_type: str = "",
    ) -> None:
        # The message alone: `args` is what pickling passes to the class again.
        super().__init__(message)
        self.uri = uri
        self.http_status = http_status
        self.body = body
        self.retry_after = retry_after
        self.readable = readable
        self.media_type = media_type


class BadUrlError(SourceError):
    """Not a valid http(s) URL."""


class UnreachableError(SourceError):
    """No connection, or one that was closed before a response."""


class TimedOutError(SourceError):
    """The server was silent for too long, or took too long in total."""


class HttpStatusError(SourceError):
    """A response with a status that carries no feed."""


class AddressError(SourceError):
    """An address outside the public internet and the networks of `fetch.allow_networks`."""


class RedirectError(SourceError):
    """Too many redirects, or one that leaves http(s)."""


class BrokenBodyError(SourceError):
    """A body that was cut off or can't be decompressed."""


class BodyTooLongError(SourceError):
    """A body longer than the limit; `body` holds the bytes up to it."""


class UnreadableFileError(SourceError):
    """A file that is missing, is a folder, or may not be read."""


class UnfinishedFileError(SourceError):
    """A file that changed after it was listed, or while it was read; a later run or tick reads it."""


class ArchiveError(SourceError):
    """An archive, or a member of one, that is malformed, cut off, encrypted, or nested too deeply."""
