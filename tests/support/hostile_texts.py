"""Texts that are likely to make a pattern slow: each of its parts repeated, after a text that leads to the part.

A backtracking matcher takes more than linear time where a text can be divided among repeats in many ways, or where a
search starts again at each repetition of the beginning of a match. So the repeated parts ("pumps") are: the body of
each repeat, texts of two adjacent parts, the beginning of a match up to each of its parts, and characters that several
repeats accept. Each text is also tried with an end that prevents the match.
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from random import Random
from re import _compiler, _parser  # type: ignore[attr-defined]
from re._constants import (  # type: ignore[import-not-found]
    ANY,
    ASSERT,
    ASSERT_NOT,
    ATOMIC_GROUP,
    BRANCH,
    GROUPREF,
    IN,
    LITERAL,
    MAX_REPEAT,
    MIN_REPEAT,
    NOT_LITERAL,
    POSSESSIVE_REPEAT,
    SUBPATTERN,
)
from typing import Any

_PALETTE = "aA0 \t\n-._,:;/\"'()[]<>&=@+*#!$%|\\^~éßяの日\x01\x1e\u200d\u2013"
_REPEATS = (MAX_REPEAT, MIN_REPEAT, POSSESSIVE_REPEAT)
_MANY = 20  # a repeat with a lower maximum is not a loop
_VARIANTS = 3  # texts of a part: its first, second and third choice
_MORE_VARIANTS = 30  # texts of the body of a loop, whose choices are random
_FRAMES = (("", "!"), ("", ""), ("!q", "\n\x00"))  # before and after: most prevent the match
_MOST_TEXTS = 1_500

Node = tuple[Any, Any]


class Hostile:
    """The hostile texts of one pattern."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        source = pattern.pattern
        self.is_bytes = isinstance(source, bytes)
        self._tree = _parser.parse(source, pattern.flags)
        self._groups: dict[int, Any] = {}
        self._accepted: dict[int, list[str]] = {}
        text = source.decode("latin-1") if self.is_bytes else source
        self._palette = _PALETTE + "".join(sorted(set(text) - set(_PALETTE)))

    def recipes(self) -> list[tuple[str, str, str]]:
        """Return (start, part to repeat, end) of each text; those that most repeats can match come first."""
        pumps = self._pumps()
        return [(before + start, pump, after) for before, after in _FRAMES for start, pump in pumps][:_MOST_TEXTS]

    def text(self, recipe: tuple[str, str, str], length: int) -> Any:
        """Return a text `length` characters long, or a little longer."""
        start, pump, end = recipe
        text = start + pump * (1 + length // len(pump)) + end
        return text.encode("latin-1", "ignore") if self.is_bytes else text

    def _pumps(self) -> list[tuple[str, str]]:
        """Return (text that leads to a part, text of the part, not empty): of loops, then of sequences."""
        nodes = list(self._tree)
        found = chain(self._of_characters(), self._in(nodes, "", self._of_loop), self._in(nodes, "", self._of_sequence))
        return list(dict.fromkeys((prefix[:300], pump[:200]) for prefix, pump in found if pump))

    def _in(self, nodes: list[Node], before: str, pumps: "Pumps") -> Iterator[tuple[str, str]]:
        """Yield the pumps of a sequence and of all its parts."""
        yield from pumps(nodes, before)
        for at, node in enumerate(nodes):
            prefix = before + self._written(nodes[:at], 0)
            for part in _parts(node):
                yield from self._in(part, prefix, pumps)

    def _of_sequence(self, nodes: list[Node], before: str) -> Iterator[tuple[str, str]]:
        for at in range(len(nodes)):
            for variant in range(_VARIANTS):
                yield before, self._written(nodes[: at + 1], variant)
                if at + 1 < len(nodes):
                    yield before + self._written(nodes[:at], 0), self._written(nodes[at : at + 2], variant)

    def _of_loop(self, nodes: list[Node], before: str) -> Iterator[tuple[str, str]]:
        for at, (kind, value) in enumerate(nodes):
            if kind in _REPEATS and value[1] >= _MANY:
                prefix, body = before + self._written(nodes[:at], 0), list(value[2])
                single = len(body) == 1 and body[0][0] in (LITERAL, NOT_LITERAL, ANY, IN)
                for variant in range(_VARIANTS if single else _MORE_VARIANTS):
                    yield prefix, self._written(body, variant)
                for character in self._shared(nodes[at]):
                    yield prefix, character

    def _shared(self, repeat: Node) -> list[str]:
        """Return the characters that a repeat accepts alone; those that most other repeats accept come first."""
        counts = self._counts()
        mine = [c for c in self._firsts(list(repeat[1][2])) if counts.get(c)]
        return sorted(mine, key=lambda c: -counts[c])[:4]

    def _of_characters(self) -> Iterator[tuple[str, str]]:
        """Yield the characters that most repeats accept, alone and in pairs."""
        counts = self._counts()
        best = sorted(counts, key=lambda c: -counts[c])[:5]
        for first in best:
            yield "", first
            for second in best:
                if first != second:
                    yield "", first + second

    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for repeat in self._loops(list(self._tree)):
            for character in self._firsts(list(repeat[1][2])):
                counts[character] = counts.get(character, 0) + 1
        return counts

    def _loops(self, nodes: list[Node]) -> Iterator[Node]:
        for node in nodes:
            if node[0] in _REPEATS and node[1][1] >= _MANY:
                yield node
            for part in _parts(node):
                yield from self._loops(part)

    def _firsts(self, nodes: list[Node]) -> list[str]:
        """Return characters that a sequence can start with."""
        for node in nodes:
            kind, value = node
            if kind in (LITERAL, NOT_LITERAL, ANY, IN):
                return self._characters(node)
            if kind in _REPEATS:
                return self._firsts(list(value[2]))
            if kind is SUBPATTERN:
                return self._firsts(list(value[3]))
            if kind is ATOMIC_GROUP:
                return self._firsts(list(value))
            if kind is BRANCH:
                return list(dict.fromkeys(c for branch in value[1] for c in self._firsts(list(branch))[:6]))
        return []

    def _characters(self, node: Node) -> list[str]:
        """Return characters of the palette that a node for one character accepts."""
        kind, value = node
        if kind is LITERAL:
            return [chr(value)]
        if id(node) not in self._accepted:
            one = _compiler.compile(_parser.SubPattern(self._tree.state, [node]), self._tree.state.flags)
            found = [c for c in self._palette if not (self.is_bytes and c > "\xff") and self._matches(one, c)]
            self._accepted[id(node)] = found or ["a"]
        return self._accepted[id(node)]

    def _matches(self, one: re.Pattern[Any], character: str) -> bool:
        return one.match(character.encode("latin-1") if self.is_bytes else character) is not None

    def _written(self, nodes: list[Node], variant: int) -> str:
        """Return a text that a sequence matches; the variants after the first few are two random ones."""
        if variant < _VARIANTS:
            return "".join(self._write(node, lambda many: variant % many) for node in nodes)
        chance = Random(variant)
        return "".join(self._write(node, chance.randrange) for _ in range(2) for node in nodes)

    def _write(self, node: Node, choose: Callable[[int], int]) -> str:
        """Return a text that a part matches; `choose` returns an index below a number of choices."""
        kind, value = node
        if kind in (LITERAL, NOT_LITERAL, ANY, IN):
            characters = self._characters(node)
            return characters[choose(min(len(characters), 4))]
        if kind in _REPEATS:
            least, most, body = value
            times = max(least, min(most, 1 - choose(2)))
            return "".join(self._write(part, choose) for _ in range(min(times, 20)) for part in body)
        if kind is SUBPATTERN:
            self._groups[value[0]] = value[3]
            return "".join(self._write(part, choose) for part in value[3])
        if kind is ATOMIC_GROUP:
            return "".join(self._write(part, choose) for part in value)
        if kind is BRANCH:
            branches = value[1]
            return "".join(self._write(part, choose) for part in branches[choose(len(branches))])
        if kind is GROUPREF and value in self._groups:
            return "".join(self._write(part, choose) for part in self._groups[value])
        return ""


Pumps = Callable[[list[Node], str], Iterator[tuple[str, str]]]


def _parts(node: Node) -> list[list[Node]]:
    """Return the sequences within a node."""
    kind, value = node
    if kind in _REPEATS:
        return [list(value[2])]
    if kind is SUBPATTERN:
        return [list(value[3])]
    if kind is ATOMIC_GROUP:
        return [list(value)]
    if kind in (ASSERT, ASSERT_NOT):
        return [list(value[1])]
    return [list(branch) for branch in value[1]] if kind is BRANCH else []
