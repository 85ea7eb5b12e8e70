"""The share of a stream's CPU seconds in stages that only one worker can run, on Prism."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.lib.corpus import corpus_name, write_drop
from benchmarks.lib.figures import Figure, scaled
from benchmarks.stream.speed import NEWSBEAM, PRISM, rows, wait_for

STORIES = 10_000
SETTLE_S = 60

ORDERING = ("DeduplicateParagraphs/Number", "DeduplicateParagraphs/Decide")
"""Order is decided on one key by design: only so have any number of partitions the decisions of one process."""

ONE_KEY = ("RelateStories/Decide", "WritePolls/Write")
"""The other steps with one key."""


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield the shares of one-key stages; none where Prism is not built."""
    if not PRISM.is_file():
        return
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as name:
        stories = scaled(STORIES, scale, 20)
        seconds, whole = _seconds(Path(name), stories)
    note = f"{stories:,} stories of {corpus_name()}, entities off; {whole:.0f} s of CPU without Prism's own"
    ordering, one_key = (_of(seconds, steps) for steps in (ORDERING, ONE_KEY))
    yield Figure("stream.one_key.share", one_key / whole, "<= 0.01", "share", note)
    for step in ONE_KEY:
        yield Figure(f"stream.one_key.{step.replace('/', '_')}", _of(seconds, (step,)) / whole, "", "share")
    yield Figure("stream.one_key.ordering", ordering / whole, "", "share", " and ".join(ORDERING))
    yield Figure("stream.one_key.us_a_story", one_key / stories * 1e6, "", "us", "of one-key stages without ordering")


def _of(seconds: dict[str, float], steps: tuple[str, ...]) -> float:
    """Return the CPU seconds of the stages that have one of some steps, with what is fused with them."""
    return sum(value for stage, value in seconds.items() if any(step in stage.split(" ") for step in steps))


def _seconds(folder: Path, stories: int) -> tuple[dict[str, float], float]:
    """Stream stories from a drop; return the CPU seconds of each stage, and of all."""
    config = write_drop(folder / "drop", stories, entities=False)
    subprocess.run([NEWSBEAM, "run", str(config), "--output", str(folder / "batch"), "--quiet"], check=True)
    polls = rows(folder / "batch", "polls")
    measured = folder / "seconds.json"
    command = [sys.executable, "-m", "benchmarks.stream.cpu_by_stage", measured, "stream", config]
    process = subprocess.Popen([*map(str, command), "--output", str(folder / "streamed")], stderr=subprocess.DEVNULL)
    try:
        # Polls come last.
        wait_for(lambda: rows(folder / "streamed", "polls") >= polls, 1_200)
    finally:
        process.send_signal(2)
        with suppress(subprocess.TimeoutExpired):
            process.wait(SETTLE_S)
        process.kill()
    found = json.loads(measured.read_text())
    return found["stages"], found["all"]
