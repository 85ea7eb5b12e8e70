"""Names of keys that an engine spreads evenly: a few keys by chance may all be given to one worker.

Flink gives a key to one of 128 key groups by a hash, and each worker a range of groups
(`KeyGroupRangeAssignment` and `MathUtils.murmurHash`; 128 is the default of its maximum parallelism). On other engines
the names mean nothing.
"""

from functools import cache
from itertools import count

GROUPS = 128
_WORD = 0xFFFFFFFF


@cache
def even_keys(number: int) -> tuple[str, ...]:
    """Return as many keys, of which key n is in the middle of the n-th part of the key groups."""
    found: list[str] = []
    while len(found) < number:
        group = (2 * len(found) + 1) * GROUPS // (2 * number)
        # The number of keys is in the name: other numbers of partitions have other keys, and no state is mistaken.
        prefix = f"{len(found)}/{number}."
        found.append(next(key for key in (f"{prefix}{salt}" for salt in count()) if key_group(key) == group))
    return tuple(found)


def key_group(key: str) -> int:
    """Return the key group of a key, which Beam encodes as its length and its bytes."""
    encoded = bytes((len(key),)) + key.encode("ascii")
    code = 1
    for byte in reversed(encoded):
        # As java.nio.ByteBuffer.hashCode: from the last byte to the first, and bytes are signed.
        code = (31 * code + (byte - 256 if byte > 127 else byte)) & _WORD
    return _murmur(code) % GROUPS


def _murmur(code: int) -> int:
    code = _rotated(code * 0xCC9E2D51 & _WORD, 15) * 0x1B873593 & _WORD
    code = (_rotated(code, 13) * 5 + 0xE6546B64) & _WORD ^ 4
    code = (code ^ code >> 16) * 0x85EBCA6B & _WORD
    code = (code ^ code >> 13) * 0xC2B2AE35 & _WORD
    code ^= code >> 16
    signed = code - (1 << 32) if code >> 31 else code
    return 0 if signed == -(1 << 31) else abs(signed)


def _rotated(code: int, bits: int) -> int:
    return (code << bits | code >> (32 - bits)) & _WORD
