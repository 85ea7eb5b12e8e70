"""What is around a story and not of it: widgets, share bars, teasers' links, advertisement marks.

Only whole, short blocks go, and a link at the end of the last one. Words that a story can have too are dropped only
where what is around them proves that they are none of it: they are a link, stand beside their kin (a share bar, a
feed's footer), or come after the story's last sentence. A sentence stays, and so do a lone word and a list of names.
"""

import re
from enum import IntEnum

from newsbeam.transforms.text import phrases
from newsbeam.transforms.text.blocks import Block

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
_SHARE_PHRASE = re.compile(rf"\b(?:{'|'.join(phrases.SHARE_PHRASES)})(?!\w)", re.IGNORECASE)
_SHARE_ACTION = re.compile(rf"\b(?:{_ACTIONS})(?!\w)", re.IGNORECASE)
_NETWORK = re.compile(rf"\b(?:{_NETWORKS})(?!\w)", re.IGNORECASE)

_ARROW = r"[\s.…›»→>⟶\]\)]*"
_MORE = "|".join(phrases.READ_MORE)


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_SURE = _any(
    rf"\[(?:{_MORE})\.{{0,3}}\]|\((?:{_MORE})\.{{0,3}}\)|(?:{_MORE})\s?(?:\.\.\.|[…›»→>⟶]){_ARROW}",
    r"(?:continue reading|read more)\s+[“\"'‘].{1,200}[”\"'’].{0,3}",
    *phrases.WORDPRESS_FOOTERS,
    *phrases.FEED_FOOTERS,
    *phrases.ADVERTISEMENTS,
)
_FOOTER = _any(rf"(?:{_MORE}){_ARROW}:?", *phrases.COMMENT_LINKS)
_KIN = _any(*phrases.FEED_COUNTS, *phrases.AD_LABELS)
_RELATED_STORIES = _any(*phrases.RELATED_STORIES)
_RELATED = _any(*phrases.RELATED)
_FULL_STOP = re.compile(r"[^.\s]\.[\"'”’»)]?$")

# At the end of a teaser: "... He said [...] Read more", "… Continue reading →"
_TAIL_LINK = re.compile(
    rf"(?<=[.!?…\]”\")])\s*[\[\(]?(?:{_MORE})(?: [“\"'‘][^”\"'’]{{1,200}}[”\"'’])?{_ARROW}:?{_ARROW}$", re.IGNORECASE
)
_TAIL_FOOTER = re.compile(rf"(?<=[.!?…\]”\")])\s*(?:{'|'.join(phrases.WORDPRESS_FOOTERS)})$", re.IGNORECASE)
_TAIL = 600  # characters at the end in which such a link begins


class _Proof(IntEnum):
    """What a block needs to be boilerplate. One that needs less proves those beside it."""

    NOTHING = 0
    KIN_OR_END = 1  # boilerplate beside it, or no more text after it
    KIN = 2
    CANT = 3


def without_widgets(blocks: list[Block]) -> list[Block]:
    """Return `blocks` without those that are widgets, share bars, links to go on reading, or separators."""
    kept = [block for block in blocks if not (len(block.text) < 40 and _SEPARATORS_ONLY.fullmatch(block.text))]
    needed = [_needed(block) for block in kept]
    _weigh_font_sizes(kept, needed)
    _weigh_share_bars(kept, needed)
    _weigh_lists(kept, needed)
    kept = [block for block, proof in zip(kept, _proven(needed), strict=True) if proof]
    return [*kept[:-1], *_without_tail(kept[-1])] if kept else kept


def _needed(block: Block) -> _Proof:
    if len(block.text) > _LONGEST or block.kind in ("heading", "table", "code"):
        return _Proof.CANT
    text = block.text.rstrip(" .")
    if _SURE.fullmatch(text) or _SURE.fullmatch(block.text):
        return _Proof.NOTHING
    if label := _RELATED_STORIES.match(text) or _RELATED.match(text):
        return _needed_by_related(block, label)
    if block.text.endswith(".") and not block.text.endswith(".."):
        return _Proof.CANT
    for pattern, proof in ((_FOOTER, _Proof.KIN_OR_END), (_KIN, _Proof.KIN)):
        if pattern.fullmatch(text):
            return _Proof.NOTHING if _is_link(block) else max(proof, _lone(text))
    return _Proof.CANT


def _lone(text: str) -> _Proof:
    """Return what a lone word needs: at the end of a story it can be the last of its words."""
    return _Proof.KIN if text.isalpha() else _Proof.NOTHING


