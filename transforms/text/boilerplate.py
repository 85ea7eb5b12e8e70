"""What is around a story and not of it: widgets, share bars, teasers' links, advertisement marks, sign-offs.

Only whole, short blocks go, and the ends of a story's last one: a sentence of the story that happens to hold such words
stays. What is information (who reported, whose copyright) is handed back instead of dropped.
"""

import re
from typing import NamedTuple

from newsbeam.transforms.text import phrases
from newsbeam.transforms.text.blocks import Block

_MOST_SIGN_OFFS = 10  # in a row; each costs a copy of the last block
_LONGEST = 500  # characters of a block that can be boilerplate
_SEPARATORS_ONLY = re.compile(r"[\s\-–—_*=~#•·|.,:;+<>/\\…◆■●▪▶►»«^]+")
# "A A A", "A+ A-": the buttons that set the size of the letters, from the seed of this project
_FONT_SIZE = re.compile(r"(?:A[+\-–]?|Aa|aA|a)(?:[\s|/]+(?:A[+\-–]?|Aa|aA|a))*")
_ACTIONS = "|".join(phrases.SHARE_ACTIONS)
_NETWORKS = "|".join(phrases.NETWORKS)
# Each part ends before the next begins in one way only (atomic group, possessive numbers): a row of figures would
# otherwise be tried in every way in which its digits can be divided.
_SHARE = re.compile(
    rf"(?:(?>(?:{_ACTIONS}|{_NETWORKS}|on|and)(?![^\W\d])|\d++(?:\.\d)?k?(?!\w)"
    r"|\(opens in new window\)|[|,•·/:&])\s*+)++",
    re.IGNORECASE,
)
_SHARE_ACTION = re.compile(rf"\b(?:{_ACTIONS})(?!\w)", re.IGNORECASE)
_NETWORK = re.compile(rf"\b(?:{_NETWORKS})(?!\w)", re.IGNORECASE)

_ARROW = r"[\s.…›»→>⟶:\]\)]*"
_MORE = "|".join(phrases.READ_MORE)
_BOILERPLATE = re.compile(
    "|".join(
        (
            rf"[\[\(]?(?:{_MORE}){_ARROW}(?:(?<=[:»>→]).{{1,150}})?",
            r"(?:continue reading|read more)\s+[“\"'‘].{1,200}[”\"'’].{0,3}",
            *phrases.RELATED,
            *phrases.WORDPRESS_FOOTERS,
            *phrases.FEED_FOOTERS,
            *phrases.ADVERTISEMENTS,
            *phrases.COMMENT_LINKS,
        )
    ),
    re.IGNORECASE,
)
# At the end of a teaser: "... He said [...] Read more", "… Continue reading →"
_TAIL_LINK = re.compile(
    rf"(?<=[.!?…\]”\")])\s*[\[\(]?(?:{_MORE})(?: [“\"'‘][^”\"'’]{{1,200}}[”\"'’])?{_ARROW}$", re.IGNORECASE
)
_TAIL_FOOTER = re.compile(rf"(?<=[.!?…\]”\")])\s*(?:{'|'.join(phrases.WORDPRESS_FOOTERS)})$", re.IGNORECASE)
_TAIL = 600  # characters at the end in which such a link begins

_AGENCIES = "|".join(phrases.SIGNING_AGENCIES).replace(" ", r"\ ")
_SIGN_OFF = re.compile(
    rf"""(?:
        (?:^|(?<=[.!?…"”’'»)\]]))\s*(?:
            \((?P<initials>[a-zäöüß]{{2,4}}(?:[/,;.-]\s?[a-zA-Zäöüß]{{2,5}}){{0,4}}|(?:{_AGENCIES}))\)\.?
            | /(?P<slashed>[a-z]{{2,4}})/
            | (?:--?|–|—)\s?(?:[Ww]ith\ (?:inputs?|agency|agencies).{{0,60}}|{_AGENCIES})
            | \(?-?(?:[Ee]nds?|ENDS?|[Mm]ore|MORE)-?\)\.?(?<=[)\-.])
            | -(?:ends?|ENDS?|30)-
            | -{{0,2}}\s?(?:ENDS?|REUTERS?|Reuters?)(?:\ \.\.\.|\.)?(?:\ ?/{{2}})?
            | [#*=-](?:\s?[#*=-]){{2,}}
        )
        | (?:^|\s)(?:REUTER|Reuter|\#\ ?\#\ ?\#|-30-|/ENDS?/?)
    )\s*$""",
    re.VERBOSE,
)
_CREDIT = re.compile(
    r"(?:^|(?<=[.!?…”\"’)])\s*)(?P<credit>(?:(?:[Aa]dditional )?(?:[Rr]eporting|[Ww]riting|[Ee]diting)"
    r"(?: and (?:writing|editing|reporting))?(?: in [A-Z][\w ]{1,30})?) [Bb]y (?=[A-Z])[^()\[\]]{3,400})\s*$"
    r"|[(\[](?P<bracketed>(?:[Aa]dditional )?(?:[Rr]eport|[Ww]rit|[Ee]dit|[Cc]ompil|[Tt]ranslat)(?:ing|ed|ten)\b"
    r"[^()\[\]]{0,40} [Bb]y [^()\[\]]{3,400})[)\]]\.?\s*$"
)
_COPYRIGHT = re.compile(r"\(?(?:©|\(c\)|copyright\b).{0,20}\b(?:19|20)\d\d\b.{0,200}", re.IGNORECASE)
_BYLINE = re.compile(r"(?:By|BY|Von|VON|Par|PAR|Por|POR)\s+(?P<names>\S.{2,150})")
_NAME_WORDS = phrases.words(
    "and und et y e in at for of the de da di van von der del la le bin al dpa epd sid - – — | , /"
)


