"""Fuzzing: damaged documents of every format, read as the pipeline reads them. `make fuzz [N=300000 | SECONDS=60]`.

Inputs are made from the samples of the repository, and of the shared data where that is: with bytes flipped, cut,
repeated, spliced with another sample, filled with what patterns and parsers are sensitive to, or in another encoding.
Each has a number; the seed and the number make the input, so a run can be repeated as a whole or for one input.

Wrong is an exception that is not a `RecordError`, neither an entry nor a dead letter where there are items, rows that
Arrow doesn't take, and a time out of proportion to the size. Inputs with which that happens are kept in `output/fuzz/`.
"""

import argparse
import gc
import json
import multiprocessing
import os
import random
import re
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from benchmarks.lib.damage import damage
from benchmarks.lib.figures import Figure, scaled
from newsbeam.transforms.errors import RecordError
from newsbeam.transforms.parse.document import parse_document
from newsbeam.transforms.records import Document
from newsbeam.transforms.text.split import split_entry
from newsbeam.transforms.write import schema
from testing.shared_data import shared_data

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
INPUTS = 300_000
MEASURED, MEASURED_SEED = 20_000, 7
PROCESSES = 2
# CPU time that an input may take: what the slowest honest ones take is a quarter of it.
ALLOWED_S = 0.3
ALLOWED_S_PER_BYTE = 40e-6
_HANGS = 10  # times what is allowed: then the reading is stopped
_LARGEST = 40_000  # bytes of a sample
_SUFFIXES = {".xml", ".json", ".txt", ".rdf", ".atom", ".rss", ".iptc", ".anpa", ".nitf", ".html"}
# A feed without items is a feed; one that has some with words has entries, or a dead letter says why not.
_ITEM = re.compile(rb"<(?:item|entry)[\s>][^\0]{0,300}?<(?:title|description|summary|guid|id)[^<>]{0,80}>\s{0,9}[^<\s]")
_JSON_ITEM = re.compile(rb"\"items\"\s{0,20}:\s{0,20}\[\s{0,20}[^\]\s]")


@dataclass(frozen=True)
class Sample:
    """A document, by the name of its file."""

    name: str
    body: bytes


@dataclass(frozen=True)
class Result:
    """The result of an input.

    Attributes:
        wrong: What is wrong with that, or "".
        place: Where: the same for inputs that fail alike.
    """

    outcome: str
    wrong: str = ""
    place: str = ""


class _HangsError(BaseException):
    """Reading takes far too long; not an `Exception`, so that nothing in between takes it for one of its own."""


@cache
def samples() -> tuple[Sample, ...]:
    """Return the samples of this repository and of the shared folders beside it, in a fixed order."""
    repository = Path(__file__).parents[1]
    folders = [repository / "configs" / "sample", repository / "tests" / "data"]
    data = shared_data()
    if data is not None:
        folders += [data / "feeds", data / "newswire", data.parent / "cases"]
    paths = (path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix.lower() in _SUFFIXES)
    found = (path for path in paths if path.is_file() and 0 < path.stat().st_size <= _LARGEST)
    return tuple(Sample(path.name, path.read_bytes()) for path in found)


def damaged(seed: int, number: int) -> Sample:
    """Return the input with this number."""
    chance = random.Random(f"{seed}:{number}")
    sample = chance.choice(samples())
    return Sample(sample.name, damage(sample.body, chance, [each.body for each in samples()]))


def read(sample: Sample) -> Result:
    """Parse an input, split its entries, make their rows; say what is wrong."""
    allowed = ALLOWED_S + ALLOWED_S_PER_BYTE * len(sample.body)
    for _ in range(3):  # the first run may pay for what is loaded once, or for another process
        started = time.process_time()
        result = _stopped_after(_HANGS * allowed, sample)
        taken = time.process_time() - started
        if result.wrong or taken <= allowed:
            return result
    return Result(
        "slow", f"{taken:.2f} s for {len(sample.body):,} bytes, {allowed:.2f} are allowed", f"slow {sample.name}"
    )


def _stopped_after(seconds: float, sample: Sample) -> Result:
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        return _read(sample)
    except _HangsError:
        stack = traceback.extract_tb(sys.exc_info()[2])
        frames = [f"{frame.name}:{frame.lineno}" for frame in stack if "transforms" in frame.filename]
        return Result("hang", f"stopped after {seconds:.1f} s in {' > '.join(frames)}", f"hang {frames[-1:]}")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _read(sample: Sample) -> Result:
    try:
        parsed = parse_document(Document("fuzz", sample.body, NOW, "Fuzz", sample.name))
        splits = [split_entry(entry) for entry in parsed.entries]
        stories = [split.story for split in splits]
        schema.entry_table(stories)
        schema.paragraph_table(stories)
        schema.dead_letter_table([*parsed.dead_letters, *(letter for split in splits for letter in split.dead_letters)])
    except RecordError:
        return Result("dead letter")
    except Exception as error:  # noqa: BLE001  a crash is what this looks for
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = [f for f in traceback.extract_tb(error.__traceback__) if "transforms" in f.filename][-1:]
        place = f"{type(error).__name__} {Path(frame.filename).name} {[f'{f.name}:{f.lineno}' for f in where]}"
        return Result("crash", "".join(traceback.format_exception(error)[-3:]), place)
    if parsed.entries:
        return Result("entries")
    if parsed.dead_letters:
        return Result("dead letter")
    found = _find_item(sample.body)
    if not found:
        return Result("no items")
    return Result("silence", f"no entry and no dead letter of {found[0]!r}", f"silence {sample.name}")


