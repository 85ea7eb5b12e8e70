"""The one place that knows how the runners differ."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

LOCAL_RUNNERS = ("FnApiRunner", "PrismRunner")
"""Their workers see the disk of this machine, where a run sets records aside."""


class EngineError(Exception):
    """The runner that the options name can't do this."""


@dataclass(frozen=True)
class Engine:
    """A runner with its options, and how many processes of our own work beside it.

    Attributes:
        name: The runner's name.
        processes: Processes that parse and tag; 1 means that the runner does it itself.
    """

    name: str
    options: PipelineOptions
    processes: int

    def runner(self) -> Any:
        """Return the runner of one pipeline. The in-process one is made anew, since two pipelines run at once."""
        return FnApiRunner() if self.name == "FnApiRunner" else self.name


def batch_engine(beam_args: Sequence[str]) -> Engine:
    """Return the engine of `newsbeam run`: the in-process runner unless `--runner` names Prism.

    DirectRunner would look for Prism first, which it downloads: a first run would wait for the network. The rows are
    the same on both. `--direct_num_workers` says how many processes work; without it, one for each core.

    Raises:
        EngineError: The runner's workers would be on other machines.
    """
    options = PipelineOptions(list(beam_args))
    name = options.view_as(StandardOptions).runner or "FnApiRunner"
    if name in ("DirectRunner", "BundleBasedDirectRunner", "SwitchingDirectRunner"):
        name = "FnApiRunner"
    if name not in LOCAL_RUNNERS:
        raise EngineError(
            f"newsbeam run works on one machine: --runner={name} is not one of DirectRunner, {', '.join(LOCAL_RUNNERS)}"
        )
    direct = options.view_as(DirectOptions)
    given = any(arg.split("=")[0] == "--direct_num_workers" for arg in beam_args)
    processes = direct.direct_num_workers if given and direct.direct_num_workers else available_cores()
    direct.direct_num_workers = 1  # the runner's own workers would load a model each, for every slice
    return Engine(name, options, processes)


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