def _needed_by_related(block: Block, label: re.Match[str]) -> _Proof:
    """Weigh "Related: ...": a link is proof, a sentence is text."""
    rest = block.text[label.end() :]
    if len(rest) > 200:
        return _Proof.CANT
    if rest.strip() and block.linked >= len("".join(rest.split())):
        return _Proof.NOTHING
    if _FULL_STOP.search(rest):
        return _Proof.CANT
    return _Proof.NOTHING if label.re is _RELATED_STORIES else _Proof.KIN_OR_END


def _is_link(block: Block) -> bool:
    """Tell whether all the words of a block are a link."""
    return 0 < sum(map(str.isalnum, block.text)) <= block.linked


def _runs(blocks: list[Block], pattern: re.Pattern[str], longest: int) -> list[range]:
    """Return where blocks stand together that are `pattern` and nothing else."""
    runs: list[range] = []
    for at, block in enumerate(blocks):
        if len(block.text) <= longest and block.kind not in ("heading", "code") and pattern.fullmatch(block.text):
            begins = not runs or runs[-1].stop < at
            runs[-1 if runs and not begins else len(runs) :] = [range(at if begins else runs[-1].start, at + 1)]
    return runs


def _weigh_font_sizes(blocks: list[Block], needed: list[_Proof]) -> None:
    """Mark "A A A" and "A-", "A+", but no mark of a review and no list of marks."""
    for run in _runs(blocks, _FONT_SIZE, 40):
        sizes = re.split(r"[\s|/]+", " ".join(blocks[at].text for at in run))
        signs = {size[1:] for size in sizes}
        beside = [blocks[at].text for at in (run.start - 1, run.stop) if 0 <= at < len(blocks)]
        if (len(sizes) >= 3 or {"+", "-"} <= signs or {"+", "–"} <= signs) and min(map(len, beside), default=9) > 2:
            for at in run:
                needed[at] = _Proof.NOTHING


def _weigh_share_bars(blocks: list[Block], needed: list[_Proof]) -> None:
    """Mark runs of blocks that hold "share", "tweet", "print" ..., names of networks, and nothing else.

    A run needs a phrase ("share this"), an action and one thing more, or links: a story about networks lists their
    names, and a list has lone words such as "Save".
    """
    for run in _runs(blocks, _SHARE, 200):
        words = " | ".join(blocks[at].text for at in run)
        actions = {action.lower() for action in _SHARE_ACTION.findall(words)}
        things = len(actions) + len({network.lower() for network in _NETWORK.findall(words)})
        linked = all(_is_link(blocks[at]) for at in run) and (actions or things > 1)
        if linked or _SHARE_PHRASE.search(words) or (actions and things > 1):
            proof = _Proof.NOTHING
        else:
            proof = max(_Proof.KIN_OR_END, _lone(words)) if actions else _Proof.KIN
        before = blocks[run.start - 1].text if run.start else ""
        for at in run if not before.endswith(":") or _SHARE_PHRASE.search(words) else ():
            needed[at] = min(needed[at], proof)


def _weigh_lists(blocks: list[Block], needed: list[_Proof]) -> None:
    """Keep the items of lists that have other items too."""
    start = 0
    for at in range(len(blocks) + 1):
        if at < len(blocks) and blocks[at].kind == "list_item":
            continue
        items = range(start, at)
        if any(needed[item] == _Proof.CANT for item in items):
            for item in items:
                if not _is_link(blocks[item]):
                    needed[item] = _Proof.CANT
        start = at + 1


def _proven(needed: list[_Proof]) -> list[bool]:
    """Tell for each block whether it stays."""
    stay = [True] * len(needed)
    start = 0
    for at in range(len(needed) + 1):
        if at < len(needed) and needed[at] != _Proof.CANT:
            continue
        run = needed[start:at]
        at_end = _Proof.KIN_OR_END if at == len(needed) else _Proof.NOTHING
        proof = _Proof.KIN if _Proof.NOTHING in run else at_end
        stay[start:at] = [each > proof for each in run]
        start = at + 1
    return stay


def _without_tail(block: Block) -> list[Block]:
    """Cut "... Continue reading" and "The post ... appeared first on ..." off the end of a story's last block."""
    if block.kind in ("table", "code"):
        return [block]
    head, tail = block.text[:-_TAIL], block.text[-_TAIL:]
    for pattern in (_TAIL_FOOTER, _TAIL_LINK):
        tail = pattern.sub("", tail)
    return [block._replace(text=head + tail)] if head or tail else []
