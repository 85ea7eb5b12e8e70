"""Beam's runners: the only module that knows their differences. Beam is imported when a pipeline is created."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from newsbeam.pipeline.errors import NotUsableError

IN_PROCESS = "FnApiRunner"

_DIRECT_RUNNERS = ("DirectRunner", "BundleBasedDirectRunner", "SwitchingDirectRunner")

_WORKER_CACHE = "--environment_cache_millis"
WORKER_CACHE_MS = 60_000
"""How long Flink gives new steps to a job's Python workers. By default it ends them after each step and starts others,
seconds each, for the next one. A worker that has died is among them as well, so restarts within this time fail."""

StartState = Literal["empty", "kept", "unknown"]


class EngineError(NotUsableError):
    """The runner in the options can't be used for this command."""


@dataclass(frozen=True)
class Engine:
    """A runner of `newsbeam run` with its options.

    Attributes:
        name: The runner's name.
        processes: Worker processes of newsbeam on this machine that parse and tag; 1 means that the runner does it
            itself.
        beam_args: Beam's options, as given and as the runner needs them.
        one_job: A run is one job. On the in-process runner it is several graphs, with spools on disk between them.
        local: Its workers are threads of this process.
    """

    name: str
    processes: int
    beam_args: tuple[str, ...] = ()
    one_job: bool = False
    local: bool = True

    def showing(self, options: Sequence[str]) -> "Engine":
        """Return the engine with options that say what its jobs run (`NewsbeamOptions`)."""
        return replace(self, beam_args=(*self.beam_args, *options))

    def pipeline(self) -> Any:
        """Return a new, empty pipeline."""
        import apache_beam as beam
        from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions
        from apache_beam.runners.portability.fn_api_runner import FnApiRunner

        from newsbeam.pipeline.runners.options import NewsbeamOptions  # noqa: F401 - Beam knows options of loaded classes

        options = PipelineOptions(list(self.beam_args))
        if self.name != IN_PROCESS:
            return beam.Pipeline(_prism() if self.local else None, options)
        # It is the number of newsbeam's processes; each of the runner's own would load a model for each slice.
        options.view_as(DirectOptions).direct_num_workers = 1
        return beam.Pipeline(FnApiRunner(), options)


@dataclass(frozen=True)
class StreamEngine:
    """A runner for `newsbeam stream`.

    Attributes:
        name: The runner's name.
        beam_args: Beam's options, as given and as the runner needs them.
        local: Its workers are on this machine and its state is lost with it: each start is a warm start.
        flink: Its ticks come from Flink's own source.
        processes: Worker processes of newsbeam that parse and tag; 1 where the runner has workers of its own.
        state: Its state at the start: "empty", "kept" (of a savepoint or an updated job), or "unknown" where the job is
            started later: a jar for Flink's operator, a template of Dataflow.
    """

    name: str
    beam_args: tuple[str, ...]
    local: bool
    flink: bool
    processes: int
    state: StartState

    def showing(self, options: Sequence[str]) -> "StreamEngine":
        """Return the engine with options that say what its job runs (`NewsbeamOptions`)."""
        return replace(self, beam_args=(*self.beam_args, *options))

    def pipeline(self) -> Any:
        """Return a new, empty pipeline."""
        import apache_beam as beam
        from apache_beam.options.pipeline_options import PipelineOptions

        from newsbeam.pipeline.runners.options import NewsbeamOptions  # noqa: F401 - as above

        return beam.Pipeline(_prism() if self.local else None, PipelineOptions(list(self.beam_args)))

    def ticks(self, pipeline: Any, seconds: float, stop_after: float | None = None) -> Any:
        """Return a PCollection with an element every `seconds`: unbounded, or for `stop_after` seconds."""
        from apache_beam.transforms.periodicsequence import PeriodicImpulse
        from apache_beam.utils.timestamp import MAX_TIMESTAMP, Timestamp

        if self.flink:  # self-checkpointing SDFs grow Flink's checkpoints on runners before July 2026 (beam#27648)
            from apache_beam.io.flink.flink_streaming_impulse_source import FlinkStreamingImpulseSource

            source = FlinkStreamingImpulseSource().set_interval_ms(int(seconds * 1000))
            if stop_after:
                source = source.set_message_count(int(stop_after / seconds))
            return pipeline | "Ticks" >> source
        start = Timestamp.now()
        stop = MAX_TIMESTAMP if stop_after is None else start + stop_after
        return pipeline | "Ticks" >> PeriodicImpulse(start, stop, fire_interval=seconds, apply_windowing=False)


