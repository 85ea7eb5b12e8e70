"""What newsrooms do to a paragraph of another: 24 kinds of edits, each with the kind of duplicate that is right.

An edit takes a paragraph and returns it edited, or None where it can't be made: no number to change, no speaker.
`pairs` makes as many as wanted of each kind from given paragraphs.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Right = str | None  # exact, near, contained, update; None: not to be linked
_Edit = Callable[[str, random.Random], str | None]
_Making = Callable[[str, random.Random], tuple[str, str] | None]


@dataclass(frozen=True)
class Pair:
    """A paragraph, its edited form, and what the edited one is to it."""

    edit: str
    old: str
    new: str
    right: Right


def pairs(texts: Sequence[str], each: int, seed: int = 24) -> Iterator[Pair]:
    """Yield `each` pairs of every kind of edit that can be made in `texts`, in random places."""
    for name, (edit, right) in EDITS.items():
        rng = random.Random(f"{name} {seed}")
        made = 0
        for text in rng.sample(texts, len(texts)):
            made_of = edit(_OPENING.sub("", text), rng)
            if made_of is not None and made_of[0] != made_of[1]:
                yield Pair(name, *made_of, right)
                made += 1
            if made == each:
                break


def _replace_one(options: dict[str, tuple[str, ...]]) -> _Edit:
    """Return an edit that replaces one word, whole and in the same case, by another."""
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(options, key=len, reverse=True)))})(?!\w)")

    def edit(text: str, rng: random.Random) -> str | None:
        found = list(pattern.finditer(text, 1))
        if not found:
            return None
        match = rng.choice(found)
        return text[: match.start()] + rng.choice(options[match[0]]) + text[match.end() :]

    return edit


def _both_ways(*lines: str) -> dict[str, tuple[str, ...]]:
    options: dict[str, tuple[str, ...]] = {}
    for line in lines:
        words = line.split("/")
        for word in words:
            options[word] = (*options.get(word, ()), *(other for other in words if other != word))
    return options


_CITIES = ("LONDON", "NEW YORK", "PARIS", "TOKYO", "BONN", "SAO PAULO", "St. Gallen", "Wellington")
_MONTHS = ("March", "April", "June", "Oct", "Nov")
_OPENING = re.compile(r"^[A-Z][^\d]{2,60}\d{1,2} ?-+ ")


def _dateline(text: str, rng: random.Random) -> str:
    day = f"{rng.choice(_MONTHS)} {rng.randint(1, 28)}"
    city = rng.choice(_CITIES)
    agency = rng.choice(("Reuters", "AP", "AFP", "dpa"))
    return rng.choice((f"{city}, {day} - {text}", f"{city}, {day} ({agency}) - {text}", f"{city} ({agency}) — {text}"))


def _sign_off(text: str, rng: random.Random) -> str:
    return f"{text} {rng.choice(('(Reuters)', 'REUTER', '-- dpa', '(kd)', '(AFP)', '(END)', '(abc/def)'))}"


def _byline(text: str, rng: random.Random) -> str:
    names = rng.choice(("Ana Moreau", "Jon Petersen", "K. Watanabe and Ines Roth"))
    editor = rng.choice(("", "; editing by Tom Vale", "; Editing by R. Aziz"))
    credit = f"{rng.choice(('Reporting', 'Additional reporting', 'Writing'))} by {names}{editor}"
    return f"{text} ({credit})" if rng.random() < 0.5 or text[-1] != "." else f"{text} {credit}"


def _quotes(text: str, rng: random.Random) -> str | None:
    new = text.replace(' "', rng.choice((" “", " »", " „"))).replace('"', rng.choice(("”", "«", "“")))
    new = re.sub(r"(?<=\w)'(?=\w)", "’", new).replace(" - ", rng.choice((" – ", " — ", "—")))
    if new == text and rng.random() < 0.8:
        words = text.split(" ")
        at = rng.randrange(1, len(words))
        if words[at].isalpha():
            words[at] = f"‘{words[at]}’"
        new = " ".join(words)
    return new


def _spaces(text: str, rng: random.Random) -> str:
    at = [match.start() for match in re.finditer(" ", text)]
    place = rng.choice(at)
    new = text[:place] + rng.choice(("  ", "\u00a0", "\u2009", " \u200b")) + text[place + 1 :]
    inside = rng.choice([match.start() for match in re.finditer(r"(?<=[a-z]{2})(?=[a-z]{2})", new)] or [0])
    return (new[:inside] + "\u00ad" + new[inside:]).replace("fi", "ﬁ").replace(", ", rng.choice((", ", " , ")))


def _bullet(text: str, rng: random.Random) -> str:
    return f"{rng.choice(('• ', '- ', '* ', '– ', '▪', '→ '))}{text[0].lower()}{text[1:]}"


def _ticker(text: str, rng: random.Random) -> str | None:
    found = list(
        re.finditer(r"(?<=[a-z] )[A-Z][a-z]+(?= (?:said|will|has|plans|and|in)\b)|\b(?:Inc|Corp|Ltd|Co)\b", text)
    )
    if not found:
        return None
    end = rng.choice(found).end()
    return (
        f"{text[:end]} {rng.choice(('(ACME.N)', '(NYSE: ACM)', '<ACM.L>', '(005930.KS)', '(Nasdaq: QRX)'))}{text[end:]}"
    )


_per_cent = _replace_one(
    {
        "pct": ("percent", "per cent", "%"),
        "percent": ("pct", "per cent", "%"),
        "per cent": ("percent", "pct", "%"),
        "Prozent": ("%",),
        "pour cent": ("%",),
        "por ciento": ("%",),
    }
)
_spelling = _replace_one(
    _both_ways(
        "color/colour",
        "labour/labor",
        "favour/favor",
        "honour/honor",
        "neighbour/neighbor",
        "programme/program",
        "organise/organize",
        "organisation/organization",
        "recognise/recognize",
        "realise/realize",
        "centre/center",
        "defence/defense",
        "offence/offense",
        "licence/license",
        "cancelled/canceled",
        "travelling/traveling",
        "analyse/analyze",
        "cheque/check",
        "harbour/harbor",
        "labelled/labeled",
        "theatre/theater",
        "grey/gray",
        "privatisation/privatization",
        "stabilise/stabilize",
        "stabilize/stabilise",
        "emphasised/emphasized",
        "government/goverment",
        "commission/commision",
        "agreement/agreeement",
        "economic/econmic",
        "committee/commitee",
        "expected/expcted",
        "negotiations/negotations",
        "financial/finacial",
        "industry/indsutry",
        "production/producton",
        "although/altough",
        "shareholders/sharholders",
        "increase/increse",
        "companies/compaines",
        "operations/operatons",
    )
)
_abbreviation = _replace_one(
    _both_ways(
        "mln/million",
        "bln/billion",
        "billion/bn",
        "million/mn",
        "dlrs/dollars",
        "Corp/Corporation",
        "Co/Company",
        "Inc/Incorporated",
        "Ltd/Limited",
        "vs/versus",
        "government/govt",
        "kilometres/km",
        "U.S./United States",
        "U.K./United Kingdom",
        "EC/European Community",
        "department/dept",
        "cts/cents",
    )
)
_synonym = _replace_one(
    _both_ways(
        "bought/purchased",
        "buy/purchase",
        "about/around",
        "about/approximately",
        "agreement/accord",
        "talks/negotiations",
        "began/started",
        "begin/start",
        "helped/assisted",
        "allowed/permitted",
        "allow/permit",
        "firm/company",
        "needed/required",
        "stopped/halted",
        "obtain/get",
        "shareholders/stockholders",
        "plant/factory",
        "because of/due to",
        "newspaper/paper",
        "entire/whole",
        "quickly/rapidly",
        "nearly/almost",
        "asked/requested",
        "resigned/stepped down",
        "set up/established",
        "chosen/selected",
        "more than/over",
        "currently/at present",
        "big/large",
    )
)


def _punctuation(text: str, rng: random.Random) -> str | None:
    found = [match.start() for match in re.finditer(r"(?<=[a-z]), (?=[a-z])", text)]
    if found:
        at = rng.choice(found)
        return text[:at] + rng.choice(("", ";")) + text[at + 1 :]
    found = [match.start() for match in re.finditer(r"(?<=[a-z]{3}) (?=(?:and|which|but|because) )", text)]
    return None if not found else (at := rng.choice(found)) and f"{text[:at]},{text[at:]}"


_ATTRIBUTION = re.compile(r"^(?P<what>[^\"“.]{30,400}), (?P<who>[^,.\"]{3,40}) (?P<verb>said|told reporters)\.$")
_SAID_FIRST = re.compile(r"^(?P<who>(?:The |A )?[A-Z]?[a-z ]{3,40}) said (?:that )?(?P<what>[^\".]{30,400})\.$")


def _attribution(text: str, rng: random.Random) -> str | None:
    if match := _ATTRIBUTION.match(text):
        who = match["who"][0].upper() + match["who"][1:]
        first = match["what"][0].lower() if rng.random() < 0.5 else match["what"][0]
        return f"{who} {match['verb']} {first}{match['what'][1:]}."
    if match := _SAID_FIRST.match(text):
        return f"{match['what'][0].upper()}{match['what'][1:]}, {match['who'][0].lower()}{match['who'][1:]} said."
    return None


_CLAUSES = (
    ", officials said",
    ", according to people familiar with the matter",
    ", as widely expected",
    ", it added",
    ", in a move that surprised observers",
    ", according to a statement",
    ", a spokesman said",
    ", which was long awaited",
    ", despite earlier criticism",
    ", the statement added",
    ", after months of debate",
    ", sources close to the matter said",
)


def _clause(text: str, rng: random.Random) -> str | None:
    if not text.endswith(".") or len(text.split()) < 18:
        return None
    places = [match.start() for match in re.finditer(r"(?<=[a-z]),(?= [a-z])", text)]
    at = rng.choice([*places, len(text) - 1])
    return text[:at] + rng.choice(_CLAUSES) + ("," if text[at] == "," else "") + text[at + (text[at] == ",") :]


def _abridged(text: str, rng: random.Random) -> str | None:
    ends = [match.end() for match in re.finditer(r"(?<=[a-z]{3})[.](?= [A-Z])|(?<=[a-z]{2})(?=, [a-z])", text)]
    ends = [end for end in ends if len(text[:end].split()) >= 10 and len(text) - end > 15]
    return text[: rng.choice(ends)].rstrip(".,") + "." if ends else None


_SENTENCES = (
    "The decision takes effect at once.",
    "No further details were given.",
    "A second round of talks is planned for Friday.",
    "Opposition leaders called it a mistake.",
    "It was the third such case since 2019.",
    "Rivals had asked for a delay.",
)


def _sentence(text: str, rng: random.Random) -> str | None:
    return f"{text} {rng.choice(_SENTENCES)}" if text.endswith(".") else None


def _number(text: str, rng: random.Random) -> str | None:
    found = list(re.finditer(r"(?<![\w/.,-])\d[\d,]*(?:\.\d+)?(?![\w/-])", text))
    if not found:
        return None
    match = rng.choice(found)
    digits = [at for at in range(match.start(), match.end()) if text[at].isdigit()]
    at = rng.choice(digits)
    digit = rng.choice([each for each in "123456789" if each != text[at]])
    return text[:at] + digit + text[at + 1 :]


_NAMES = ("Halloran", "Ostrava", "Kimura", "Beltane", "Norrland", "Quiroga", "Svensson", "Tarbert")
_CAPITAL = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?![\w.'])")


def _name(text: str, rng: random.Random) -> str | None:
    days = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "January",
        "February",
        "March",
        "April",
        "June",
        "July",
        "August",
    ]
    days += ["September", "October", "November", "December"]
    found = [match for match in _CAPITAL.finditer(text) if match[0] not in days]
    if not found:
        return None
    match = rng.choice(found)
    return text[: match.start()] + rng.choice([n for n in _NAMES if n != match[0]]) + text[match.end() :]


_direction = _replace_one(
    _both_ways(
        "rose/fell",
        "up/down",
        "higher/lower",
        "increased/decreased",
        "increase/decrease",
        "gained/lost",
        "above/below",
        "won/lost",
        "before/after",
        "more/less",
        "more/fewer",
        "opened/closed",
        "accepted/rejected",
        "rise/fall",
        "imports/exports",
        "imported/exported",
        "bought/sold",
        "buy/sell",
        "first/last",
        "profit/loss",
        "strengthened/weakened",
        "raised/cut",
        "largest/smallest",
        "increasing/decreasing",
        "import/export",
        "for/against",
    )
)


def _negation(text: str, rng: random.Random) -> str | None:
    found = list(
        re.finditer(r"\b(?:would|will|was|were|is|are|has|have|had|could|can|should|may)(?= (?!not\b)[a-z])", text)
    )
    if not found:
        return None
    match = rng.choice(found)
    return text[: match.end()] + " not" + text[match.end() :]


_WEEK = "Monday/Tuesday/Wednesday/Thursday/Friday/Saturday/Sunday"
_day = _replace_one(
    _both_ways(_WEEK, "today/yesterday/tomorrow", "January/March/June/August/October", "morning/evening")
)
_unit = _replace_one(
    _both_ways(
        "tonnes/pounds",
        "kilometres/miles",
        "km/miles",
        "barrels/gallons",
        "ounces/kilos",
        "years/months",
        "days/weeks",
        "hours/minutes",
        "cents/dollars",
        "cts/dlrs",
        "tonnes/bushels",
        "weeks/months",
        "acres/hectares",
        "mln/billion",
        "million/billion",
        "metres/feet",
        "points/pct",
    )
)
_currency = _replace_one(
    _both_ways(
        "dlrs/marks", "dlrs/yen", "stg/francs", "yen/marks", "dollars/euros", "euros/pounds", "francs/lire", "stg/dlrs"
    )
)

_FIRMS = ("Ardent Foods", "Bramble Rail", "Coastline Mutual", "Delacroix Chimie", "Estuary Power", "Ferro Nordic")
_TEMPLATES = (
    "{firm} Inc said its board declared a quarterly dividend of {n} cents a share, payable on {day} {m} to holders.",
    "{firm} Corp said sales for the {m} weeks ended {day} 28 rose {n} pct to {k} million dollars from a year earlier.",
    "Shares of {firm} closed {n} pct higher at {k} pence in heavy trading after the group published its figures.",
    "{firm} is recalling about {k}00 vehicles because of a fault in the brakes that was found in {m} cases.",
    "A spokesman for {firm} declined to comment on the report about {n} job cuts at its plant in {town}.",
    "In {town} it will be mostly cloudy with a high of {m} degrees and winds of up to {n} kilometres an hour.",
    "{town} United beat {firm} {m}-1 in front of {k}00 spectators to move up to place {m} of the table.",
)


def _template(_: str, rng: random.Random) -> tuple[str, str]:
    form = rng.choice(_TEMPLATES)
    names = zip(rng.sample(_FIRMS, 2), rng.sample(_TOWNS, 2), strict=True)
    old, new = (form.format(firm=firm, town=town, **_figures(rng)) for firm, town in names)
    return old, new


def _edited(edit: _Edit) -> _Making:
    """Return what makes a pair of a text: the text and its edited form."""

    def make(text: str, rng: random.Random) -> tuple[str, str] | None:
        new = edit(text, rng)
        return None if new is None else (text, new)

    return make


_TOWNS = ("Ashby", "Brno", "Cuenca", "Drammen", "Esbjerg", "Forli")


def _figures(rng: random.Random) -> dict[str, object]:
    return {
        "n": rng.randint(2, 40),
        "m": rng.randint(3, 19),
        "k": rng.randint(60, 900),
        "day": rng.choice(("March", "June", "October")),
    }


EDITS: dict[str, tuple[_Making, Right]] = {
    "dateline changed": (_edited(_dateline), "exact"),
    "sign-off added": (_edited(_sign_off), "exact"),
    "byline added": (_edited(_byline), "exact"),
    "quotes and dashes": (_edited(_quotes), "exact"),
    "spaces and ligatures": (_edited(_spaces), "exact"),
    "bullet and first letter": (_edited(_bullet), "exact"),
    "ticker added": (_edited(_ticker), "exact"),
    "per cent": (_edited(_per_cent), "exact"),
    "spelling": (_edited(_spelling), "near"),
    "abbreviation": (_edited(_abbreviation), "near"),
    "synonym": (_edited(_synonym), "near"),
    "punctuation": (_edited(_punctuation), "near"),
    "attribution reordered": (_edited(_attribution), "near"),
    "clause added": (_edited(_clause), "near"),
    "abridged": (_edited(_abridged), "contained"),
    "sentence added": (_edited(_sentence), "update"),
    "number changed": (_edited(_number), "update"),
    "name changed": (_edited(_name), "update"),
    "direction changed": (_edited(_direction), "update"),
    "negation added": (_edited(_negation), "update"),
    "day changed": (_edited(_day), "update"),
    "unit changed": (_edited(_unit), "update"),
    "currency changed": (_edited(_currency), "update"),
    "template filled in": (_template, None),
}
"""The edits by name, each with what the edited paragraph is to the other."""
