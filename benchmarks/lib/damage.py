"""Damages to documents: cut, flipped, repeated, spliced, filled with what parsers are sensitive to, recoded."""

import random
from collections.abc import Callable, Sequence

_MOST_REPEATED = 60_000  # bytes that a repeated slice comes to
_LONGEST_SPLICED = 40_000
_ENCODINGS = ("utf-8", "latin-1", "utf-16", "cp437", "cp037", "shift_jis", "utf-32", "koi8-r", "iso2022_jp", "utf-7")
_FILLINGS = (
    *(b"<", b"&", b"]]>", b"<![CDATA[", b"\0", b"<p>", b"</p>", b"{", b"[", b'"', b"(", b"( \n", b"\x01", b"\x02"),
    *(b"\x03", b"\x04", b"\x08", b"\x0c", b"\x10", b"\x18", b"\x1b(K", b"\x1e", b"\t", b"\n", b" ", b"\r\n", b"\r"),
    *(b"a_", b"the-z-a, ", b"kill ", b"-- ", b"a@", b"a.", b"0-", b"0", b"^", b"<br>", b"&lt;p&gt;", b"&amp;", b"\\"),
    *(b"<!--", b"<?xml ", b"<!DOCTYPE a [", b"<a:b ", b"\xff", b"\xc3\xa9", b"\xed\xa0\x80", b"\xe2\x80\x8d", b"=\n"),
    *(b"By A, ", b"LONDON (AP) - ", b"-1", b"99999999999999999999", b"1e999", b"null", b"true,", b"NaN", b"\\ud800"),
)


def damage(body: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """Return `body` damaged some times, in some places with parts of others."""
    for _ in range(chance.choice((1, 1, 1, 2, 2, 4, 8))):
        body = chance.choice(_DAMAGES)(body, chance, others)
    return body


def _cut(body: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _flip(body: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    flipped = bytearray(body)
    for _ in range(chance.choice((1, 3, 20))):
        if flipped:
            flipped[chance.randrange(len(flipped))] = chance.randrange(256)
    return bytes(flipped)


def _fill(body: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(body) + 1)
    filling = b"".join(chance.choices(_FILLINGS, k=chance.choice((1, 1, 2, 3))))
    return body[:at] + filling * chance.choice((1, 2, 70, 2_000)) + body[at:]


def _take_out(body: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + body[at + chance.randrange(1, 200) :]


def _repeat(body: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(body) + 1)
    piece = body[at : at + chance.choice((1, 3, 10, 40, 200, 1_000))]
    times = chance.choice((2, 30, 1_000, 10_000))
    return body[:at] + piece * min(times, _MOST_REPEATED // (len(piece) or 1)) + body[at:]


def _move(body: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    a, b = sorted(chance.randrange(len(body) + 1) for _ in "ab")
    return body[b:] + body[a:b] + body[:a]


def _splice(body: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    other = chance.choice(others)
    at, start = chance.randrange(len(body) + 1), chance.randrange(len(other) + 1)
    return body[:at] + other[start : start + chance.choice((50, 1_000, _LONGEST_SPLICED))] + body[at:]


def _exchange(body: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    """Replace a value or a word by one of another kind."""
    words = body.split(b" ") if chance.random() < 0.5 else body.split(b'"')
    words[chance.randrange(len(words))] = chance.choice(_FILLINGS)
    return (b" " if b'"' not in body else b'"').join(words)


def _encode(body: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    was, becomes = chance.sample(_ENCODINGS, 2)
    return body.decode(was, "replace").encode(becomes, "replace")


_DAMAGES: tuple[Callable[[bytes, random.Random, Sequence[bytes]], bytes], ...] = (
    *(_cut, _flip, _fill, _take_out, _repeat, _move, _splice, _exchange, _encode),
)
