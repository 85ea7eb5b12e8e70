"""The one place that knows how the runners differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from newsbeam.pipeline.errors import EngineError

LOCAL_RUNNERS = ("FnApiRunner", "PrismRunner")
"""Their workers see the disk of this machine, where a run sets records aside."""


@dataclass(frozen=True)
class Engine:
    """A runner with its options."""

    name: str
    options: PipelineOptions

    def runner(self) -> Any:
        """Return the runner of one pipeline. The in-process one is made anew, since two pipelines run at once."""
        return FnApiRunner() if self.name == "FnApiRunner" else self.name


def batch_engine(beam_args: Sequence[str]) -> Engine:
    """Return the engine of `newsbeam run`: the in-process runner unless `--runner` names Prism.

    DirectRunner would look for Prism first, which it downloads: a first run would wait for the network. The rows are
    the same on both.

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
    # The option means our worker processes; workers of the runner's own would load a model each, for every slice.
    options.view_as(DirectOptions).direct_num_workers = 1
    return Engine(name, options)
