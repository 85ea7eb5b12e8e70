"""Messages of the teleprinter formats (IPTC 7901, ANPA 1312): bytes -> header, text and end, as clean text.

A message is SOH header STX text ETX end EOT, with NUL, SYN and DEL as padding anywhere. The meaning of its characters:

    8-bit       UTF-8 if valid, else the guess of `encoding.decode`, or a code page that fits the letters better
    7-bit       ASCII, or a national variant of ISO 646, in which "f}r" is "für": declared by an escape sequence of
                ISO 2022 (ISO-IR registry), or detected by frequent words of the language
    controls    those of ISO-IR 26 (newspaper text transmission): typesetting instructions and fonts are removed, KW
                deletes the word before it, US separates columns
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from newsbeam.transforms.common.encoding import decode
from newsbeam.transforms.common.stray_bytes import as_mixture, read_stray
from newsbeam.transforms.errors import NotAFeedError, ParseError
from newsbeam.transforms.parse.completeness import TRUNCATED
from newsbeam.transforms.parse.plain import one_line
from newsbeam.transforms.parse.result import DocumentDates, LeftOut, Parsed, ParseLimits, repaired
from newsbeam.transforms.parse.wire.drafts import finish
from newsbeam.transforms.records import Document, Entry

SOH, STX, ETX, EOT = "\x01", "\x02", "\x03", "\x04"

# The characters of ISO 646 that national variants replace, in this order, and their replacements (ISO-IR registry).
_POSITIONS = "#$@[\\]^`{|}~"
_VARIANTS = {
    "K": "#$§ÄÖÜ^`äöüß",  # ISO-IR 21, German, DIN 66003
    "H": "#¤ÉÄÖÅÜéäöåü",  # ISO-IR 11, Swedish for names
    "G": "#¤@ÄÖÅ^`äöå‾",  # ISO-IR 10, Swedish and Finnish
    "`": "#$@ÆØÅ^`æøå‾",  # ISO-IR 60, Norwegian and Danish
    "f": "£$à°ç§^µéùè¨",  # ISO-IR 69, French
    "R": "£$à°ç§^`éùè¨",  # ISO-IR 25, French, older
    "Y": "£$§°çé^ùàòèì",  # ISO-IR 15, Italian
    "Z": "£$§¡Ñ¿^`°ñç~",  # ISO-IR 17, Spanish
    "A": "£$@[\\]^`{|}‾",  # ISO-IR 4, British
    "B": _POSITIONS,  # ISO-IR 6, ASCII
}
# Frequent words of news stories that only the variant spells. A text must contain at least two: "{" and "[" are
# brackets in ASCII, and "f}r" is "für" in German and "får" in Swedish.
_WORDS = {
    "K": "für über können könnte müssen würde würden wäre während große größte Präsident hätte später fünf Länder",
    "G": "och på är för från också när så över även två år får mål",
    "`": "på også når får før være første må år så blå røde være gjøre større regjeringen både",
    "f": "été à après où déjà président société présidence même première contre élections très",
    "Y": "è più perché così città già però può presidente attività",
    "Z": "año años España señor según también señaló mañana español",
}
_WORD_SETS = {final: frozenset(words.lower().split()) for final, words in _WORDS.items()}
_OF_LANGUAGE = {"de": "K", "sv": "G", "fi": "G", "da": "`", "nb": "`", "no": "`", "fr": "f", "it": "Y", "es": "Z"}
_BRACKETS = frozenset("@[\\]{|}~")
_LEAST_WORDS = 2
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.\w+")
_ESCAPE = re.compile("\x1b[\x20-\x2f]+([\x30-\x7e])")
_DESIGNATION = re.compile("\x1b[(,]([\x30-\x7e])")
_TOKEN = re.compile(r"[^\s\"'(),.;:!?/-]+")

_INSTRUCTION = re.compile("\x0c[^\x0b\n]{0,80}\x0b")
_KILL_WORD = "\x18"
# Quads and fonts that stand in place of a space: without it the words on both sides would join.
_MARK_BETWEEN_LETTERS = re.compile(r"(?<=\w)[\x19-\x1e]+(?=\w)")
_MARKS = re.compile("[\x00-\x07\x0b-\x0f\x11-\x1e\x7f\ufeff]")
_LINE_END = re.compile(r"\r*\n\r*|\r+|\x0c|\x85|\u2028|\u2029")

_INSIDE_WORD = re.compile(r"(?<=([A-Za-z]))([^\x00-\x7f])(?=[A-Za-z])")
_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßœšž")
_LATIN = frozenset(chr(point) for point in range(0xC0, 0x180) if chr(point).isalpha())
_PUNCTUATION = frozenset("’‘–—…")  # in windows-1252 they are where code page 850 has letters
_CENTRAL_EUROPE = frozenset(("pl", "cs", "sk", "hu", "hr", "sl", "ro", "sq"))
_SAMPLE = 200_000  # characters that are used to detect an encoding
_UNDETECTED = {"cp1250": _LATIN, "cp850": _WESTERN, "mac_roman": _WESTERN}  # `decode` misses these in short texts
# A single class before SOH: padding and what is left of the message before.
_LEAD = re.compile(rb"[\x00\s\x7f\x16\x03\x04]*\x01")
_PADDING = re.compile("[\x00\\s\x7f\x16\x03\x04\x1a\ufeff]*")


@dataclass(frozen=True)
class Message:
    r"""One message of a document, with line feeds as line ends and without padding.

    Attributes:
        header: Between SOH and STX; without STX the first line.
        text: Between STX and ETX, with the controls that have a meaning in a format: TLI (\x08), \x10, tabs.
        end: Between ETX and EOT.
        repairs: The faults of the message.
        payload: Its bytes.
    """

    header: str
    text: str
    end: str
    repairs: tuple[str, ...] = ()
    payload: bytes = field(default=b"", repr=False)


BuildEntry = Callable[[Document, Message, re.Match[str], list[str]], Entry | None]
"""Returns the entry of a message, given the match of its header; appends the faults of the message to the list."""


def starts_with(body: bytes, header: re.Pattern[bytes]) -> bool:
    """Tell whether a body begins with a message that has such a header."""
    # The bound keeps the search for SOH from running through megabytes of white space.
    lead = _LEAD.match(body[:4096])
    return bool(lead and header.match(body, lead.end()))


def read_messages(body: bytes, language: str = "") -> tuple[list[Message], bytes]:
    """Return the messages of a body in order, and the bytes before the first of them (b"" for padding).

    A body without SOH is one message: some files have lost their control characters.

    Args:
        body: The bytes of a document.
        language: BCP 47, or "": decides between 7-bit variants or code pages that fit equally well.

    Raises:
        NotAFeedError: It is UTF-16 or binary.
    """
    # NUL is padding in these formats, so only more of it than of everything else is a sign.
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or body.count(0) * 2 > len(body):
        raise NotAFeedError("binary data is not a message")
    # Before decoding: control characters are the same bytes in all the encodings below, and a message may be in its
    # own.
    before, *raws = re.split(b"(?=\x01)", body) if b"\x01" in body else (b"", body)
    texts, repairs = _decoded(raws, language)
    messages = [
        _message(text, raw, repair)
        for text, raw, repair in zip(texts, raws, repairs, strict=True)
        if _has_letters(text)
    ]
    junk = before if _has_letters(before.decode("latin-1")) else b""
    return messages, junk


# Not text: what teleprinters send after a message, and the number of the next one.
_AFTER_END = re.compile(r"[\W_]{0,64}(?:NNNN)?[\W\d_]*")


def _has_letters(text: str) -> bool:
    return any(map(str.isalnum, text))


def _message(text: str, raw: bytes, repair: str) -> Message:
    """Split one decoded message into its parts."""
    repairs = [repair] if repair else []
    has_start = text.startswith(SOH)
    # Without SOH it comes from a file that has lost its control characters: nothing is wrong if others are missing.
    text = text.removeprefix(SOH)
    content, found, end = text.partition(ETX)
    end, _, after = end.partition(EOT)
    if not found:
        # EOT without ETX ends the message all the same; with neither of them its end is missing.
        content, ended, after = text.partition(EOT)
        if has_start:
            # "truncated" makes the poll an error (`completeness`), so the file is fetched again.
            missing = "no end of text (ETX)"
            repairs.append(missing if ended else LeftOut(f"{TRUNCATED}: {missing}"))
    if not _AFTER_END.fullmatch(after):
        repairs.append(LeftOut("left out: text after the end of the message (EOT)"))
    header, found, text = content.partition(STX)
    if not found:
        first = _PADDING.match(header)
        at = header.find("\n", first.end() if first else 0)
        at = len(header) if at < 0 else at
        header, text = header[:at], header[at:]
        if has_start:
            repairs.append("no start of text (STX)")
    return Message(clean_text(header, keep="\x11\x12"), clean_text(text), clean_text(end), tuple(repairs), raw)


def parse_messages(
    document: Document, limits: ParseLimits, header: re.Pattern[str], standard: str, build: BuildEntry
) -> Parsed:
    """Return an entry for each message of a document, and a dead letter for each fault and each part left out.

    Args:
        document: One message or several.
        limits: Bounds on what is returned.
        header: Matches the header of a message.
        standard: The name of the format, for messages.
        build: Returns the entry of a message; None if it has no text.

    Raises:
        NotAFeedError: No message has such a header.
        ParseError: No message has a text.
    """
    messages, junk = read_messages(document.body, document.language)
    dead_letters = [repaired(document, LeftOut("left out: text before the first message"), junk)] if junk else []
    entries: list[Entry] = []
    headers = 0
    for message in messages:
        match = header.match(message.header)
        # Counted apart from entries: no header at all is another format, no text at all a damaged file.
        headers += match is not None
        problems = list(message.repairs)
        entry = build(document, message, match, problems) if match else None
        if not match:
            problems.append(LeftOut(f"left out: no {standard} header in {one_line(message.header)[:60]!r}"))
        elif not entry:
            problems.append(LeftOut("left out: the message has no text"))
        label = one_line(message.header.strip().partition("\n")[0])[:40]
        # A part left out stays one under its label: only the type of the message says so.
        named = [type(problem)(f"{label}: {problem}") for problem in problems]
        dead_letters += [repaired(document, problem, message.payload) for problem in named]
        entries += [entry] if entry else []
    if not headers:
        raise NotAFeedError(f"no message has a {standard} header")
    if not entries:
        raise ParseError("no message has a text")
    return finish(
        document, entries[: limits.entries], (*dead_letters, limits.cut(len(entries))), DocumentDates(document)
    )


def clean_text(text: str, keep: str = "") -> str:
    r"""Return text with line feeds as line ends, without padding, fonts and typesetting instructions.

    Backspace (the tab line indicator of ANPA 1312) and \x10 (its space band) stay: their meaning depends on their
    position.

    Args:
        text: A part of a message.
        keep: Other controls that stay.
    """
    # Padding can stand within words and line ends, so it goes first.
    text = text.replace("\x00", "").replace("\x7f", "")
    # More than half of the line ends: one blank line alone is a paragraph's end.
    if 2 * text.count("\r\n\n") > text.count("\r\n"):
        text = text.replace("\r\n\n", "\n")  # the paper feed of a teleprinter, on each line
    # Before line ends, since \x0c alone is a page break and with \x0b the start of an instruction.
    text = _INSTRUCTION.sub("", text)
    text = _LINE_END.sub("\n", text.replace("\x1f", "\t"))
    *killed, text = text.split(_KILL_WORD)
    text = "".join([*map(_without_last_word, killed), text])
    text = _MARK_BETWEEN_LETTERS.sub(" ", text)
    return _MARKS.sub(lambda match: match[0] if match[0] in keep else "", text)


def _without_last_word(text: str) -> str:
    return text[: max(text.rfind(" "), text.rfind("\n") + 1, 0)]


def _decoded(raws: list[bytes], language: str) -> tuple[list[str], list[str]]:
    """Return the text of each message, and how its encoding was guessed ("" if it was known)."""
    texts: list[str] = []
    repairs: list[str] = []
    # The messages of a file come from one system, and one of them alone is often too short to guess from.
    not_utf8 = b"\n".join(raw for raw in raws if not _is_utf8(raw))
    encoding, repair = _guess(not_utf8, language) if not_utf8 else ("utf-8", "")
    for raw in raws:
        known = _is_utf8(raw)
        text = read_stray(as_mixture(raw)) if encoding == "utf-8" else raw.decode(encoding, "replace")
        text = raw.decode() if known else text
        # A text with bytes above 127 has its letters there, so its brackets are brackets.
        texts.append(_national(text, language) if raw.isascii() else _ESCAPE.sub("", text))
        repairs.append("" if known else repair)
    return texts, repairs


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _guess(raw: bytes, language: str) -> tuple[str, str]:
    """Return the encoding of bytes that are not UTF-8, and the repair to report; "utf-8" is one with stray bytes."""
    decoded = decode(raw)
    if decoded.encoding == "utf-8":
        return "utf-8", decoded.repair
    likely = "cp1250" if language[:2] in _CENTRAL_EUROPE else decoded.encoding
    scores = {likely: _fitting(raw.decode(likely, "replace"), _LATIN)}
    for name, alphabet in _UNDETECTED.items():
        scores.setdefault(name, _fitting(raw.decode(name, "replace"), alphabet))
    # On a tie the first one, which is the likely one, since dicts keep their order.
    encoding = max(scores, key=lambda name: scores[name])
    found = _INSIDE_WORD.findall(raw.decode(encoding, "replace")[:_SAMPLE])
    return encoding, "" if scores[encoding] == len(found) else f"wrong encoding: none declared, read as {encoding}"


def _fitting(text: str, alphabet: frozenset[str]) -> int:
    """Count the non-ASCII characters within words that fit the alphabet, minus those that don't."""
    found = _INSIDE_WORD.findall(text[:_SAMPLE])
    return sum(1 if _fits(before, letter, alphabet) else -1 for before, letter in found)


