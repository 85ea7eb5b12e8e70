"""Deduplicates texts with another library, in its environment: `python others.py datasketch|datatrove FOLDER`.

Reads `texts.jsonl` of the folder, with an id and a text a line, and writes `result.json`: the CPU seconds of this
process and its children, and the ids of the texts that are near an earlier one (of a cluster, all but one).
"""

import json
import re
import resource
import sys
from pathlib import Path
from typing import Any

SHINGLE_WORDS = 3
BANDS = (25, 5)  # of datasketch: finds 99 % at a similarity of 0.7; by its own choice for 0.7 it would find half


def datasketch(folder: Path) -> list[str]:
    """Return the ids of texts that MinHashLSH finds an earlier one for."""
    from datasketch import MinHash, MinHashLSH

    texts = [json.loads(line) for line in (folder / "texts.jsonl").open(encoding="utf-8")]
    index, found = MinHashLSH(num_perm=128, params=BANDS), []
    sets = [[shingle.encode() for shingle in _shingles(each["text"])] for each in texts]
    for each, hashed in zip(texts, MinHash.generator(sets, num_perm=128), strict=True):
        if index.query(hashed):
            found.append(each["id"])
        index.insert(each["id"], hashed)
    return found


def datatrove(folder: Path) -> list[str]:
    """Return the ids of texts that the MinHash pipeline removes."""
    from datatrove.executor.local import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers.jsonl import JsonlWriter

    config = MinhashConfig(n_grams=SHINGLE_WORDS)
    names = ("signatures", "buckets", "removed", "excluded", "logs")
    signatures, buckets, removed, excluded, logs = (str(folder / name) for name in names)

    def read() -> Any:
        return JsonlReader(str(folder), glob_pattern="texts.jsonl")

    steps: list[tuple[list[Any], int]] = [
        ([read(), MinhashDedupSignature(signatures, config=config)], 1),
        ([MinhashDedupBuckets(signatures, buckets, config=config)], config.num_buckets),
        ([MinhashDedupCluster(buckets, removed, config=config)], 1),
        ([read(), MinhashDedupFilter(removed, exclusion_writer=JsonlWriter(excluded, compression=None))], 1),
    ]
    for number, (pipeline, tasks) in enumerate(steps):
        LocalPipelineExecutor(pipeline, tasks=tasks, workers=1, logging_dir=f"{logs}/{number}").run()
    files = Path(excluded).rglob("*.jsonl")
    return [json.loads(line)["id"] for file in files for line in file.open(encoding="utf-8")]


def _shingles(text: str) -> list[str]:
    words = re.findall(r"\w+", text.lower())
    return [" ".join(words[start : start + SHINGLE_WORDS]) for start in range(len(words) - SHINGLE_WORDS + 1)]


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    """Write the result of one library."""
    library, folder = sys.argv[1], Path(sys.argv[2])
    start = _cpu_seconds()
    found = {"datasketch": datasketch, "datatrove": datatrove}[library](folder)
    (folder / "result.json").write_text(json.dumps({"seconds": _cpu_seconds() - start, "found": found}))


if __name__ == "__main__":
    main()
