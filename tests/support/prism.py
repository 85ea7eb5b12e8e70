"""Pipelines on Prism, the one local engine that runs a TestStream with state, timers and processing time."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.test_stream import TestStream

from newsbeam.pipeline.runners.runners import stream_engine

PRISM = Path(sys.executable).with_name("prism")


def timeline(*steps: tuple[int, Sequence[Any]]) -> TestStream:
    """Return a TestStream: at each step some seconds pass, then elements arrive.

    What arrives at one step is processed in any order, and before what arrives at the next one.
    """
    stream, now = TestStream(), 0
    for seconds, elements in steps:
        now += seconds
        # Prism orders elements by the watermark alone; triggers fire by processing time.
        stream = stream.advance_processing_time(seconds).advance_watermark_to(now).add_elements(elements)
    return stream.advance_watermark_to_infinity()


def on_prism() -> beam.Pipeline:
    """Return a streaming pipeline, or skip the test where Prism is not built.

    Its time is that of the TestStream: minutes pass at once, and a pane is fired by time in every run at the same
    element.
    """
    if not PRISM.exists():
        pytest.skip("needs Prism: make prism (needs Go)")
    return stream_engine([f"--prism_location={PRISM}"]).pipeline()
