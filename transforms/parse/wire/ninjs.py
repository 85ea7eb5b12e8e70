"""ninjs 1.0 to 1.6, 2.0 to 2.2 and 3.0 to 3.1 (IPTC, News in JSON) -> entries.

The generations differ in names, never in what one name means: 1.x has `headline`, `body_xhtml` and `subject` with
scheme and code, 2.x lists `headlines`, `bodies` and `subjects` with roles and URIs, 3.x writes `versionCreated`. So an
item is read by the names that it has, in lower case, whatever version its `standard` claims (some of IPTC's own samples
claim a wrong one). Superdesk's dialect is read too: `guid` for `uri`, `keywords`, `source`, `authors`. The meaning of
properties is that of the descriptions in IPTC's ninjs-schema_1.6.json and ninjs-schema_3.1.json.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.encoding import decode
from newsbeam.transforms.parse.identity import identify_items
from newsbeam.transforms.parse.json_text import Fields, list_in, objects_in, read_json, scalar_in, string_in
from newsbeam.transforms.parse.languages import language_tag
from newsbeam.transforms.parse.plain import html_text, one_line, scrub, unique
from newsbeam.transforms.parse.result import Parsed, ParseLimits, repaired
from newsbeam.transforms.parse.urls import is_http
from newsbeam.transforms.parse.wire.fields import WireDates, first_lines, names_of, urgency, without_by
from newsbeam.transforms.parse.wire.nitf_markup import nitf_body
from newsbeam.transforms.parse.wire.signals import with_life
from newsbeam.transforms.parse.wire.subjects import subject_codes
from newsbeam.transforms.parse.xml import child, local_name, read_xml
from newsbeam.transforms.records import DeadLetter, Document, Entry, Related

_WRAPPERS = ("data", "items", "item")
_LEVELS = 6
_HEAD = 2_000  # characters of a text that are enough to see what it is
_SUBTITLE = re.compile(r"sub|kicker|deck|second|overline|standfirst")
_NO_SUMMARY = re.compile(r"credit|writer|byline|copyright|instruction|note|usage|keyword")
_TAG = re.compile(
    r"</?(?:p|br|div|strong|em|b|i|ul|ol|li|h[1-6]|table|blockquote|section)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_XML_DECLARATION = re.compile(r"<\?xml[^<>]*\?>\s*+")
_NITF = re.compile(r"<(?:nitf|body(?:\.\w+)?)[\s/>]")
_WORD = re.compile(r"\w+")
_BLANK_LINE = re.compile(r"\n[ \t\r]*+\n")
_COMPARED = 20  # texts of an item, at most
_SAME = 0.8  # of the words of the shorter text that another rendition of it has
_MORE = 1.25  # times the words: then the shorter one is a part of it, a teaser
_PROVIDES = re.compile(r"provid|distrib|supplier|origcont|aggregat", re.IGNORECASE)
_WHOLE = re.compile(r"(\d{1,18})(?:\.0+)?", re.ASCII)
_CODE = re.compile(r"\d{8}|[\w.-]+:[\w:.-]+", re.ASCII)
_IPTC_CODE = re.compile(r"\d{8}", re.ASCII)
_GENRE = re.compile(r"https?://cv\.iptc\.org/newscodes/genre/")
# TT's line above a text, two words of a page: <span class="vignette">Försvar</span><span class="source">TT</span>
_TT_SOURCE = re.compile(r'(?<=</span>)(?=<span class="source">)')
# AP's ids of items carry the search that found them.
_AP = ("https://api.ap.org/", "http://api.ap.org/")
_AP_SEARCH = re.compile(r"(?<=[?&])(?:qt|et)=[^&#]*&?")


def parse_ninjs(document: Document, limits: ParseLimits) -> Parsed:
    """Return the entries of a ninjs document: one item, a list of them, one a line, or a collection (`items`).

    Raises:
        NotAFeedError: It is JSON, but no item in it has an id or a text.
        ParseError: It is no JSON, or cut off before the end of the first item.
    """
    decoded = decode(document.body, document.media_type)
    found = read_json(decoded.text)
    items = [item for value in found.values for item in _items(value)]
    if not items:
        raise NotAFeedError("JSON without an item that has a uri or a text is no ninjs")
    builder = _EntryBuilder(document)
    entries = identify_items([builder.build(item) for item in items[: limits.entries]])
    reasons = (decoded.repair, found.problem, limits.cut(len(items)))
    letters = [repaired(document, reason) for reason in reasons if reason]
    return Parsed(entries, (*letters, *builder.letters, *builder.dates.letters.values()))


def _items(value: Any, levels: int = _LEVELS) -> Iterator[Fields]:
    """Yield the items in a value with the names of their fields in lower case, also those in collections of them."""
    if isinstance(value, list) and levels:
        for element in value:
            yield from _items(element, levels - 1)
    elif isinstance(value, dict):
        fields = _lower(value)
        if scalar_in(fields, "uri", "guid") or any(_texts(fields, "headline")) or any(_texts(fields, "body")):
            yield fields
        elif levels:
            for key in _WRAPPERS:
                yield from _items(fields.get(key), levels - 1)


def _lower(fields: Fields) -> Fields:
    return {key.lower(): value for key, value in fields.items() if value is not None}


@dataclass
class _EntryBuilder:
    """Makes entries of the items of one document.

    Attributes:
        dates: Reads dates, and keeps those that can't be believed.
        letters: What was left out.
    """

    document: Document
    letters: list[DeadLetter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dates = WireDates(self.document)

    def build(self, item: Fields) -> Entry:
        """Return an item as an entry; its ids are still to be given."""
        title, subtitle = _headlines(item)
        byline = one_line(string_in(item, "by", "byline"))
        descriptions = _distinct(text for text in _texts(item, "description") if not _NO_SUMMARY.search(text.role))
        content, content_type = _joined(self._bodies(item) or descriptions)
        updated_raw = one_line(string_in(item, "versioncreated"))
        published_raw = one_line(string_in(item, "firstcreated")) or updated_raw
        embargo_raw = one_line(string_in(item, "embargoed", "embargoeduntil"))
        embargo = self.dates.read(embargo_raw)
        entry = Entry(
            entry_id="",
            source=self.document.source,
            feed_url=self.document.feed_url,
            format="ninjs",
            fetched_at=self.document.fetched_at,
            guid=_guid(item),
            provider_version=_version(item),
            title=title or one_line(string_in(item, "title")),
            subtitle=subtitle,
            summary=" ".join(text.line() for text in descriptions),
            authors=unique(map(_name, objects_in(item, "authors"))) or names_of(without_by(byline)),
            byline=byline,
            language=language_tag(self.document.language, string_in(item, "language")),
            published=self.dates.read(published_raw).value,
            published_raw=published_raw,
            updated=self.dates.read(updated_raw).value,
            updated_raw=updated_raw,
            embargo_until=embargo.stated,
            dateline_place=one_line(string_in(item, "located")),
            slugline=one_line(string_in(item, "slugline")),
            urgency=urgency(scalar_in(item, "urgency").removesuffix(".0")),
            ednote=one_line(string_in(item, "ednote")),
            copyright=one_line(string_in(item, "copyrightnotice", "copyrightholder")),
            categories=unique(_categories(item)),
            subjects=subject_codes(_subjects(item)),
            genres=unique(_code(genre) or _name(genre) for genre in objects_in(item, "genre", "genres")),
            provider=_provider(item),
            related=tuple(_related(item)),
            content=content,
            content_type=content_type,
        )
        status = one_line(string_in(item, "pubstatus"))
        if embargo_raw and embargo.stated is None and status in ("", "usable"):
            status = "embargoed"  # until nobody knows when
        return with_life(entry, status, (), first_lines(entry))

    def _bodies(self, item: Fields) -> list["_Text"]:
        texts = []
        for text in _texts(item, "body"):
            try:
                texts.append(self._from_nitf(text) if text.kind == "nitf" else text)
            except ParseError as error:
                reason = f"a body in NITF left out: {error}"
                self.letters.append(repaired(self.document, reason, text.value.encode()))
        return _distinct(texts)

    def _from_nitf(self, text: "_Text") -> "_Text":
        root = read_xml(replace(self.document, body=text.value.encode(), media_type="")).root
        part = child(root, "body") if local_name(root) == "nitf" else root
        return replace(text, value="" if part is None else nitf_body(part))


@dataclass(frozen=True)
class _Text:
    """One of the texts of an item.

    Attributes:
        role: What it is, as published; in 1.x what stands behind body_ or headline_.
        kind: html, nitf, plain or xml (which is read as if it were HTML).
    """

    role: str
    kind: str
    value: str

    def line(self) -> str:
        return one_line(self.value) if self.kind == "plain" else html_text(self.value)

    def words(self) -> set[str]:
        return set(_WORD.findall(self.line().lower()))


_PREFERENCE = ("html", "nitf", "plain", "xml")


def _texts(item: Fields, name: str) -> Iterator[_Text]:
    """Yield the texts of a name: `body`, `body_xhtml` (1.x), the objects of `bodies` (2.x, 3.x)."""
    plural = "bodies" if name == "body" else f"{name}s"
    for key, value in item.items():
        if key in (name, plural) or key.startswith(f"{name}_"):
            role = key[len(name) + 1 :] if key.startswith(f"{name}_") else ""
            for each in value if isinstance(value, list) else [value]:
                fields = _lower(each) if isinstance(each, dict) else {"role": role, "value": each}
                if text := string_in(fields, "value"):
                    yield _text(string_in(fields, "role").lower(), string_in(fields, "contenttype").lower(), text)


def _text(role: str, media_type: str, value: str) -> _Text:
    value = _XML_DECLARATION.sub("", value.strip(), count=1)
    if _NITF.search(value[:_HEAD]) and ("nitf" in media_type or "nitf" in role):
        kind = "nitf"
    elif "html" in (media_type or role) or _TAG.search(value):
        kind = "html"
    else:
        kind = "xml" if "xml" in media_type else "plain"
    return _Text(role, kind, _TT_SOURCE.sub(" ", value))


def _distinct(texts: Iterable[_Text]) -> list[_Text]:
    """Return the texts without renditions of the same one, in their order: HTML is kept rather than plain text."""
    found = [text for text in texts if text.value]
    if len(found) < 2:
        return found
    kept: list[tuple[int, _Text, set[str]]] = []
    for place, text in sorted(enumerate(found), key=lambda each: _PREFERENCE.index(each[1].kind)):
        words = text.words() if len(kept) < _COMPARED else set()
        twins = (at for at, (_, _, others) in enumerate(kept[:_COMPARED]) if words and _is_same(words, others))
        at = next(twins, len(kept))
        if at == len(kept) or len(words) > _MORE * len(kept[at][2]):
            kept[at : at + 1] = [(place, text, words)]
    return [text for _, text, _ in sorted(kept, key=lambda each: each[0])]


def _is_same(words: set[str], others: set[str]) -> bool:
    return len(words & others) >= _SAME * min(len(words), len(others))


def _joined(texts: list[_Text]) -> tuple[str, str]:
    """Return texts as one, and its media type."""
    if all(text.kind == "plain" for text in texts):
        return "\n\n".join(text.value for text in texts), "text/plain"
    return "\n".join(_paragraphs(text.value) if text.kind == "plain" else text.value for text in texts), "text/html"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{html.escape(part, quote=False)}</p>" for part in _BLANK_LINE.split(text))


def _headlines(item: Fields) -> tuple[str, str]:
    """Return the headline and what stands above or below it, by their roles."""
    headlines = list(_texts(item, "headline"))
    main = [each for each in headlines if each.role in ("", "main")]
    subtitles = [each for each in headlines if _SUBTITLE.search(each.role)]
    others = [each for each in headlines if not _SUBTITLE.search(each.role)]
    title = next((line for each in (*main, *others) if (line := each.line())), "")
    return title, "; ".join(line for line in unique(each.line() for each in subtitles) if line != title)


def _guid(item: Fields) -> str:
    """Return the id of an item, without AP's reference to the search that found it."""
    uri = one_line(scalar_in(item, "uri", "guid"))
    return _AP_SEARCH.sub("", uri).rstrip("?&") if uri.startswith(_AP) else uri


