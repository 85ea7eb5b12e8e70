"""Why a source gave no document. Each failure keeps what had arrived, so that the dead letter can show it.

FetchError                     (newsbeam.transforms.errors)
+-- SourceError                what fetch() catches
    +-- BadUrlError            not an http(s) URL that can be asked for
    +-- UnreachableError       no connection: DNS, refused, TLS, or closed before an answer
    +-- TimedOutError          silent for too long, or too long in all
    +-- HttpStatusError        an answer without a feed: 404, 410, 429, 503, 204 ...
    +-- AddressError           an address that is not of the public internet, and that the config doesn't open
    +-- RedirectError          too many redirects, or one that leaves http(s)
    +-- BrokenBodyError        cut off in the middle, or can't be decompressed
    +-- BodyTooLongError       longer than the limit; reading stopped there
    +-- UnreadableFileError    missing, a folder, no permission
    +-- UnfinishedFileError    somebody is still writing it
    +-- ArchiveError           an archive, or a member of one, that can't be unpacked
"""

from newsbeam.transforms.errors import FetchError


class SourceError(FetchError):
    """No document could be had from a source.

    Everything but the message has a default, which is what lets the exception survive pickling: it is made again from
    its message, then given its attributes.

    Attributes:
        uri: The URL that failed, after redirects, or the path.
        http_status: The status of the answer, if there was one.
        body: What had arrived: decompressed, except where it could not be.
        retry_after: The Retry-After header, or "".
        readable: What can be read of a body that was cut off, decompressed: whole entries may be in it.
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
        super().__init__(message)
        self.uri = uri
        self.http_status = http_status
        self.body = body
        self.retry_after = retry_after
        self.readable = readable
        self.media_type = media_type


class BadUrlError(SourceError):
    """Not an http(s) URL that can be asked for."""


class UnreachableError(SourceError):
    """No connection, or one that was closed before it answered."""


class TimedOutError(SourceError):
    """The server was silent for too long, or took too long in all."""


class HttpStatusError(SourceError):
    """An answer whose status says that it holds no feed."""


class AddressError(SourceError):
    """An address that is not of the public internet, and in no network that the config opens."""


class RedirectError(SourceError):
    """Too many redirects, or one to somewhere that is not http(s)."""


class BrokenBodyError(SourceError):
    """A body that was cut off in the middle or can't be decompressed."""


class BodyTooLongError(SourceError):
    """A body longer than the limit; `body` holds what is below it."""


class UnreadableFileError(SourceError):
    """A file that is missing, is a folder, or may not be read."""


class UnfinishedFileError(SourceError):
    """A file that changed since it was found, or while it was read: the next run will find it finished."""


class ArchiveError(SourceError):
    """An archive, or a member of one, that is broken, cut off, encrypted, or in an archive in an archive."""