class Ending(NamedTuple):
    """A story's blocks without its sign-off, and what the sign-off told: "Reporting by ..." and a copyright line."""

    blocks: list[Block]
    credit: str
    copyright: str


def without_widgets(blocks: list[Block]) -> list[Block]:
    """Return `blocks` without those that are widgets, share bars, links to go on reading, or separators."""
    kept = [block for block in blocks if len(block.text) > _LONGEST or not _is_boilerplate(block)]
    kept = _without_share_bars(kept)
    return [*kept[:-1], *_without_tail(kept[-1])] if kept else kept


def _is_boilerplate(block: Block) -> bool:
    text = block.text
    if len(text) < 40 and (_SEPARATORS_ONLY.fullmatch(text) or _FONT_SIZE.fullmatch(text)):
        return True
    return bool(block.kind != "heading" and _BOILERPLATE.fullmatch(text.rstrip(" .")))


def _without_share_bars(blocks: list[Block]) -> list[Block]:
    """Drop runs of blocks that hold the names of networks and "share", "tweet", "print" ... and nothing else.

    A run needs an action or three networks: a heading "Facebook" or "X" may well belong to a story.
    """
    kept: list[Block] = []
    run: list[Block] = []
    for block in [*blocks, None]:
        if block and len(block.text) <= 200 and block.kind != "heading" and _SHARE.fullmatch(block.text):
            run.append(block)
            continue
        words = " | ".join(part.text for part in run)
        if run and not (_SHARE_ACTION.search(words) or len(set(_NETWORK.findall(words.lower()))) >= 3):
            kept += run
        run = []
        if block:
            kept.append(block)
    return kept


def _without_tail(block: Block) -> list[Block]:
    """Cut "... Continue reading" and "The post ... appeared first on ..." off the end of a story's last block."""
    if block.kind == "table":
        return [block]
    head, tail = block.text[:-_TAIL], block.text[-_TAIL:]
    for pattern in (_TAIL_FOOTER, _TAIL_LINK):
        tail = pattern.sub("", tail)
    return [block._replace(text=head + tail)] if head or tail else []


def take_sign_off(blocks: list[Block]) -> Ending:
    """Return `blocks` without the sign-off at their end: "(esn)", "(END)", "-- dpa", "Reuter", "(Reporting by ...)"."""
    blocks = list(blocks)
    credits: list[str] = []
    owner = ""
    for _ in range(_MOST_SIGN_OFFS):
        if not blocks:
            break
        last = blocks[-1]
        tail = last.text[-_LONGEST:]
        found = _SIGN_OFF.search(tail[-80:]) if _may_sign_off(tail) else None
        if found and found["initials"] not in phrases.NOT_INITIALS:
            cut = len(last.text) - (len(tail[-80:]) - found.start())
        elif credit := _CREDIT.search(tail) if " by " in tail.lower() else None:
            credits.append((credit["credit"] or credit["bracketed"]).strip())
            cut = len(last.text) - (len(tail) - credit.start())
        elif len(last.text) <= 250 and _COPYRIGHT.fullmatch(last.text):
            owner = last.text
            cut = 0
        else:
            break
        rest = last.text[:cut].rstrip()
        blocks[-1:] = [last._replace(text=rest)] if rest else []
    return Ending(blocks, "; ".join(reversed(credits)), owner)


def _may_sign_off(text: str) -> bool:
    return text[-1:] in ")-/#*=" or text.rstrip(".")[-1:].isalpha()


def take_byline(blocks: list[Block]) -> tuple[str, list[Block]]:
    """Return the names of a first line "By Jane Doe", and the blocks without it; ("", blocks) if there is none."""
    if not blocks or len(blocks[0].text) > 160:
        return "", blocks
    match = _BYLINE.fullmatch(blocks[0].text)
    if not match or blocks[0].text.endswith((".", "!", "?", ":")):
        return "", blocks
    words = re.split(r"[\s,]+", match["names"])
    if len(words) < 2 or not all(word[:1].isupper() or word in _NAME_WORDS for word in words if word):
        return "", blocks
    return match["names"], blocks[1:]
