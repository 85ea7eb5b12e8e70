"""The wording of a paragraph: its text as far as a reader sees a difference, and the hash of it.

    "• LONDON, March 3 (Reuters) - Shares rose 5 pct, “led by” Acme (ACM.L). REUTER"  ->  "shares rose 5%, led by Acme"

What doesn't count: bullets and list marks, quotes, dashes and hyphens, white space, invisible characters, ligatures and
other compatibility forms (Unicode NFKC), the spelling of per cent, stock symbols and link marks in brackets, the
dateline with its agency, the agency's closing, the case of the first letter, the punctuation at the end. Other
punctuation counts, and so does a minus before a number.

The fingerprint is a file format: rows of today are compared with those of years ago. `records.KEY_FORMAT` is its
number, and tests have golden values; a change of any pattern here is a new format. The agencies are therefore listed
here, apart from those that datelines are read with.

Every paragraph goes through here, so a pattern that few texts match begins with a set of characters, which `re` finds
fast, or is tried only where a part of it occurs.
"""

import re
import unicodedata
from collections.abc import Sequence

from newsbeam.transforms import ids

_AGENCIES = (
    r"Reuters?|REUTERS?|Associated Press|AP|AFP|dpa(?:[/-][\w-]{2,8})?|UPI|ANI|PTI|IANS|EFE|ANSA|APA|SDA|ATS|TASS|ТАСС"
    r"|Xinhua|Kyodo|Jiji|Yonhap|Bernama|Antara|Lusa|Belga|ANP|NTB|TT|Ritzau|STT|PAP|MTI|AAP|PA Media|Canadian Press"
    r"|Interfax|Интерфакс|РИА Новости|Bloomberg|Dow Jones|Folhapress|Agência Brasil|Europa Press|Télam|epd|KNA|SID"
    r"|新华社|共同|時事|رويترز|أ ?ف ?ب|د ?ب ?أ|وكالات"
)
_MONTHS = (
    r"Jan(?:uary|uar)?|Feb(?:ruary|ruar)?|Mar(?:ch)?|März|Apr(?:il)?|May|Mai|June?|Juni|July?|Juli|Aug(?:ust)?"
    r"|Sept?(?:ember)?|O[ck]t(?:ober)?|Nov(?:ember)?|De[cz](?:ember)?|JAN|FEB|MARCH|APRIL|MAY|JUNE|JULY|AUG|SEPT|OCT|NOV"
    r"|DEC"
)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u0591-\u05bd\u061c\u0640\u064b-\u0652\u0670\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
# NFKC would make "10²" a hundred and two, and "2½" twenty-one halves.
_RAISED = re.compile("([⁰¹²³⁴-⁹]+)")
_FRACTION = re.compile("(?<=\\d)(?=[¼-¾⅐-⅞])")
_LINK_MARK = re.compile(r"\[\w{1,20}:[^\[\]\"]{0,300}TEXT:\"([^\"\]]{0,300})\"[^\[\]\"]{0,40}\]")
_WEB_LINK = re.compile(r"\[([^\[\]]{1,200})\]\((?:https?:|/)[^()\s]{0,500}\)")
_TICKER = re.compile(
    r" ?(?:\((?:[A-Z0-9]{1,8}\.[A-Z]{1,3}|[A-Za-z]{2,10}(?: [A-Za-z]{2,6})? ?: ?[A-Z0-9.]{1,10})\)"
    r"|<[A-Z0-9]{1,6}(?:\.[A-Z]{1,3})?>)"
)
_BULLET = re.compile(r"(?:[•·▪●◦‣∙■□◆◇▶►→*+✓✔–—]\s*|-\s+|(?:\(?\d{1,2}|\(?[a-z])\)\s+)(?=\S)")
_PLACE = r"[^\W\d_a-z][\w.'’]{0,20}(?:[ /,-]{1,2}[^\W_][\w.'’]{0,20}){0,5}"
_OPENING = re.compile(
    rf"(?:{_PLACE}[,. ]{{0,2}})?[(\[/](?:{_AGENCIES})[)\]/]\s*(?:[.:]?[-–—_=:]{{1,2}}|\.)\s*(?=\S)"
    rf"|[^\W\d_a-z][\w.'’]{{1,20}}(?:[ /-][^\W\d_a-z][\w.'’]{{0,20}}){{0,3}}"
    r"(?:, ?[A-Z][\w.]{0,12}(?: [A-Z][\w.]{0,12})?)?"
    rf", ?(?:{_MONTHS})\.? \d{{1,2}}(?: \((?:{_AGENCIES})\))? ?[-–—]{{1,2}} ?(?=\S)"
    rf"|[^\W\d_a-z]{{2,20}}, \d{{1,2}} \w{{3,8}}\.? ?[-–—] ?(?:{_AGENCIES})\. (?=\S)"
    r"|新华社\w{2,12}?\d{1,2}月\d{1,2}日电\s*"
)
_MAY_OPEN = re.compile(r"[)\]/\w.] ?[-–—_=:]|[)\]/]\.? |日电")
_OF_OPENING = re.compile(r"[-–—_=:)\]/电]")  # every match of _MAY_OPEN has one
_CLOSING = re.compile(
    rf"(?:\s{{0,3}}(?:--?|[–—])\s{{0,3}}(?:{_AGENCIES})|\s{{0,3}}[(\[/](?:{_AGENCIES}|END|[a-z]{{2,4}}(?:/[a-z]{{2,5}}){{0,3}})[)\]/]"
    rf"|(?<=[.!?…\"'”»)])\s{{0,3}}(?:{_AGENCIES}|END)|\s(?:REUI?TER|Reuter)\b"
    r"|\s{0,3}\((?:Additional r|R|W|E)(?:eporting|riting|diting) by [^()]{1,200}\)"
    r"|(?<=[.!?…\"'”»)])\s{0,3}(?:Additional r|R|W|E)(?:eporting|riting|diting) by (?:[^.!?]|(?<=\b[A-Z])\.){1,200})"
    r"[\s.#*]{0,5}$"
)
_ENDS_WITH_AGENCY = re.compile(rf"(?:{_AGENCIES}|REUITER|END|[)\]/])[\s.#*]{{0,5}}$")
_LOWER_AGENCY_PARTS = ("dpa", "epd", ")", "]", "/")  # all others in _ENDS_WITH_AGENCY have a capital, or are not ASCII
_LONGEST_CLOSING, _LONGEST_AGENCY, _LONGEST_OPENING = 230, 24, 120
_PER_CENT = re.compile(
    r"[%٪﹪％]|\b(?:[Pp](?:er[ -]?cent|ct|\.c|rocent|rosent|rocento?s?|rozent|our[ -]?cent|or[ -]?cien(?:to|ta)"
    r"|or[ -]?cento)"
    r"|PER ?CENT|PCT|[Пп]роцент(?:а|ов|ам|ами|ах|у|ом|е|ы)?|[Пп]роц)\b(?:\.(?= [a-zа-яà-ÿ]))?"
    r"|パーセント|เปอร์เซ็นต์|(?<!\w)(?:في ?|ب)ال?م(?:ئ|ائ)[ةه]"
)
# Searched first, since almost no paragraph has any of them and the pattern is slow.
_PER_CENT_PARTS = ("%", "pct", "CENT", "PCT", "p.c", "cien", "роц", "パー", "เปอ", "\u0645\u0626", "\u0627\u0626")
# Where "ent" occurs, as it does in every other English paragraph, also those that alone are left as they are.
_WITH_ENT = ("cent", "rosent", "rozent", "P.c", "Pct", "٪")
_CHINESE_PER_CENT = re.compile(r"百分之(\d[\d.]{0,12})")
_THAI_PER_CENT = re.compile(r"ร้อยละ ?(\d[\d.]{0,12})")
_MARKS = r"\"“”„‟«»〝〞「」『』《》〈〉‹›*_…`"
_MARK = re.compile(rf"[.{_MARKS}](?:(?<!\.)[{_MARKS}]*|(?<=\.)(?:\.+|(?: \.){{2,}}))")
_PLAIN_MARKS = ('"', "*", "_", "`", "..", ". . .")  # those of ASCII
_QUOTE = re.compile(r"'(?:(?<!\w')|(?!\w)|(?<=\d')(?=\d))")
_APOSTROPHE = re.compile("[’‘‚‛′`´ʼ]")
_LONG_DASH = re.compile("[‐‑‒–—―−]")
_DASH = re.compile(r"[-~](?:(?<=-)-*|(?<=~)~*)")
_BEFORE_MINUS = frozenset(("", " ", "(", "["))
_AFTER_MINUS = frozenset("0123456789$€£¥")
_SPACED = (*((f" {mark}", mark) for mark in ".,;:!?)]%"), ("( ", "("), ("[ ", "["))
_WIDE = "\u0e00-\u0e7f\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WIDE_SPACE = re.compile(f"(?<=[{_WIDE}]) | (?=[{_WIDE}])")
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")
_END = " .,;:·。、،؛"


