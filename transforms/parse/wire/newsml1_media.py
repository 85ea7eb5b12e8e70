"""The files and places of a NewsML 1 item, and which of its components belong to a picture, not to the story."""

from collections.abc import Iterable, Iterator

from newsbeam.transforms.parse.plain import unique
from newsbeam.transforms.parse.wire.fields import without_by
from newsbeam.transforms.parse.wire.media import media_of, place_named
from newsbeam.transforms.parse.wire.newsml1_text import Component, is_caption, is_not_text
from newsbeam.transforms.parse.wire.nitf_markup import line_of
from newsbeam.transforms.parse.xml import Element, attribute, child, children, descendants, text_of
from newsbeam.transforms.records import Media, Place


class Parts:
    """The components of an item, separated into those of its story and those of each picture (film, sound).

    A component belongs to a picture if it contains a file or a caption, and no other text. In an item without any
    other text all components are the story's.

    Attributes:
        found: All components, in document order.
    """

    def __init__(self, found: list[Component]) -> None:
        self.found = found
        with_story = {each.element for each in found if _has_story(each)}
        self._of_story = set(_with_outer(with_story))
        files = {each.element for each in found if _has_file(each)}
        # A component that holds both belongs to the story: its headline is the story's.
        self._of_files = set(_with_outer(files)) - self._of_story
        self._captions: dict[Element, str] = {}

    def of_story(self) -> list[Component]:
        """Return the components that belong to the story."""
        return [each for each in self.found if not self._of_story or not self._of_file(each.element)]

    def media(self) -> Iterator[Media]:
        """Yield the files of an item, each with the metadata of its picture's component."""
        for component in self.found:
            for content in children(component.element, "ContentItem"):
                if attribute(content, "Href"):
                    root = self._root_of(component.element)
                    yield _file(content, root, self._caption(root))

    def _of_file(self, component: Element) -> list[Element]:
        """Return the picture components around a component, the innermost first; none for one of the story."""
        return [each for each in _outer(component) if each in self._of_files] if self._of_files else []

    def _root_of(self, component: Element) -> Element:
        """Return the component that contains a picture with its caption."""
        around = self._of_file(component) or [component]
        return next((each for each in around if self._caption(each)), around[-1])

    def _caption(self, root: Element) -> str:
        # Cached: each rendition of a picture asks for its component's caption, which is a search of all below it.
        if root not in self._captions:
            self._captions[root] = _caption(root)
        return self._captions[root]


def _has_story(component: Component) -> bool:
    if is_caption(component.role):
        return False
    texts = (content for content in children(component.element, "ContentItem") if not is_not_text(content))
    return any(next(descendants(content, "DataContent"), None) is not None for content in texts)


def _has_file(component: Component) -> bool:
    contents = children(component.element, "ContentItem")
    return is_caption(component.role) or any(is_not_text(each) or attribute(each, "Href") for each in contents)


def _with_outer(components: Iterable[Element]) -> Iterator[Element]:
    for component in components:
        yield from _outer(component)


def _outer(component: Element) -> Iterator[Element]:
    """Yield a component and those around it, the innermost first, up to its item."""
    yield component
    yield from (each for each in component.iterancestors("{*}NewsComponent"))


def _file(content: Element, root: Element, caption: str) -> Media:
    """Return a file; title and credit are those of its picture's component."""
    measures = {
        attribute(each, "FormalName").lower(): attribute(each, "Value")
        for each in children(content, "Characteristics", "Property")
    }
    named = {name: attribute(child(content, name), "FormalName") for name in ("MediaType", "MimeType", "Format")}
    credits = (
        *map(line_of, children(root, "NewsLines", "ByLine")),
        *map(line_of, children(root, "NewsLines", "CreditLine")),
    )
    creators = (attribute(each, "FormalName") for each in children(root, "AdministrativeMetadata", "Creator", "Party"))
    return media_of(
        attribute(content, "Href"),
        *named.values(),
        media_type=next((kind for kind in (named["MimeType"], named["Format"]) if "/" in kind), ""),
        title=next(filter(None, map(line_of, descendants(root, "HeadLine"))), ""),
        caption=caption,
        credit=next(filter(None, (*map(without_by, credits), *creators)), ""),
        width=measures.get("width", ""),
        height=measures.get("height", ""),
        # Names of Characteristics are free; these two are those that agencies write.
        duration=measures.get("totalduration", "") or measures.get("duration", ""),
        bytes=text_of(child(content, "Characteristics", "SizeInBytes")),
    )


def _caption(root: Element) -> str:
    """Return the captions in a component: texts with that role, and lines of that type."""
    roles = ((each, attribute(child(each, "Role"), "FormalName")) for each in descendants(root, "NewsComponent"))
    texts = (
        line_of(data)
        for component, role in roles
        if is_caption(role)
        for data in descendants(component, "DataContent")
        # Not encoded data, which would be shown as Base64.
        if not attribute(child(data.getparent(), "Encoding"), "Notation")
    )
    lines = (
        line_of(text)
        for line in descendants(root, "NewsLine")
        if is_caption(attribute(child(line, "NewsLineType"), "FormalName"))
        for text in children(line, "NewsLineText")
    )
    return " ".join(unique((*texts, *lines)))


def places_in(found: Iterable[Component]) -> tuple[Place, ...]:
    """Return the places of components: their origin, and those they are about."""
    blocks = (each for component in found for each in children(component.element, "DescriptiveMetadata", "Location"))
    return tuple(dict.fromkeys(place for block in blocks if (place := _place(block))))


def _place(location: Element) -> Place | None:
    properties = {
        attribute(each, "FormalName").lower(): attribute(each, "Value") for each in descendants(location, "Property")
    }
    names = (properties.get(name, "") for name in ("sublocation", "city", "countryarea", "countryname", "country"))
    return place_named(
        next(filter(None, names), ""),
        "dateline" if attribute(location, "HowPresent").lower() == "origin" else "subject",
        country=properties.get("countrycode", "") or properties.get("country", ""),
        position=(properties.get("latitude", ""), properties.get("longitude", "")),
    )
