"""The media and places of an NITF document."""

from collections.abc import Iterator

from newsbeam.transforms.parse.plain import unique
from newsbeam.transforms.parse.wire.media import Relation, media_of, place_named
from newsbeam.transforms.parse.wire.nitf_markup import line_of
from newsbeam.transforms.parse.xml import Element, attribute, child, children, descendants, text_of
from newsbeam.transforms.records import Media, Place


def media_in(body: Element) -> tuple[Media, ...]:
    """Return the files that `media` elements of a body refer to, each with its caption and its producer."""
    return tuple(file for media in descendants(body, "media") for file in _files(media))


def _files(media: Element) -> Iterator[Media]:
    caption = " ".join(unique(map(line_of, children(media, "media-caption"))))
    credit = "; ".join(unique(map(text_of, children(media, "media-producer"))))
    for each in children(media, "media-reference"):
        # `data-location` names the binary data in the same document; `source` is where the file is.
        url = attribute(each, "source") or attribute(each, "data-location")
        if url:
            yield media_of(
                url,
                attribute(media, "media-type"),
                media_type=attribute(each, "mime-type"),
                title=attribute(each, "name"),
                caption=caption,
                credit=credit or attribute(each, "source-credit"),
                width=attribute(each, "width"),
                height=attribute(each, "height"),
                duration=attribute(each, "time"),
                duration_unit=attribute(each, "time-unit-of-measure"),
            )


def places_in(nitf: Element) -> tuple[Place, ...]:
    """Return where a story was written, where it takes place (`evloc`), and the places that its content is about."""
    datelines = children(nitf, "body", "body.head", "dateline", "location")
    found = [_location(each, "dateline") for each in datelines]
    for data in children(nitf, "head", "docdata"):
        found += [_event(each) for each in children(data, "evloc")]
        found += [_location(each, "subject") for each in children(data, "identified-content", "location")]
    return tuple(dict.fromkeys(place for place in found if place))


def _location(location: Element, relation: Relation) -> Place | None:
    country = next(descendants(location, "country"), None)
    code = attribute(location, "location-code")
    return place_named(line_of(location), relation, code, attribute(country, "iso-cc"))


def _event(place: Element) -> Place | None:
    names = (attribute(place, name) for name in ("city", "county-dist", "state-prov", "iso-cc"))
    named = next(filter(None, names), "") or text_of(child(place, "city"))
    return place_named(named, "subject", "", attribute(place, "iso-cc"))