def _prism() -> Any:
    from newsbeam.pipeline.runners.prism import Runner

    return Runner()


def stream_engine(beam_args: Sequence[str]) -> StreamEngine:
    """Return the engine of `newsbeam stream`: Prism unless `--runner` names another.

    Prism is a binary. `make prism` builds it next to this Python; if it is not there, Beam downloads it.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--runner", default="PrismRunner")
    parser.add_argument("--prism_location")
    parser.add_argument("--environment_type")
    parser.add_argument("--direct_num_workers", type=int, default=0)
    parser.add_argument("--update", action="store_true")
    for option in ("--savepoint_path", "--output_executable_path", "--template_location"):
        parser.add_argument(option)
    given, _ = parser.parse_known_args(beam_args)
    args = _without_runner(beam_args)
    name = "PrismRunner" if given.runner in _DIRECT_RUNNERS else given.runner
    args += [f"--runner={name}", "--streaming"]
    local = name == "PrismRunner"
    if local:
        args += _prism_args(given)
        # Prism 2.77 splits a bundle when an element takes longer than a tenth of a second, and processes both parts
        # concurrently, even with keys in common: the part that ends last overwrites the other's state.
        args.append("--experiments=prism_disable_sdf_split")
    flink = name in ("PortableRunner", "FlinkRunner")
    if flink:
        # Without it, output of a bundle that a checkpoint ends is held until the step's next bundle: on a quiet day the
        # last story's rows would wait for the next story.
        args.append("--finish_bundle_before_checkpointing")
        if not any(arg.startswith("--max_bundle_time_mills") for arg in args):
            args.append("--max_bundle_time_mills=100")  # each stage adds it; with Flink's 1,000 a row takes seconds
    processes = (given.direct_num_workers or available_cores()) if local else 1
    state: StartState = "empty"
    if given.savepoint_path or given.update:
        state = "kept"
    elif given.output_executable_path or given.template_location:
        state = "unknown"
    return StreamEngine(name, tuple(args), local, flink, processes, state)


def _without_runner(beam_args: Sequence[str]) -> list[str]:
    """Return the options without `--runner=X` and `--runner X`."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--runner")
    return parser.parse_known_args(beam_args)[1]


def _prism_args(given: argparse.Namespace) -> Iterator[str]:
    """Yield the options that Prism needs in addition: its place, and workers in this process."""
    built = Path(sys.executable).with_name("prism")
    if given.prism_location is None and built.is_file():
        yield f"--prism_location={built}"
    if given.environment_type is None:
        yield "--environment_type=LOOPBACK"


def batch_engine(beam_args: Sequence[str]) -> Engine:
    """Return the engine of `newsbeam run`: the in-process runner unless `--runner` names another.

    Beam's DirectRunner prefers Prism and downloads it: a first run would wait for the network. The rows are the same on
    all. `--direct_num_workers` sets the number of worker processes on this machine; the default is one for each core.

    Raises:
        EngineError: The options ask for a streaming job, which would never end.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--runner", default=IN_PROCESS)
    parser.add_argument("--direct_num_workers", type=int, default=0)
    parser.add_argument("--prism_location")
    parser.add_argument("--environment_type")
    parser.add_argument("--streaming", action="store_true")
    given, _ = parser.parse_known_args(beam_args)
    if given.streaming:
        raise EngineError("newsbeam run ends, so it can't be --streaming: leave that out, or use newsbeam stream")
    name = IN_PROCESS if given.runner in _DIRECT_RUNNERS else given.runner
    local = name in (IN_PROCESS, "PrismRunner")
    processes = (given.direct_num_workers or available_cores()) if local else 1
    args = [*beam_args, *(_prism_args(given) if name == "PrismRunner" else ())]
    if name in ("PortableRunner", "FlinkRunner") and not any(arg.startswith(_WORKER_CACHE) for arg in beam_args):
        args.append(f"{_WORKER_CACHE}={WORKER_CACHE_MS}")
    return Engine(name, processes, tuple(args), one_job=name != IN_PROCESS, local=local)


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    # Not all cores of the machine: taskset or a container's cpuset may allow fewer.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