def _find_item(body: bytes) -> re.Match[bytes] | None:
    """Return where an item begins that has words; one in a comment, in a text or in a wide encoding is none."""
    if b"\0" in body:
        return None
    if body.lstrip()[:1] in (b"{", b"["):
        return _JSON_ITEM.search(body)
    return _ITEM.search(_without(_without(body, b"<!--", b"-->", b""), b"<![CDATA[", b"]]>", b"x"))


def _without(body: bytes, start: bytes, end: bytes, instead: bytes) -> bytes:
    first, *others = body.split(start)
    return b"".join([first, *(instead + other.partition(end)[2] for other in others)])


def _work(seed: int, first: int, inputs: int | None, ends: float | None) -> Iterator[tuple[int, Result]]:
    """Yield the results of every `PROCESSES`-th input, from the number `first`."""
    number = first
    while (inputs is None or number < inputs) and (ends is None or time.time() < ends):
        yield number, read(damaged(seed, number))
        number += PROCESSES


def _process(seed: int, first: int, inputs: int | None, ends: float | None, folder: str) -> tuple[Counter[str], int]:
    """Read inputs, keep the first of each kind that fails; return the outcomes, and how many kinds fail."""
    signal.signal(signal.SIGVTALRM, _stop)
    outcomes: Counter[str] = Counter()
    kinds: dict[str, int] = {}
    for sample in samples()[:20]:
        _read(sample)  # models and tables are loaded once
    gc.freeze()
    for number, result in _work(seed, first, inputs, ends):
        outcomes[result.outcome] += 1
        if result.wrong:
            kinds[result.place] = kinds.get(result.place, 0) + 1
            if kinds[result.place] == 1:
                _keep(seed, number, result, Path(folder))
    return outcomes, len(kinds)


def _stop(*_: object) -> None:
    raise _HangsError


def _keep(seed: int, number: int, result: Result, folder: Path) -> None:
    """Write an input that failed, and what was wrong."""
    sample = damaged(seed, number)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{seed}-{number}-{sample.name}"
    path.write_bytes(sample.body)
    print(f"{result.outcome}: {result.place}\n{result.wrong}\n  kept in {path}", flush=True)


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield how many damaged documents crash the parsers, vanish or take too long; they are the same in every run."""
    inputs = scaled(MEASURED, scale, 200)
    outcomes, _ = _in_processes(MEASURED_SEED, inputs, None, "output/fuzz")
    note = f"{inputs:,} inputs: {outcomes['entries']:,} gave entries, {outcomes['dead letter']:,} a dead letter"
    yield Figure("fuzz.crashes", outcomes["crash"], "== 0", "", note)
    yield Figure(
        "fuzz.silent", outcomes["silence"], "== 0", "", "neither an entry nor a dead letter where there are items"
    )
    note = f"took more than {ALLOWED_S:g} s and {ALLOWED_S_PER_BYTE * 1e6:g} us a byte"
    yield Figure("fuzz.too_slow", outcomes["slow"] + outcomes["hang"], "== 0", "", note)


def main(arguments: list[str]) -> int:
    """Read damaged inputs; return 1 if any of them failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, help=f"how many (default {INPUTS:,}, or as many as the time allows)")
    parser.add_argument("--seconds", type=float, help="stop after these")
    parser.add_argument("--seed", type=int, default=None, help="default: the time, so that each run has other inputs")
    parser.add_argument("--only", type=int, help="the number of one input, to read again")
    parser.add_argument("--folder", default="output/fuzz")
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else int(time.time())
    print(f"seed {seed}, {len(samples()):,} samples", flush=True)
    if options.only is not None:
        outcomes, failed = _process(seed, options.only, options.only + 1, None, options.folder)
    else:
        outcomes, failed = _in_processes(seed, options.inputs, options.seconds, options.folder)
    print(json.dumps({"seed": seed, "inputs": outcomes.total(), **outcomes}))
    return 1 if failed else 0


def _in_processes(seed: int, inputs: int | None, seconds: float | None, folder: str) -> tuple[Counter[str], int]:
    ends = time.time() + seconds if seconds else None
    total = inputs or (None if seconds else INPUTS)
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        parts = pool.starmap(_process, [(seed, first, total, ends, folder) for first in range(PROCESSES)])
    return sum((outcomes for outcomes, _ in parts), Counter()), sum(failed for _, failed in parts)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main(sys.argv[1:]))