def _version(item: Fields) -> int | None:
    match = _WHOLE.fullmatch(scalar_in(item, "version").strip())
    return int(match[1]) if match else None


def _code(concept: Fields) -> str:
    """Return what identifies a concept: its URI (2.x, 3.x), its code in a scheme (1.x), or a literal that is a code."""
    fields = _lower(concept)
    uri, code, literal = (one_line(scalar_in(fields, key)) for key in ("uri", "code", "literal"))
    scheme = one_line(string_in(fields, "scheme"))
    if not uri and code and scheme:
        joint = "" if scheme.endswith(("/", "#", ":", "=")) else "/" if is_http(scheme) else ":"
        uri = f"{scheme}{joint}{code}"
    return _GENRE.sub("genre:", uri) or code or (literal if _CODE.fullmatch(literal) else "")


def _subjects(item: Fields) -> Iterator[str]:
    """Yield the codes of the subjects; also the code of IPTC that an agency writes beside a URI of its own (TT)."""
    for subject in objects_in(item, "subject", "subjects"):
        yield _code(subject)
        literal = scalar_in(_lower(subject), "literal")
        if _IPTC_CODE.fullmatch(literal):
            yield literal


def _name(concept: Fields) -> str:
    return one_line(string_in(_lower(concept), "name", "literal"))


