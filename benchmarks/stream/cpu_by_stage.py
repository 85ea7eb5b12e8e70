"""Runs a newsbeam command and writes the CPU seconds of each stage of its pipelines.

    python -m benchmarks.stream.cpu_by_stage FILE stream CONFIG ...

A stage is what an engine fuses: its steps run one after another in one thread, on the worker that has the key. FILE
gets JSON: CPU seconds of each stage by the names of its steps, and of the command with its worker processes, without
those of Prism.
"""

import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
from apache_beam.runners.worker.bundle_processor import BundleProcessor

from newsbeam.pipeline.cli import main

LOOK_S = 0.5


class _Children:
    """CPU seconds of the processes that this one starts, which are gone when it ends."""

    def __init__(self) -> None:
        self._seconds: dict[int, float] = {}
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def seconds(self) -> float:
        return sum(self._seconds.values())

    def _watch(self) -> None:
        while True:
            for child in psutil.Process().children(recursive=True):
                try:
                    if child.name() != "prism":
                        times = child.cpu_times()
                        self._seconds[child.pid] = times.user + times.system
                except psutil.Error:  # it has just ended
                    continue
            time.sleep(LOOK_S)


def measure_stages() -> Counter[str]:
    """Make Beam's bundles add their CPU seconds to the counter that is returned."""
    seconds: Counter[str] = Counter()
    process_bundle = BundleProcessor.process_bundle

    def measured(self: BundleProcessor, *arguments: Any) -> Any:
        started = time.thread_time()
        try:
            return process_bundle(self, *arguments)
        finally:
            steps = sorted(each.unique_name for each in self.process_bundle_descriptor.transforms.values())
            seconds[" ".join(steps)] += time.thread_time() - started

    BundleProcessor.process_bundle = measured
    return seconds


if __name__ == "__main__":
    children, stages = _Children(), measure_stages()
    status = main(sys.argv[2:])
    own = time.process_time()
    Path(sys.argv[1]).write_text(json.dumps({"stages": stages, "all": own + children.seconds}))
    sys.exit(status)
