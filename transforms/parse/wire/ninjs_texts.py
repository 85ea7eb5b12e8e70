"""The texts of a ninjs item: bodies, headlines, descriptions and the texts of its associations -> one body.

An association is a "content of news objects which are associated with this news object" (ninjs-schema_1.6.json). The
caption of a picture is text of the item, as in NITF and NewsML 1; another object without a body is a heading and a
paragraph, like an item of a NewsML-G2 package. An object with a body is a separate story, see `ninjs`.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from newsbeam.transforms.parse.json_text import Fields, string_in
from newsbeam.transforms.parse.plain import html_text, one_line, unique
from newsbeam.transforms.parse.wire.values import lower

_HEAD = 2_000  # characters of a text from which its kind is detected
_SUBTITLE = re.compile(r"sub|kicker|deck|second|overline|standfirst|extended")
_NOT_SUMMARY = re.compile(r"credit|writer|byline|copyright|instruction|note|usage|keyword|contact|non-?public")
_TAG = re.compile(
    r"</?(?:p|br|div|strong|em|b|i|ul|ol|li|h[1-6]|table|blockquote|section)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_PAGE_TITLE = re.compile(r"<head[\s>][^\x00]{0,1000}?<title[^<>]{0,200}>([^<>]{1,500})</title>", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"<\?xml[^<>]*\?>\s*+")
_NITF = re.compile(r"<(?:nitf|body(?:\.\w+)?)[\s/>]")
_WORD = re.compile(r"\w+")
_NOT_LETTERS = re.compile(r"[\W_]+")
_BLANK_LINE = re.compile(r"\n[ \t\r]*+\n")
_CAPTIONS, _SEARCHED = 300, 300_000  # captions searched for in a story, and letters of it that are searched
# Each is compared with each, by all its words.
_COMPARED = 20  # texts of an item, at most
_SAME = 0.8  # share of the shorter text's words that another rendition of it has
_MORE = 1.25  # times the words of the shorter text: then that one is only a teaser
# TT's line above a text, two words of a page: <span class="vignette">Försvar</span><span class="source">TT</span>
_TT_SOURCE = re.compile(r'(?<=</span>)(?=<span class="source">)')


@dataclass(frozen=True)
class Text:
    """One of the texts of an item.

    Attributes:
        role: Its role as published; in 1.x the part of the name after body_ or headline_.
        kind: html, nitf, plain or xml (which is read like HTML).
    """

    role: str
    kind: str
    value: str

    def line(self) -> str:
        """Return the text in one line, without markup."""
        return one_line(self.value) if self.kind == "plain" else html_text(self.value)

    def words(self) -> set[str]:
        """Return its words in lower case, to find texts that repeat each other."""
        return set(_WORD.findall(self.line().lower()))


_PREFERENCE = ("html", "nitf", "plain", "xml")


def texts(item: Fields, name: str) -> Iterator[Text]:
    """Yield the texts of a name: `body`, `body_xhtml` (1.x), the objects of `bodies` (2.x, 3.x)."""
    plural = "bodies" if name == "body" else f"{name}s"
    for key, value in item.items():
        if key in (name, plural) or key.startswith(f"{name}_"):
            role = key[len(name) + 1 :] if key.startswith(f"{name}_") else ""
            for each in value if isinstance(value, list) else [value]:
                fields = lower(each) if isinstance(each, dict) else {"role": role, "value": each}
                if text := string_in(fields, "value"):
                    yield _text(string_in(fields, "role").lower(), string_in(fields, "contenttype").lower(), text)


def _text(role: str, media_type: str, value: str) -> Text:
    value = _XML_DECLARATION.sub("", value.strip(), count=1)
    if _NITF.search(value[:_HEAD]) and ("nitf" in media_type or "nitf" in role):
        kind = "nitf"
    elif "html" in (media_type or role) or _TAG.search(value):
        kind = "html"
    else:
        kind = "xml" if "xml" in media_type else "plain"
    return Text(role, kind, _TT_SOURCE.sub(" ", value))


def distinct(texts: Iterable[Text]) -> list[Text]:
    """Return the texts in order, without duplicate renditions; HTML is preferred to plain text."""
    found = [text for text in texts if text.value]
    if len(found) < 2:
        return found
    kept: list[tuple[int, Text, set[str]]] = []
    # The preferred kind first, so that a poorer one finds its twin; `place` restores the order of the item.
    for place, text in sorted(enumerate(found), key=lambda each: _PREFERENCE.index(each[1].kind)):
        words = text.words() if len(kept) < _COMPARED else set()
        twins = (at for at, (_, _, others) in enumerate(kept[:_COMPARED]) if words and _is_same(words, others))
        at = next(twins, len(kept))
        if at == len(kept) or len(words) > _MORE * len(kept[at][2]):
            # At len(kept) the slice is empty, so the text is added; elsewhere it takes the place of its twin.
            kept[at : at + 1] = [(place, text, words)]
    return [text for _, text, _ in sorted(kept, key=lambda each: each[0])]


def _is_same(words: set[str], others: set[str]) -> bool:
    return len(words & others) >= _SAME * min(len(words), len(others))


def joined(texts: list[Text]) -> tuple[str, str]:
    """Return texts as one, and its media type."""
    if all(text.kind == "plain" for text in texts):
        return "\n\n".join(text.value for text in texts), "text/plain"
    return "\n".join(_paragraphs(text.value) if text.kind == "plain" else text.value for text in texts), "text/html"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{html.escape(part, quote=False)}</p>" for part in _BLANK_LINE.split(text))


def headlines(item: Fields) -> tuple[str, str]:
    """Return the headline and the lines above or below it, by their roles."""
    found = list(texts(item, "headline"))
    main = [each for each in found if each.role in ("", "main")]
    subtitles = [each for each in found if _SUBTITLE.search(each.role)]
    others = [each for each in found if not _SUBTITLE.search(each.role)]
    title = next((line for each in (*main, *others) if (line := each.line())), "")
    return title, "; ".join(line for line in unique(each.line() for each in subtitles) if line != title)


def page_title(text: Text) -> str:
    """Return the title in the head of a body that is a whole HTML page, or ""."""
    found = _PAGE_TITLE.search(text.value[:_HEAD]) if text.kind == "html" else None
    return html_text(found[1]) if found else ""


def descriptions(item: Fields) -> list[Text]:
    """Return the descriptions of an item, each once, without credits and notes."""
    return distinct(text for text in texts(item, "description") if not _NOT_SUMMARY.search(text.role))


def with_associated(own: list[Text], captions: Iterable[str], others: Iterable[Text]) -> list[Text]:
    """Return the texts of an item with those of its associations after them.

    Args:
        own: The texts of the item itself.
        captions: The captions of its pictures; those that the item's text contains are left out.
        others: The headings and texts of the other objects, in order.
    """
    named, further = unique(captions), [text for text in others if text.value]
    if not named and not further:
        return own
    # By letters alone, since agencies cut captions and stories with other quotation marks and dashes.
    story = _letters(" ".join(text.line() for text in own))[:_SEARCHED]
    shown = [
        Text("caption", "plain", caption)
        for at, caption in enumerate(named)
        if at >= _CAPTIONS or _letters(caption) not in story
    ]
    added = [text for at, text in enumerate(further) if at >= _CAPTIONS or _letters(text.line()) not in story]
    if own and any(text.kind != "plain" for text in own):
        shown = [
            replace(each, kind="html", value=f"<figure><figcaption>{_escaped(each)}</figcaption></figure>")
            for each in shown
        ]
        added = [
            replace(each, kind="html", value=f"<h2>{_escaped(each)}</h2>") if each.role == "heading" else each
            for each in added
        ]
    return [*own, *shown, *added]


def _escaped(text: Text) -> str:
    return html.escape(text.value, quote=False)


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", text).casefold()
