"""Removes boilerplate around a story: share bars, teasers' links, feed footers, advertisement labels.

Only whole, short blocks are removed, and a link at the end of the last one. Words that a story can have too are removed
only if their context proves that they are boilerplate: they are a link, are next to boilerplate (a share bar, a feed's
footer), or come after the story's last sentence. Sentences stay, and so do lone words and lists of names.
"""

import re
from enum import IntEnum

from newsbeam.transforms.text import phrases
from newsbeam.transforms.text.block import Block

_LONGEST = 500  # characters of a block that can be boilerplate
_SEPARATORS_ONLY = re.compile(r"[\s\-–—_*=~#•·|.,:;+<>/\\…◆■●▪▶►»«^„“”]+")
# "A A A", "A+ A-": buttons for the font size, as in the sample that this project began with
_FONT_SIZE = re.compile(r"(?:A[+\-–]?|Aa|aA|a)(?:[\s|/]+(?:A[+\-–]?|Aa|aA|a))*")
_ACTIONS = "|".join(phrases.SHARE_ACTIONS)
_NETWORKS = "|".join(phrases.NETWORKS)
# Atomic group and possessive quantifiers, so that each part can end in one place only: otherwise a row of figures would
# be tried in every way in which its digits can be divided.
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
_NEEDS_NEIGHBOUR = _any(*phrases.FEED_COUNTS, *phrases.AD_LABELS)
_RELATED_STORIES = _any(*phrases.RELATED_STORIES)
_RELATED = _any(*phrases.RELATED)
_RELATED_LINK = _any(*phrases.RELATED_LINKS)
_RELATED_LABEL = _any(*phrases.RELATED_LABELS)
_MORE_LABEL = _any(*phrases.MORE_LABELS)
_LONGEST_LABEL = 80  # characters of a line above links to other stories
_FULL_STOP = re.compile(r"[^.\s]\.[\"'”’»)]?$")

# At the end of a teaser: "... He said [...] Read more", "… Continue reading →"
_TAIL_LINK = re.compile(
    rf"(?<=[.!?…\]”\")])\s*[\[\(]?(?:{_MORE})(?: [“\"'‘][^”\"'’]{{1,200}}[”\"'’])?{_ARROW}:?{_ARROW}$", re.IGNORECASE
)
_TAIL_FOOTER = re.compile(rf"(?<=[.!?…\]”\")])\s*(?:{'|'.join(phrases.WORDPRESS_FOOTERS)})$", re.IGNORECASE)
_TAIL_CHARS = 600  # characters at the end of a block within which such a link begins


class _Proof(IntEnum):
    """The proof that a block is boilerplate; a block that needs none is proof for its neighbours."""

    NONE = 0
    NEIGHBOUR_OR_END = 1  # boilerplate next to it, or no more text after it
    NEIGHBOUR = 2
    IMPOSSIBLE = 3


def without_boilerplate(blocks: list[Block]) -> list[Block]:
    """Return `blocks` without share bars, links to read on, feed footers, advertisement labels and separators."""
    kept = [block for block in blocks if len(block.text) > _LONGEST or not _SEPARATORS_ONLY.fullmatch(block.text)]
    required = [_required_proof(block) for block in kept]
    # In this order: lists are unmarked when the lone words in them have been marked, and links below a label are known
    # last.
    _mark_font_sizes(kept, required)
    _mark_share_bars(kept, required)
    _unmark_lists(kept, required)
    _mark_related(kept, required)
    kept = [block for block, proof in zip(kept, _keep(required), strict=True) if proof]
    return [*kept[:-1], *_without_tail(kept[-1])] if kept else kept


def _required_proof(block: Block) -> _Proof:
    if len(block.text) > _LONGEST or block.kind in ("heading", "table", "code"):
        return _Proof.IMPOSSIBLE
    text = block.text.rstrip(" .")
    if _SURE.fullmatch(text) or _SURE.fullmatch(block.text):
        return _Proof.NONE
    if label := _RELATED_STORIES.match(text) or _RELATED.match(text):
        return _proof_of_related(block, label)
    if block.linked and (label := _RELATED_LINK.match(text)) and _has_linked_end(block, label) and not _is_link(block):
        return _Proof.NONE
    # A full stop ends a sentence, which is text; two or more are a teaser's ellipsis.
    if block.text.endswith(".") and not block.text.endswith(".."):
        return _Proof.IMPOSSIBLE
    for pattern, proof in ((_FOOTER, _Proof.NEIGHBOUR_OR_END), (_NEEDS_NEIGHBOUR, _Proof.NEIGHBOUR)):
        if pattern.fullmatch(text):
            return _Proof.NONE if _is_link(block) else max(proof, _proof_of_lone_word(text))
    return _Proof.IMPOSSIBLE


def _proof_of_lone_word(text: str) -> _Proof:
    """Return the proof that a lone word needs: at the end of a story it can be part of the text."""
    return _Proof.NEIGHBOUR if text.isalpha() else _Proof.NONE


def _proof_of_related(block: Block, label: re.Match[str]) -> _Proof:
    """Return the proof that "Related: ..." needs: none for a link, and a sentence is text."""
    rest = block.text[label.end() :]
    if len(rest) > 200:
        return _Proof.IMPOSSIBLE
    if _has_linked_end(block, label):
        return _Proof.NONE
    if _FULL_STOP.search(rest):
        return _Proof.IMPOSSIBLE
    return _Proof.NONE if label.re is _RELATED_STORIES else _Proof.NEIGHBOUR_OR_END


