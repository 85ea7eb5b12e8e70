"""Filters of the report's template: numbers, times and texts from outside as HTML shows them."""

import re
from datetime import UTC, datetime
from textwrap import dedent
from urllib.parse import urlsplit

from newsbeam.transforms.common.plurals import counted

_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Za-z0-9]{1,8}){0,3}")
_NOT_IN_HTML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
# ISO 639-1. A `lang` that no screen reader knows is an error of its page.
_KNOWN = (
    " aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka "
    "kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng "
    "nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su "
    "sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu eu "
)


def clean(text: object) -> str:
    """Return a text without the characters that HTML forbids; "" for None."""
    return _NOT_IN_HTML.sub(" ", "" if text is None else str(text))


def clip(text: object, most: int) -> str:
    """Return a text of at most `most` characters."""
    cleaned = clean(text)
    return cleaned if len(cleaned) <= most else f"{cleaned[: most - 1].rstrip()}…"


def link(url: str | None) -> str:
    """Return a URL that a page may link to, or "": one of the web, with a host."""
    if not url or len(url) > 2_000 or not url.isprintable():
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname else ""


def language(tag: str | None) -> str:
    """Return a language tag that a screen reader can use, or ""."""
    return tag if tag and _LANGUAGE.fullmatch(tag) and f" {tag[:2]} " in _KNOWN else ""


def number(value: float) -> str:
    """Return a whole number with thousands separators."""
    return f"{value:,.0f}"


def share(value: float | None) -> str:
    """Return a part of 1 as per cent; a dash for None."""
    return "–" if value is None else f"{value:.0%}"


def moment(seconds: int, year: int) -> str:
    """Return a Unix time as "30 Nov 07:12", with its year unless that is `year`."""
    when = datetime.fromtimestamp(seconds, UTC)
    return f"{when.day} {when:%b}{'' if when.year == year else f' {when.year}'} {when:%H:%M}"


def iso(seconds: int) -> str:
    """Return a Unix time in ISO 8601, for machines."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def span(seconds: float) -> str:
    """Return a length of time in its two largest units: "4 d 2 h", "1 h 5 min", "30 s"."""
    rest = round(abs(seconds))
    parts = []
    for size, unit in ((31_536_000, "y"), (86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
        if len(parts) == 2 or (parts and unit != "h" and size <= 3_600):
            break
    return " ".join(parts) or "0 s"


FILTERS = {
    "clean": clean,
    "clip": clip,
    "link": link,
    "language": language,
    "number": number,
    "share": share,
    "iso": iso,
    "span": span,
    "counted": counted,
    "dedent": lambda sql: dedent(sql).strip(),
}