def wording(text: str) -> str:
    """Return what a reader sees of `text`; the module's docstring says what that leaves out."""
    if not text.isascii():
        text = _compatible(text)
    if "[" in text:
        text = _WEB_LINK.sub(r"\1", _LINK_MARK.sub(r"\1", text))
    if "(" in text or "<" in text:
        text = _TICKER.sub("", text)
    # Before the marks, which the patterns of datelines and sign-offs need.
    text = _without_closing(_without_opening(text.strip()))
    if _may_say_per_cent(text):
        text = _PER_CENT.sub("%", text)
    text = _without_marks(text).strip(_END)
    if not text.isascii():
        text = _WIDE_SPACE.sub("", text)
    # The first letter only: capitals within a text tell names from words.
    return text[:1].lower() + text[1:]


def fingerprint(text: str) -> str:
    """Return the hash that exact duplicates share: of the wording, in the format `records.KEY_FORMAT`."""
    return ids.digest(wording(text))


def _without_marks(text: str) -> str:
    """Return `text` without quotes, dashes, ellipses, and spaces beside punctuation."""
    if not text.isascii() or _has_any(text, _PLAIN_MARKS):
        text = _MARK.sub(" ", text)
    if "'" in text:
        text = _QUOTE.sub(" ", text)
    if "-" in text or "~" in text:
        text = _DASH.sub(_minus_or_space, text)
    text = " ".join(text.split())
    for spaced, mark in _SPACED:
        if spaced in text:
            text = text.replace(spaced, mark)
    return text


