"""Parts of a NewsML-G2 item besides its text: remote files, places, the items of a package."""

import html
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from newsbeam.transforms.parse.plain import unique
from newsbeam.transforms.parse.wire.fields import place_of
from newsbeam.transforms.parse.wire.media import Relation, country_code, media_of, place_named
from newsbeam.transforms.parse.wire.nitf_markup import line_of
from newsbeam.transforms.parse.xml import Element, attribute, child, children, descendants, text_of
from newsbeam.transforms.records import Media, Place

# A bound for hostile documents: the country stands among the first few.
_BROADER = 50  # concepts around a place, at most
# Natures of a concept that is a place: cpnat:geoArea, cpnat:poi, and agencies' own (cptype:city).
_PLACES = ("geoarea", "poi", "city", "country", "statprov", "region")


@dataclass(frozen=True)
class Files:
    """The renditions of the picture, film or sound of an item.

    Attributes:
        kind: The class of the item ("ninat:picture").
        title, caption, credit: Those of the item.
    """

    kind: str
    title: str
    caption: str
    credit: str

    def of(self, remote: Iterable[Element]) -> Iterator[Media]:
        """Yield the files of `remoteContent` elements, except pages with the text itself."""
        for each in remote:
            media_type = attribute(each, "contenttype")
            url = attribute(each, "href") or attribute(each, "residref")
            if url and not media_type.lower().startswith("text/"):
                yield media_of(
                    url,
                    self.kind,
                    media_type=media_type,
                    title=self.title,
                    caption=self.caption,
                    credit=self.credit,
                    width=attribute(each, "width"),
                    height=attribute(each, "height"),
                    bytes=attribute(each, "size"),
                    duration=attribute(each, "duration"),
                    duration_unit=attribute(each, "durationunit"),
                )


class _Properties(Protocol):
    def __getitem__(self, name: str) -> list[Element]: ...


class Places:
    """The places that an item names, with the details of its assertions."""

    def __init__(self, item: Element, name_of: Callable[[Element], str], code_of: Callable[[Element], str]) -> None:
        self._name_of = name_of
        self._code_of = code_of
        # Assertions give a concept's details once for the whole item; properties refer to them by code.
        self._asserted: Mapping[str, Element] = {_key(each): each for each in children(item, "assert")}

    def all(self, properties: _Properties) -> tuple[Place, ...]:
        """Return where an item was written, then the places that it is about."""
        found = [self._place(each, "dateline") for each in properties["located"]]
        written = unique(place_of(text_of(each)) for each in properties["dateline"])
        known = " ".join(place.name for place in found if place).casefold()
        found += [Place(place, "dateline") for place in written if place.casefold() not in known]
        for each in properties["subject"]:
            main = child(each, "mainConcept")
            concept = each if main is None else main
            if self._is_place(concept):
                found.append(self._place(concept, "subject"))
        return tuple(dict.fromkeys(place for place in found if place))

    def _is_place(self, concept: Element) -> bool:
        nature = (attribute(concept, "type") or attribute(concept, "typeuri")).lower()
        # By the ending: the alias of the scheme is the agency's own.
        return nature.endswith(_PLACES) or child(concept, "geoAreaDetails") is not None

    def _place(self, concept: Element, relation: Relation) -> Place | None:
        asserted = self._asserted.get(_key(concept))
        described = [concept] if asserted is None else [concept, asserted]
        names = (self._name_of(each) for each in described if child(each, "name") is not None)
        code = attribute(concept, "qcode") or attribute(concept, "uri")
        at = next((position for each in described for position in descendants(each, "position")), None)
        return place_named(
            next(filter(None, names), "") or attribute(concept, "literal"),
            relation,
            code and self._code_of(concept),
            self._country(code, described),
            (attribute(at, "latitude"), attribute(at, "longitude")),
        )

    def _country(self, code: str, described: Iterable[Element]) -> str:
        broader = (
            attribute(each, "qcode") or attribute(each, "uri")
            for one in described
            for each in islice(descendants(one, "broader"), _BROADER)
        )
        return next((each for each in (code, *broader) if country_code(each)), "")


def _key(concept: Element) -> str:
    return attribute(concept, "qcode") or attribute(concept, "uri") or attribute(concept, "literal")


def package_text(package: Element) -> str:
    """Return the titles and descriptions of a package's groups and items as HTML."""
    parts = []
    for part in descendants(package, "group", "itemRef"):
        title = next(filter(None, map(line_of, (*children(part, "headline"), *children(part, "title")))), "")
        texts = [("h2", title), *(("p", line_of(each)) for each in children(part, "description"))]
        parts += [f"<{tag}>{html.escape(text, quote=False)}</{tag}>" for tag, text in texts if text]
    return "\n".join(parts)
