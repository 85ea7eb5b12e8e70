"""Media and places of wire items: types, sizes, durations and codes as published -> `Media`, `Place`."""

import re
from typing import Literal

from newsbeam.transforms.parse.plain import one_line
from newsbeam.transforms.parse.wire.fields import INT32, INT64, decimal, whole_number
from newsbeam.transforms.records import Media, Place

Kind = Literal["image", "video", "audio", "other"]
Relation = Literal["dateline", "subject"]

_MEDIA_TYPE = re.compile(r"[a-z]{2,20}/[\w.+-]{1,80}", re.ASCII | re.IGNORECASE)
# Names of the kinds in the formats: media types, IPTC's ninature, types of ninjs, MediaType of NewsML 1 and NITF.
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("image", re.compile(r"image|photo|picture|graphic|jpe?g|\bpng|\bgif|illustration", re.IGNORECASE)),
    ("video", re.compile(r"video|film|movie|animation|mpeg4|mp4", re.IGNORECASE)),
    ("audio", re.compile(r"audio|sound|mp3", re.IGNORECASE)),
)
_CLOCK = re.compile(r"(\d{1,4}):([0-5]?\d):([0-5]?\d(?:\.\d{1,9})?)", re.ASCII)
_PERIOD = re.compile(r"PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?", re.ASCII)
_SECONDS = re.compile(r"(?:^|:)(?:seconds?|s|normalplaytime)?$", re.IGNORECASE)
_MOST_SECONDS = 1e9
_COUNTRY = re.compile(
    r"([A-Z]{2})(?:-[A-Z0-9]{1,3})?|.{0,80}iso-?3166(?:-?1)?(?:-?a2)?[:/#]([a-z]{2})(?:-[a-z0-9]{1,3})?", re.I | re.A
)


def media_of(url: str, *kinds: str, **texts: str) -> Media:
    """Return a file that belongs to an item.

    Args:
        url: As published.
        *kinds: Names of the kind, the most reliable first: the type of the file, the type of its item.
        **texts: Fields of `Media` as published: `media_type`, `title`, `caption`, `credit`, `width`, `height` (pixels),
            `bytes`, `duration`, `duration_unit`. Numbers too large for their column become None.
    """
    media_type = one_line(texts.get("media_type", "")).lower()
    return Media(
        url=one_line(url),
        kind=media_kind(media_type, *kinds),
        media_type=media_type if _MEDIA_TYPE.fullmatch(media_type) else "",
        title=texts.get("title", ""),
        caption=texts.get("caption", ""),
        credit=texts.get("credit", ""),
        width=whole_number(texts.get("width", ""), INT32),
        height=whole_number(texts.get("height", ""), INT32),
        duration_s=_seconds(texts.get("duration", ""), texts.get("duration_unit", "")),
        bytes=whole_number(texts.get("bytes", ""), INT64),
    )


def media_kind(*names: str) -> Kind:
    """Return the kind of a file from media types and names of types, the most reliable first."""
    # A text about a picture: other names of its item would match below.
    if names and names[0].startswith("text/"):
        return "other"
    return next((kind for text in names for kind, named in _KINDS if named.search(text)), "other")


def _seconds(raw: str, unit: str) -> float | None:
    """Return a duration in seconds, from seconds, "0:01:30" or "PT1M30S"; None for frames and other units."""
    raw = raw.strip()
    if match := _CLOCK.fullmatch(raw) or _PERIOD.fullmatch(raw):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return 3600 * hours + 60 * minutes + seconds
    if unit.lower().endswith("milliseconds"):
        number = decimal(raw, 0, _MOST_SECONDS)
        return None if number is None else number / 1000
    # Frames can't be converted without a rate; NormalPlayTime is seconds.
    return decimal(raw, 0, _MOST_SECONDS) if _SECONDS.search(unit) else None


def place_named(
    name: str,
    relation: Relation,
    code: str = "",
    country: str = "",
    position: tuple[str, str] = ("", ""),
) -> Place | None:
    """Return a place as published; None without a name and a code.

    Args:
        name: The name of the place.
        relation: "dateline" if the item was written there, "subject" if it is about the place.
        code: As published.
        country: A possible two-letter code of ISO 3166-1, bare or as a qcode or URI ("iso3166-1a2:SE").
        position: Latitude and longitude in degrees, as published.
    """
    if not name and not code:
        return None
    latitude, longitude = decimal(position[0], -90, 90), decimal(position[1], -180, 180)
    has_both = latitude is not None and longitude is not None
    return Place(
        name=name or code,
        relation=relation,
        code=code,
        country=country_code(country),
        latitude=latitude if has_both else None,
        longitude=longitude if has_both else None,
    )


def country_code(code: str) -> str:
    """Return the country of an ISO 3166 code ("SE", "iso3166-1a2:US-NV"), "" for any other code."""
    match = _COUNTRY.fullmatch(code.strip())
    bare, qualified = match.groups() if match else ("", "")
    # Only in capitals: "de" or "in" alone is a word or a language.
    return qualified.upper() if qualified else bare if bare and bare.isupper() else ""