def _fits(before: str, letter: str, alphabet: frozenset[str]) -> bool:
    return letter in _PUNCTUATION or (letter.lower() in alphabet and (before.isupper() or letter.islower()))


def _national(text: str, language: str) -> str:
    """Return 7-bit text with the letters of its national variant of ISO 646."""
    if "\x1b" in text:
        designated = _DESIGNATION.findall(text)
        text = _ESCAPE.sub("", text)
        # The last designation: a header may be in ASCII and the text below it in a national set.
        finals = [final for final in designated if final in _VARIANTS]
        return _translated(text, finals[-1]) if finals else text
    tokens = [token for token in _TOKEN.findall(text) if not _BRACKETS.isdisjoint(token)]
    if len(tokens) < _LEAST_WORDS:
        return text
    counts = {final: _hits(tokens, final) for final in _WORDS}
    best = max(counts, key=lambda final: (counts[final], final == _OF_LANGUAGE.get(language[:2])))
    return _translated(text, best) if counts[best] >= _LEAST_WORDS else text


def _hits(tokens: Iterable[str], final: str) -> int:
    """Count the words that only this variant spells."""
    return sum(_translated(token, final).lower() in _WORD_SETS[final] for token in tokens)


def _translated(text: str, final: str) -> str:
    table = str.maketrans(_POSITIONS, _VARIANTS[final])
    parts: list[str] = []
    at = 0
    # In German "@" is "§": an address would not be one any more.
    for address in _ADDRESS.finditer(text) if "@" in text else ():
        parts += [text[at : address.start()].translate(table), address[0]]
        at = address.end()
    return "".join([*parts, text[at:].translate(table)])
