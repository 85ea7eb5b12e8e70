"""The HTTP answers of the feed server: feeds with validators, and faulty variants of them. No sockets here."""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from typing import Literal, get_args

from testing.published import Version

Fault = Literal["hang", "slow", "error", "busy", "reset", "truncated", "encoding", "empty"]
"""What a feed can do wrong.

    hang        accept the request and send nothing
    slow        send the body in pieces, with pauses
    error       answer 500
    busy        answer 503 with Retry-After: 1
    reset       send half of the body, then reset the connection
    truncated   send half of the body as if it were complete
    encoding    declare UTF-8 and send windows-1252
    empty       answer 200 without a body
"""
FAULTS: tuple[Fault, ...] = get_args(Fault)
_REASONS = {200: "OK", 304: "Not Modified", 404: "Not Found", 500: "Internal Server Error", 503: "Service Unavailable"}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer and the versions of entries in its body."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    versions: tuple[Version, ...] = ()

    def head(self, now: float) -> bytes:
        """Return the status line and headers."""
        headers = {"Date": http_date(now), **self.headers}
        if self.status != 304:
            headers["Content-Length"] = str(len(self.body))
        lines = [f"HTTP/1.1 {self.status} {_REASONS[self.status]}", *(f"{k}: {v}" for k, v in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("ascii")


def http_date(seconds: float) -> str:
    """Return Unix seconds as an HTTP date (RFC 9110 5.6.7)."""
    return format_datetime(datetime.fromtimestamp(int(seconds), UTC), usegmt=True)


def feed_path(feed: int) -> str:
    """Return the path of a feed: JSON Feed for even numbers, RSS for odd ones."""
    return f"/feed-{feed}.{'rss' if feed % 2 else 'json'}"


def render(feed: int, versions: Sequence[Version]) -> tuple[str, str]:
    """Return a feed of these entries and its media type."""
    if feed % 2:
        items = "".join(map(_rss_item, versions))
        head = f"<title>Feed {feed}</title><link>https://feed-{feed}.example/</link><description>News</description>"
        xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>{head}\n{items}</channel></rss>\n'
        return xml, "application/rss+xml"
    entries = [
        {
            "id": version.guid,
            "url": _link(version),
            "title": version.title,
            "content_html": _html(version),
            "date_published": _iso(version.published),
            "date_modified": _iso(version.updated),
        }
        for version in versions
    ]
    whole = {"version": "https://jsonfeed.org/version/1.1", "title": f"Feed {feed}", "items": entries}
    return json.dumps(whole, ensure_ascii=False), "application/feed+json"


def _rss_item(version: Version) -> str:
    return (
        f'<item><guid isPermaLink="false">{version.guid}</guid><link>{_link(version)}</link>'
        f"<title>{html.escape(version.title)}</title><pubDate>{http_date(version.published)}</pubDate>"
        f"<description>{html.escape(_html(version))}</description></item>\n"
    )


def _link(version: Version) -> str:
    return f"https://feed-{version.place}.example/{version.guid.rpartition(':')[2]}"


def _html(version: Version) -> str:
    return "".join(f"<p>{html.escape(text)}</p>" for text in version.paragraphs)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def answer(feed: int, versions: Sequence[Version], changed_at: float, headers: dict[str, str], now: float) -> Answer:
    """Return the answer without a fault: 200, or 304 if the request's validator is current (RFC 9110 13.1).

    Of five feeds one sends both validators, one an ETag, one Last-Modified, one a weak ETag, and one none.
    """
    text, media_type = render(feed, versions)
    body = text.encode()
    kind = feed % 5
    validators = {}
    if kind in (0, 1, 3):
        validators["ETag"] = f'{"W/" if kind == 3 else ""}"{blake2b(body, digest_size=8).hexdigest()}"'
    # A feed that changed in this second may change again in it, which a date can't express (RFC 9110 8.8.2.2).
    if kind in (0, 2) and int(changed_at) < int(now):
        validators["Last-Modified"] = http_date(changed_at)
    if _is_current(headers, validators):
        return Answer(304, validators)
    return Answer(200, {"Content-Type": f"{media_type}; charset=utf-8", **validators}, body, tuple(versions))


def _is_current(requested: dict[str, str], validators: dict[str, str]) -> bool:
    if "if-none-match" in requested:
        return requested["if-none-match"] == validators.get("ETag")
    if "if-modified-since" in requested and "Last-Modified" in validators:
        since, changed = requested["if-modified-since"], validators["Last-Modified"]
        return parsedate_to_datetime(since) >= parsedate_to_datetime(changed)
    return False


def with_fault(good: Answer, fault: Fault | None) -> Answer:
    """Return an answer with a fault in place of `good`."""
    if fault == "error":
        return Answer(500, {})
    if fault == "busy":
        return Answer(503, {"Retry-After": "1"})
    if good.status != 200 or fault not in ("reset", "truncated", "encoding", "empty"):
        return good
    body = good.body
    if fault == "truncated":
        body = body[: len(body) // 2]
    if fault == "encoding":
        body = body.decode().encode("cp1252", "xmlcharrefreplace")
    if fault == "empty":
        body = b""
    # Without validators, so that the next request doesn't get a 304 for a body that the client never had.
    return replace(good, headers={"Content-Type": good.headers["Content-Type"]}, body=body)
