"""The datelines of agencies that write neither in Latin nor in Cyrillic letters, each in a form of its own.

    新华社北京4月24日电 ...            【パリ=時事】...              القاهرة (رويترز) - ...
    中新社上海4月24日电 ...            ［ロンドン 24日 ロイター］ - ...   (부산=연합뉴스) ...

The agency's name in its own form is proof; no list of places is needed. What names the reporter stays in the text.
"""

import re
from typing import NamedTuple

_AGENCIES_IN_ARABIC = r"رويترز|أ\.? ?ف\.? ?ب|أ\.? ?ب|د\.? ?ب\.? ?أ|الأناضول|واس|وام|كونا|سانا|وفا|بترا|قنا|شينخوا"
_FORMS = (
    re.compile(
        r"(?P<agency>新华社|新華社|中新社|中新网|中央社)(?P<place>\w{2,12}?)(?P<month>\d{1,2})月(?P<day>\d{1,2})日[电電]\s*"
    ),
    re.compile(r"【(?P<place>[^【】\d=＝]{1,15}?)[=＝・]?(?P<agency>共同|時事|ロイター|AFP時事|AFP)】\s*"),
    re.compile(
        r"[\[［](?P<place>[^\[\]［］\d]{1,15}?)\s(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日\s"
        r"(?P<agency>ロイター|トムソン・ロイター|AFP)[\]］]\s*[-－–—]?\s*"
    ),
    re.compile(r"【(?P<month>\d{1,2})月(?P<day>\d{1,2})日\s?(?P<agency>AFP|時事通信社)】\s*"),
    re.compile(r"[\[(](?P<place>[가-힣·∙,/ ]{1,20}?)\s?=\s?(?P<agency>연합뉴스|뉴시스|뉴스1)[\])]\s*(?:=\s*)?"),
    re.compile(
        r"(?P<place>[\u0621-\u064a][\u0621-\u0652]{1,20}(?: [\u0621-\u0652]{2,20}){0,2})\s?[-–—،,]?\s?"
        r"(?:(?P<day>\d{1,2})\s(?P<month>[\u0621-\u064a]{4,7}))?"
        rf"\s?[(/](?P<agency>{_AGENCIES_IN_ARABIC})[)/]\s?[-–—:]{{1,2}}\s?"
    ),
)
_ARABIC_MONTHS = (
    *("يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو"),
    *("يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"),
)
_MONTHS, _DAYS = 12, 31


class OwnForm(NamedTuple):
    """A dateline at the beginning of a text.

    Attributes:
        place: "" if it names none.
        month, day: 0 if not given.
        end: Where the text after it begins.
        agency: As written.
    """

    place: str
    month: int
    day: int
    end: int
    agency: str


def own_form(text: str) -> OwnForm | None:
    """Return the dateline of an agency that has a form of its own; None if the text has none."""
    match = next(filter(None, (form.match(text) for form in _FORMS)), None)
    if not match:
        return None
    given = {"place": "", "month": "", "day": ""} | {key: part or "" for key, part in match.groupdict().items()}
    month = _month(given["month"])
    day = int(given["day"] or 0)
    if month is None or month > _MONTHS or day > _DAYS:
        return None
    return OwnForm(given["place"].strip(), month, day, match.end(), given["agency"])


def _month(word: str) -> int | None:
    """Return the number of a month, 0 for none; None for another word."""
    if word in _ARABIC_MONTHS:
        return _ARABIC_MONTHS.index(word) + 1
    return int(word or 0) if word.isdecimal() or not word else None
