"""The one place that knows how the runners differ. Beam itself is imported when a pipeline is made."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LOCAL_RUNNERS = ("FnApiRunner", "PrismRunner")
"""Their workers see the disk of this machine, where a run sets records aside."""

_DIRECT_RUNNERS = ("DirectRunner", "BundleBasedDirectRunner", "SwitchingDirectRunner")


class EngineError(Exception):
    """The runner that the options name can't do this."""


@dataclass(frozen=True)
class Engine:
    """A runner with its options, and how many processes of our own work beside it.

    Attributes:
        name: The runner's name.
        processes: Processes that parse and tag; 1 means that the runner does it itself.
        beam_args: Beam's options as given.
    """

    name: str
    processes: int
    beam_args: tuple[str, ...] = ()

    def pipeline(self) -> Any:
        """Return a new, empty pipeline."""
        import apache_beam as beam
        from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions
        from apache_beam.runners.portability.fn_api_runner import FnApiRunner

        options = PipelineOptions(list(self.beam_args))
        # The option means our processes; workers of the runner's own would load a model each, for every slice.
        options.view_as(DirectOptions).direct_num_workers = 1
        return beam.Pipeline(runner=FnApiRunner() if self.name == "FnApiRunner" else self.name, options=options)


def batch_engine(beam_args: Sequence[str]) -> Engine:
    """Return the engine of `newsbeam run`: the in-process runner unless `--runner` names Prism.

    DirectRunner would look for Prism first, which it downloads: a first run would wait for the network. The rows are
    the same on both. `--direct_num_workers` says how many processes work; without it, one for each core.

    Raises:
        EngineError: The runner's workers would be on other machines.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--runner", default="FnApiRunner")
    parser.add_argument("--direct_num_workers", type=int, default=0)
    given, _ = parser.parse_known_args(beam_args)
    name = "FnApiRunner" if given.runner in _DIRECT_RUNNERS else given.runner
    if name not in LOCAL_RUNNERS:
        raise EngineError(
            f"newsbeam run works on one machine: --runner={name} is not one of DirectRunner, {', '.join(LOCAL_RUNNERS)}"
        )
    return Engine(name, given.direct_num_workers or available_cores(), tuple(beam_args))


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
