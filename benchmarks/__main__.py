"""Measures the figures that the README claims: `make bench`, or `python -m benchmarks [name ...]`.

Prints a row a figure and writes them to `output/bench.json`. Ratios are taken within one run: machines differ.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from benchmarks import (
    compaction,
    entities,
    flink,
    near,
    newswire,
    old_entries,
    stream_memory,
    streaming,
    topics,
    whole_run,
)
from benchmarks.feed_suites import report as feed_suites
from benchmarks.figures import Figure, print_figures, write_figures

BENCHMARKS: dict[str, Callable[[], Iterator[Figure]]] = {
    "entities": entities.figures,
    "topics": topics.figures,
    "near": near.figures,
    "run": whole_run.figures,
    "feeds": feed_suites.figures,
    "wire": newswire.figures,
    "compaction": compaction.figures,
    "old-entries": old_entries.figures,
    "stream": lambda: chain(streaming.figures(), stream_memory.figures()),
}

ON_REQUEST: dict[str, Callable[[], Iterator[Figure]]] = {
    "flink-speed": flink.speed,
    "flink-ticks": flink.ticks,
    "flink-kills": flink.kills,
}
"""Those that take long and need more than the environment."""


def main(names: list[str]) -> int:
    """Run the benchmarks named, or all but those on request; return the exit status."""
    known = BENCHMARKS | ON_REQUEST
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark called {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    figures = [figure for name in names or BENCHMARKS for figure in known[name]()]
    print_figures(figures)
    write_figures(figures, Path("output/bench.json"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