def _minus_or_space(match: re.Match[str]) -> str:
    text, start, end = match.string, match.start(), match.end()
    is_minus = match[0] == "-" and text[max(0, start - 1) : start] in _BEFORE_MINUS
    return "-" if is_minus and text[end : end + 1] in _AFTER_MINUS else " "


def _compatible(text: str) -> str:
    """Return `text` in compatibility forms, with ASCII digits and without invisible characters."""
    text = _FRACTION.sub(" ", _RAISED.sub(r"^\1", _INVISIBLE.sub("", text)))
    text = unicodedata.normalize("NFKC", text).replace("⁄", "/")
    text = _LONG_DASH.sub("-", _APOSTROPHE.sub("'", text))
    text = _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), text)
    return _THAI_PER_CENT.sub(r"\1%", _CHINESE_PER_CENT.sub(r"\1%", text))


def _without_opening(text: str) -> str:
    bullet = _BULLET.match(text)
    start = bullet.end() if bullet else 0
    end = start + _LONGEST_OPENING
    may_open = _OF_OPENING.search(text, start, end) and _MAY_OPEN.search(text, start, end)
    opening = _OPENING.match(text, start) if may_open else None
    return text[opening.end() if opening else start :]


def _without_closing(text: str) -> str:
    # Only the end is searched: a sign-off's words in the middle are text, and long paragraphs cost nothing.
    before = max(0, len(text) - _LONGEST_CLOSING)
    may_close = _ends_with_agency(text) or "ing by " in text[before:]
    closing = _CLOSING.search(text, before) if may_close else None
    return text[: closing.start()].rstrip() if closing else text


def _ends_with_agency(text: str) -> bool:
    end = text[-_LONGEST_AGENCY:]
    if end.islower() and end.isascii() and not _has_any(end, _LOWER_AGENCY_PARTS):
        return False  # as most paragraphs end
    return _ENDS_WITH_AGENCY.search(end) is not None


def _may_say_per_cent(text: str) -> bool:
    return _has_any(text, _PER_CENT_PARTS) or ("ent" in text and _has_any(text, _WITH_ENT))


def _has_any(text: str, parts: Sequence[str]) -> bool:
    for part in parts:  # noqa: SIM110 - half of the time of any()
        if part in text:
            return True
    return False