def _has_linked_end(block: Block, label: re.Match[str]) -> bool:
    """Return whether the words after a label are a link."""
    rest = "".join(block.text[label.end() :].split())
    return bool(rest) and block.linked >= len(rest)


def _is_link(block: Block) -> bool:
    """Return whether all words of a block are a link."""
    return 0 < sum(map(str.isalnum, block.text)) <= block.linked


def _runs(blocks: list[Block], pattern: re.Pattern[str], longest: int) -> list[range]:
    """Return the runs of consecutive blocks that `pattern` matches in full."""
    runs: list[range] = []
    for at, block in enumerate(blocks):
        if len(block.text) <= longest and block.kind not in ("heading", "code") and pattern.fullmatch(block.text):
            begins = not runs or runs[-1].stop < at
            runs[-1 if runs and not begins else len(runs) :] = [range(at if begins else runs[-1].start, at + 1)]
    return runs


def _mark_font_sizes(blocks: list[Block], required: list[_Proof]) -> None:
    """Mark "A A A" and "A-", "A+", but not the grade of a review or a list of grades."""
    for run in _runs(blocks, _FONT_SIZE, 40):
        sizes = re.split(r"[\s|/]+", " ".join(blocks[at].text for at in run))
        signs = {size[1:] for size in sizes}
        neighbours = [blocks[at].text for at in (run.start - 1, run.stop) if 0 <= at < len(blocks)]
        if (len(sizes) >= 3 or {"+", "-"} <= signs or {"+", "–"} <= signs) and min(map(len, neighbours), default=9) > 2:
            for at in run:
                required[at] = _Proof.NONE


def _mark_share_bars(blocks: list[Block], required: list[_Proof]) -> None:
    """Mark runs of blocks that have only "share", "tweet", "print" ... and names of networks.

    A run must have a phrase ("share this"), an action and another action or network, or links: a story about networks
    lists their names, and a list has lone words such as "Save".
    """
    for run in _runs(blocks, _SHARE, 200):
        words = " | ".join(blocks[at].text for at in run)
        actions = {action.lower() for action in _SHARE_ACTION.findall(words)}
        things = len(actions) + len({network.lower() for network in _NETWORK.findall(words)})
        linked = all(_is_link(blocks[at]) for at in run) and (actions or things > 1)
        if linked or _SHARE_PHRASE.search(words) or (actions and things > 1):
            proof = _Proof.NONE
        else:
            proof = max(_Proof.NEIGHBOUR_OR_END, _proof_of_lone_word(words)) if actions else _Proof.NEIGHBOUR
        before = blocks[run.start - 1].text if run.start else ""
        for at in run if not before.endswith(":") or _SHARE_PHRASE.search(words) else ():
            required[at] = min(required[at], proof)


def _mark_related(blocks: list[Block], required: list[_Proof]) -> None:
    """Mark labels such as "Read next" with the links below them; "More from ..." only if the story ends with these.

    A linked heading above text heads that text, as in a digest of stories.
    """
    end = len(blocks)  # of the links and boilerplate that begin below the block
    # From the end up, since a label's proof is what stands below it.
    for at in reversed(range(len(blocks))):
        is_label = end > at + 1 and _is_label(blocks[at], at_end=end == len(blocks))
        heads_text = blocks[at].kind == "heading" and at + 1 == end < len(blocks)
        if is_label:
            required[at:end] = [_Proof.NONE] * (end - at)
        elif heads_text or (not _is_link(blocks[at]) and required[at] != _Proof.NONE):
            end = at


def _is_label(block: Block, at_end: bool) -> bool:
    text = block.text.rstrip(" :")
    if len(text) > _LONGEST_LABEL or block.linked or block.kind not in ("heading", "paragraph"):
        return False
    return bool(_RELATED_LABEL.fullmatch(text) or (at_end and _MORE_LABEL.fullmatch(text)))


def _unmark_lists(blocks: list[Block], required: list[_Proof]) -> None:
    """Unmark the items of lists that also have items of text."""
    start = 0
    for at in range(len(blocks) + 1):
        if at < len(blocks) and blocks[at].kind == "list_item":
            continue
        items = range(start, at)
        if any(required[item] == _Proof.IMPOSSIBLE for item in items):
            for item in items:
                if not _is_link(blocks[item]):
                    required[item] = _Proof.IMPOSSIBLE
        start = at + 1


def _keep(required: list[_Proof]) -> list[bool]:
    """Return for each block whether to keep it."""
    stay = [True] * len(required)
    start = 0
    for at in range(len(required) + 1):
        if at < len(required) and required[at] != _Proof.IMPOSSIBLE:
            continue
        run = required[start:at]
        at_end = _Proof.NEIGHBOUR_OR_END if at == len(required) else _Proof.NONE
        proof = _Proof.NEIGHBOUR if _Proof.NONE in run else at_end
        stay[start:at] = [each > proof for each in run]
        start = at + 1
    return stay


def _without_tail(block: Block) -> list[Block]:
    """Strip "... Continue reading" and "The post ... appeared first on ..." from the end of a story's last block."""
    if block.kind in ("table", "code"):
        return [block]
    head, tail = block.text[:-_TAIL_CHARS], block.text[-_TAIL_CHARS:]
    for pattern in (_TAIL_FOOTER, _TAIL_LINK):
        tail = pattern.sub("", tail)
    return [block._replace(text=head + tail)] if head or tail else []
