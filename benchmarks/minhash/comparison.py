"""CPU a paragraph against datasketch and datatrove, and the share of near duplicates that each finds."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.index import ordinary_texts, packs_of
from benchmarks.lib.figures import Figure, scaled
from benchmarks.near import alike_pairs, share_a_key
from newsbeam.transforms.dedup.paragraphs import add_band_keys, deduplicate

PARAGRAPHS = 200_000
_HERE = Path(__file__).parent
_TARGETS = {"datasketch": ">= 10", "datatrove": ">= 5"}


class _Result(NamedTuple):
    """CPU seconds, the places of the texts that are near an earlier one, as far as it was found, and of which keys."""

    seconds: float
    found: frozenset[int]
    keys: float = 0.0


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the ratio of CPU and the recall of each library; nothing where these can't be installed."""
    texts = list(dict.fromkeys(islice(ordinary_texts(), scaled(PARAGRAPHS, scale, 2_000))))
    pairs = alike_pairs(texts)
    later = {max(pair) for pair in pairs}
    ours = _ours(texts, pairs)
    note = f"{len(texts):,} paragraphs, {len(later):,} near an earlier one (Jaccard 0.7 of runs of three words)"
    parts = f"keys {ours.keys / len(texts) * 1e6:.0f} us; search, word by word judgement, marked rows the rest"
    yield Figure("minhash.newsbeam", ours.seconds / len(texts) * 1e6, "", "us", f"{note}; {parts}")
    yield Figure("minhash.newsbeam_recall", _recall(ours, later), "", "share", note)
    with tempfile.TemporaryDirectory() as folder:
        python = _environment(Path(folder))
        for library, target in _TARGETS.items():
            theirs = _theirs(python, library, texts, Path(folder))
            more = f"{theirs.seconds / len(texts) * 1e6:.0f} us a paragraph, without a judgement"
            yield Figure(f"minhash.over_{library}", theirs.seconds / ours.seconds, target, "x", more)
            yield Figure(f"minhash.{library}_recall", _recall(theirs, later), "", "share", note)


def _recall(result: _Result, later: set[int]) -> float:
    return len(result.found & later) / len(later) if later else 1.0


def _ours(texts: Sequence[str], pairs: Sequence[tuple[int, int]]) -> _Result:
    """Decide all as a run does, in one process; near are texts that share a key: the judgement asks for more."""
    packs = list(packs_of(texts))
    start = time.process_time()
    stories = [story for pack in packs for story in add_band_keys(pack)]
    keys = time.process_time() - start
    deduplicate(stories, [])
    seconds = time.process_time() - start
    found = zip(pairs, share_a_key(texts, pairs), strict=True)
    return _Result(seconds, frozenset(max(pair) for pair, is_found in found if is_found), keys)


def _environment(folder: Path) -> Path:
    """Return the Python of an environment with the libraries, which are not newsbeam's."""
    python = folder / "environment" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder / "environment")], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
    subprocess.run([*install, str(_HERE / "requirements.txt")], check=True)
    return python


def _theirs(python: Path, library: str, texts: Sequence[str], folder: Path) -> _Result:
    work = folder / library
    work.mkdir()
    with (work / "texts.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": str(place), "text": text}) + "\n" for place, text in enumerate(texts))
    command = [str(python), str(_HERE / "others.py"), library, str(work)]
    subprocess.run(command, check=True, capture_output=True, cwd=work)
    result = json.loads((work / "result.json").read_text())
    return _Result(result["seconds"], frozenset(map(int, result["found"])))
