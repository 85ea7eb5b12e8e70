"""The files and places of ninjs items, and the bylines of items and pictures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from newsbeam.transforms.parse.json_text import Fields, objects_in, scalar_in, string_in
from newsbeam.transforms.parse.plain import one_line, unique
from newsbeam.transforms.parse.wire.fields import without_by
from newsbeam.transforms.parse.wire.media import Kind, Relation, media_kind, media_of, place_named
from newsbeam.transforms.parse.wire.ninjs_texts import descriptions, headlines, texts
from newsbeam.transforms.parse.wire.values import BYTES, URLS, lower, objects_of, word_in, words_in
from newsbeam.transforms.records import Media, Place

_BYLINES = ("by", "byline", "bylines")
_WRITTEN_AT = ("dateline", "origin", "created", "located")


@dataclass(frozen=True)
class Associated:
    """An object with files: an association, or the item itself.

    Attributes:
        uri: Its id.
        kind: Its kind, by its type, its files or its name; "other" for a text, a package, an event.
        files: Its renditions, by name.
    """

    uri: str
    kind: Kind
    title: str
    caption: str
    credit: str
    files: tuple[tuple[str, Fields], ...]

    @classmethod
    def of(cls, name: str, item: Fields) -> "Associated":
        """Return an association from its fields; `name` is its name in the item."""
        files = tuple(objects_of(item.get("renditions")))
        types = [word_in(file, *_TYPES) for _, file in files]
        stated = word_in(item, "type")
        return cls(
            uri=one_line(scalar_in(item, "uri", "guid")),
            # A stated type is the agency's word: a text with a picture among its files stays a text.
            kind=media_kind(stated) if stated else media_kind(*types, name),
            title=headlines(item)[0] or word_in(item, "title"),
            caption=" ".join(text.line() for text in descriptions(item)),
            credit="; ".join(bylines(item)) or _credit(item) or word_in(item, "copyrightholder"),
            files=files,
        )

    @property
    def is_shown(self) -> bool:
        """Whether it is a picture, a film or a sound: then its text is a caption."""
        return self.kind != "other"

    def media(self, is_item: bool = False) -> Iterator[Media]:
        """Yield its files; a picture without files is named by its id."""
        found = [(file, word_in(file, *URLS)) for _, file in self.files]
        for file, url in found:
            if url:
                yield self._media(url, word_in(file, "title"), file)
        if self.is_shown and not is_item and not any(url for _, url in found):
            yield self._media(self.uri, "", {})

    def _media(self, url: str, title: str, file: Fields) -> Media:
        return media_of(
            url,
            self.kind if self.is_shown else "",
            media_type=word_in(file, *_TYPES),
            title=self.title or title,
            caption=self.caption,
            credit=self.credit,
            width=scalar_in(file, "width"),
            height=scalar_in(file, "height"),
            bytes=scalar_in(file, *BYTES),
            duration=scalar_in(file, "duration"),
            duration_unit=string_in(file, "durationunit"),
        )


_TYPES = ("contenttype", "mimetype")


def bylines(item: Fields) -> tuple[str, ...]:
    """Return the bylines of an object without "By", each with the title after it (AP: `bylines`)."""
    for key in _BYLINES:
        titled = [_titled(lower(each)) for each in objects_in(item, key)]
        if found := unique(titled) or unique(map(without_by, words_in(item, key))):
            return found
    return ()


def byline_names(item: Fields) -> tuple[str, ...]:
    """Return the bylines of an object without "By" and titles."""
    return next(filter(None, (unique(map(without_by, words_in(item, key))) for key in _BYLINES)), ())


def _titled(fields: Fields) -> str:
    name = without_by(word_in({"": fields}, ""))
    return ", ".join(filter(None, (name, word_in(fields, "title", "jobtitle")))) if name else ""


def _credit(item: Fields) -> str:
    credits = (text.line() for text in texts(item, "description") if "credit" in text.role)
    return next(filter(None, credits), "")


def places(item: Fields, code_of: Callable[[Fields], str]) -> tuple[Place, ...]:
    """Return where an item was written, and the places that it is about.

    Args:
        item: An item with the names of its fields in lower case.
        code_of: Returns the code of a concept as published.
    """
    written = lower(next(iter(objects_in(item, "datelinelocation")), {}))
    country = word_in(written, "countrycode", "country")
    at = word_in(item, "located") or word_in(written, "city", "name")
    found = [place_named(at, "dateline", "", country, position(written))]
    for each in objects_in(item, "place", "places"):
        fields = lower(each)
        relation: Relation = "dateline" if word_in(fields, "rel", "role").lower() in _WRITTEN_AT else "subject"
        code, name = code_of(fields), word_in(fields, "name", "literal")
        country = word_in(fields, "countrycode", "country") or code
        found.append(place_named(name, relation, code, country, position(fields)))
    return tuple(dict.fromkeys(place for place in found if place))


def position(fields: Fields) -> tuple[str, str]:
    """Return the latitude and longitude of a place in GeoJSON (RFC 7946: longitude first), "" if it has none."""
    for key, value in fields.items():
        if ("geojson" in key.lower() or key.startswith("geometry")) and (found := _point(value)):
            return found
    return "", ""


def _point(value: Any) -> tuple[str, str] | None:
    fields = lower(value) if isinstance(value, dict) else {}
    geometry = fields.get("geometry")
    if isinstance(geometry, dict):
        fields = lower(geometry)
    coordinates = fields.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return None
    longitude, latitude = (scalar_in({"": each}, "") for each in coordinates[:2])
    return (latitude, longitude) if latitude and longitude else None
