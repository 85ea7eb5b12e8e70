"""A small pipeline with everything that the cluster has to keep through kills.

It copies the lines of a growing file to small files, in the way of `newsbeam stream`: ticks, a position in keyed state,
lines that wait in a bag for a processing-time timer, a GroupByKey that waits for no watermark, and files that are
named by epoch and pane so that a repeated pane replaces itself.
"""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.coders import StrUtf8Coder, VarIntCoder
from apache_beam.io.flink.flink_streaming_impulse_source import FlinkStreamingImpulseSource
from apache_beam.transforms import trigger, userstate
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.window import GlobalWindows

SHARDS = 4


def build(pipeline: beam.Pipeline, source: Path, output: Path, *, epoch: str, tick_ms: int = 50) -> None:
    """Copy `source`, which grows, to files in `output`."""
    ticks = FlinkStreamingImpulseSource().set_interval_ms(tick_ms)
    groups = trigger.Repeatedly(trigger.AfterAny(trigger.AfterCount(20), trigger.AfterProcessingTime(1)))
    (
        pipeline
        | "Tick" >> ticks
        | "OneKey" >> beam.Map(lambda _: ("source", 0)).with_output_types(tuple[str, int])
        | "Read" >> beam.ParDo(_ReadLinesFn(str(source))).with_output_types(tuple[str, str])
        | "Window"
        >> beam.WindowInto(GlobalWindows(), trigger=groups, accumulation_mode=trigger.AccumulationMode.DISCARDING)
        | "Group" >> beam.GroupByKey()
        | "Write" >> beam.ParDo(_WriteFileFn(str(output), epoch))
    )


class _ReadLinesFn(beam.DoFn):
    POSITION = userstate.ReadModifyWriteStateSpec("position", VarIntCoder())
    WAITING = userstate.BagStateSpec("waiting", StrUtf8Coder())
    FLUSH = userstate.TimerSpec("flush", TimeDomain.REAL_TIME)

    def __init__(self, source: str):
        self.source = source

    def process(
        self,
        _tick: tuple[str, int],
        position: Any = beam.DoFn.StateParam(POSITION),
        waiting: Any = beam.DoFn.StateParam(WAITING),
        flush: Any = beam.DoFn.TimerParam(FLUSH),
    ) -> None:
        with open(self.source, "rb") as file:
            file.seek(position.read() or 0)
            lines = file.read()
        complete = lines[: lines.rfind(b"\n") + 1]
        if complete:
            for line in complete.splitlines():
                waiting.add(line.decode())
            position.write((position.read() or 0) + len(complete))
            flush.set(time.time() + 0.2)

    @userstate.on_timer(FLUSH)
    def flush(self, waiting: Any = beam.DoFn.StateParam(WAITING)) -> Iterator[tuple[str, str]]:
        for line in waiting.read():
            yield str(sum(line.encode()) % SHARDS), line
        waiting.clear()


class _WriteFileFn(beam.DoFn):
    EPOCH = userstate.ReadModifyWriteStateSpec("epoch", StrUtf8Coder())

    def __init__(self, output: str, epoch: str):
        self.output = output
        self.epoch = epoch

    def process(
        self,
        group: tuple[str, Iterable[str]],
        pane: Any = beam.DoFn.PaneInfoParam,
        epoch: Any = beam.DoFn.StateParam(EPOCH),
    ) -> None:
        shard, lines = group
        if epoch.read() is None:
            epoch.write(self.epoch)
        final = Path(self.output) / f"{epoch.read()}.{shard}.{pane.index}"
        temporary = final.with_name(f".{final.name}.{os.getpid()}")
        temporary.write_text("".join(f"{line}\n" for line in lines))
        temporary.rename(final)
