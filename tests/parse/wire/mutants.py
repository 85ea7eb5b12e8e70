"""Damaged messages of the teleprinter formats."""

import random
from collections.abc import Iterator
from pathlib import Path


def mutants(folder: Path, seed: int) -> Iterator[bytes]:
    """Yield 300 of the messages in a folder, each with some bytes taken out, put in or replaced."""
    rng = random.Random(seed)
    seeds = [path.read_bytes() for path in sorted(folder.iterdir())]
    for _ in range(300):
        body = bytearray(rng.choice(seeds))
        for _ in range(rng.choice((1, 10, 60))):
            at = rng.randrange(len(body))
            body[at : at + rng.choice((0, 1, 20))] = rng.randbytes(rng.choice((0, 1, 3)))
            body = body or bytearray(b"\x01")
        yield bytes(body)