def _categories(item: Fields) -> Iterator[str]:
    """Yield the keywords, and the names of the subjects that have no code."""
    for keyword in list_in(item, "keywords"):
        if isinstance(keyword, str):
            yield one_line(keyword)
    for subject in objects_in(item, "subject", "subjects"):
        if not _code(subject):
            yield _name(subject)


def _provider(item: Fields) -> str:
    """Return who delivers the item, by its role, or by having none: other sources were only asked or quoted."""
    sources = objects_in(item, "infosource", "infosources")
    roles = [string_in(_lower(source), "role", "rel") for source in sources]
    delivering = [source for source, role in zip(sources, roles, strict=True) if _PROVIDES.search(role)]
    nameless = [source for source, role in zip(sources, roles, strict=True) if not role]
    names = (*map(_name, delivering), one_line(string_in(item, "source")), *map(_name, nameless))
    return next(filter(None, names), "")


def _related(item: Fields) -> Iterator[Related]:
    """Yield the associated items; in 1.x the name of an association is that of its field."""
    associations = item.get("associations")
    named = list(associations.items()) if isinstance(associations, dict) else [("", associations)]
    for name, value in named:
        for each in map(_lower, objects_in({"": value}, "")):
            rel = one_line(string_in(each, "rel", "name") or scrub(name))
            if target := _guid(each):
                yield Related(rel, target, _version(each))
