"""News agencies by their names, and what a byline, a credit or a copyright notice says of them.

    "Reuters"   "Jane Doe, The Associated Press"   "© 2026 AFP"            the text is the agency's
    "Mit Material der dpa"   "With files from Reuters"   "dpa/AFP"         some of the text is the agencies'

A name counts in its own spelling only: `AP` and `dpa`, but not `ap`, since short names are words and initials too.
"""

import re
from functools import lru_cache

from newsbeam.transforms.common.formats import family
from newsbeam.transforms.records import Entry

# The name, and how it is spelt besides.
_NAMES = """
Reuters: Reuter, REUTERS, REUTER, RTRS, Thomson Reuters, رويترز
AP: Associated Press, The Associated Press, ASSOCIATED PRESS
AFP: Agence France-Presse, Agence France Presse, AFP-JIJI, أ ف ب, أ.ف.ب
dpa: DPA, dpa-AFX, dpa-infocom, Deutsche Presse-Agentur, د ب أ, د.ب.أ
UPI: United Press International
ANI: Asian News International
PTI: Press Trust of India
IANS: Indo-Asian News Service
APA: Austria Presse Agentur
SDA: Keystone-SDA, sda, Schweizerische Depeschenagentur, ATS, Keystone-ATS
EFE: Agencia EFE
Europa Press: EUROPA PRESS
ANSA: Ansa
Adnkronos: ADNKRONOS
AGI: Agenzia Italia
askanews: Askanews, ASKANEWS
ITALPRESS: Italpress
TASS: ITAR-TASS, Tass, ТАСС
Interfax: INTERFAX, Интерфакс
RIA Novosti: РИА Новости, Ria Novosti
Xinhua: XINHUA, Xinhua News Agency, 新华社
Kyodo: KYODO, Kyodo News, 共同通信, 共同
Jiji: JIJI, Jiji Press, 時事通信, 時事
Yonhap: YONHAP, Yonhap News Agency, 연합뉴스
Bernama: BERNAMA
Antara: ANTARA
Lusa: LUSA, Agência Lusa
Belga: BELGA
ANP: Algemeen Nederlands Persbureau
NTB: Norsk Telegrambyrå
TT: Tidningarnas Telegrambyrå
Ritzau: RITZAU, ritzau
STT: Suomen Tietotoimisto
PAP: Polska Agencja Prasowa
MTI: Magyar Távirati Iroda
ČTK: CTK
AAP: Australian Associated Press
PA: PA Media, Press Association, PA Wire
Canadian Press: The Canadian Press, La Presse canadienne, La Presse Canadienne
Bloomberg: BLOOMBERG, Bloomberg News
Dow Jones: Dow Jones Newswires
epd: Evangelischer Pressedienst
KNA: kna, Katholische Nachrichten-Agentur
SID: sid, Sport-Informations-Dienst
Folhapress: FOLHAPRESS
Agência Brasil: AGÊNCIA BRASIL
Estadão Conteúdo: ESTADÃO CONTEÚDO
Télam: Telam, TELAM, Agencia Télam
Notimex: NOTIMEX
Anadolu: Anadolu Agency, Anadolu Ajansı
Business Wire: BUSINESS WIRE, Businesswire
PR Newswire: PRNewswire, PR NEWSWIRE
GlobeNewswire: GLOBE NEWSWIRE, Globe Newswire
ACCESSWIRE: Accesswire
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _table() -> dict[str, str]:
    found = {}
    for line in _NAMES.strip().splitlines():
        name, _, others = line.partition(": ")
        found.update(dict.fromkeys([name, *others.split(", ")], name))
    return found


_NAME_OF = _table()
# The longest first: "Australian Associated Press" is not the Associated Press. A desk may follow: "dpa/lsw".
_ANY = re.compile(
    r"(?<![\w.@])(?:" + "|".join(map(re.escape, sorted(_NAME_OF, key=len, reverse=True))) + r")(?![\w.@]{2})(?!\w)"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_CODE = 4  # letters of a code
_LONGEST = 600  # characters of a credit
_PARTLY = re.compile(
    r"\bcontribut|\b(?:with|additional|material|materials|files?|inputs?|informationen|mit|avec|con|com)\b",
    re.IGNORECASE,
)
_DESK = re.compile(r"\b(?:redaktion|rédaction|redacción|redação|redazione)\b", re.IGNORECASE)
# After an agency's name in the title of its feed: "AP News", "Reuters World".
_OF_A_FEED = _words(
    "news wire newswire world top latest agency press international business sports politics fact check faktencheck"
    " factuel en de fr es deutschland english"
)
_OF_A_PICTURE = re.compile(r"\bphotos?\b|\bphotograph|\bfotos?\b|\bgetty\b|\bpictures?\b|\bimages?\b", re.IGNORECASE)
_PARTS = re.compile(r"[;\n]")


@lru_cache(4096)
def agency_named(text: str) -> str:
    """Return the agency whose name `text` is, as a source or provider has it: "Reuters", "dpa/lsw", "AP News"."""
    text = text.strip()
    found = _ANY.match(text)
    rest = text[found.end() :] if found else ""
    # "dpa/lsw" is a desk; after a space only words of feeds may follow, or "AP Moller" would be the Associated Press.
    if not found or (rest[:1].isspace() and not _OF_A_FEED.issuperset(_LETTERS.findall(rest.casefold()))):
        return ""
    return _NAME_OF[found[0]]


@lru_cache(4096)
def agencies_in(credit: str) -> tuple[str, ...]:
    """Return the agencies that a byline, credit or copyright notice names, in order; not those of its pictures."""
    # An agency's picture beside a story says nothing of the text.
    parts = [part for part in _PARTS.split(credit[:_LONGEST]) if not _OF_A_PICTURE.search(part)]
    return tuple(dict.fromkeys(_NAME_OF[found] for part in parts for found in _ANY.findall(part)))


def author_agency(credit: str, source: str = "") -> str:
    """Return the agency that wrote the whole text, as its credit says.

    Args:
        credit: A byline, credit or copyright notice.
        source: The name of the source.

    Returns:
        Its name; "" for none or several, one that helped, and one that is named beside the source or its desk.
    """
    # The source's own name or desk beside the agency's: the text is edited, and the agency only helped.
    if _DESK.search(credit[:_LONGEST]) or (source and source.casefold() in credit.casefold()):
        return ""
    parts = [part for part in _PARTS.split(credit[:_LONGEST]) if not _PARTLY.search(part)]
    found = agencies_in(";".join(parts))
    # Of several none wrote the whole text.
    return found[0] if len(found) == 1 else ""


def own_agency(entry: Entry) -> str:
    """Return the agency that an entry's source is: what delivers to a drop is one, and a feed that is called one."""
    # The document's own word first, then the config's, then what a feed calls itself.
    for name in (entry.provider, entry.source, entry.feed_title):
        if found := agency_named(name):
            return found
    if family(entry.format) in ("feed", "jsonfeed"):
        return ""
    # The items of one agency name it in several ways: "Castellan Newswire", "CNW", "cst". The config has one.
    is_source = entry.source and entry.source.casefold() in entry.provider.casefold()
    return entry.provider if len(entry.provider) > _CODE and not is_source else entry.source or entry.provider


def helping_agencies(entry: Entry) -> tuple[str, ...]:
    """Return the agencies that an entry names in its credits: some of its text may be theirs."""
    return agencies_in(";".join((entry.byline, *entry.authors, entry.copyright)))
