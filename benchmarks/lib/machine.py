"""Where and with what code a figure is measured."""

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
_LOOK_S = 1.0
# What a figure depends on. docs/figures.md is written from the figures, so it does not count.
_MEASURED = ("benchmarks", "configs", "pipeline", "requirements.txt", "setup.py", "testing", "tests", "transforms")


@dataclass(frozen=True)
class Machine:
    """A machine, as far as figures depend on it.

    Attributes:
        cores: Processors that this process may use.
        memory_gb: Memory of the whole machine, in units of 10^9 bytes.
        busy: Share of the machine's processor time that others used just before.
    """

    cores: int
    memory_gb: float
    processor: str
    system: str
    python: str
    busy: float


def this_machine() -> Machine:
    """Return the machine as it is now; looks for a second at what others do."""
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
        processor=_processor(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        busy=round(psutil.cpu_percent(_LOOK_S) / 100, 2),
    )


def commit() -> tuple[str, bool]:
    """Return the commit that is checked out ("" outside of Git), and whether what is measured differs from it."""
    found = _git("rev-parse", "--short=10", "HEAD")
    return found, bool(found and _git("status", "--porcelain", "--", *_MEASURED))


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):  # an sdist, or a machine without Git
        return ""
    return done.stdout.strip()


@cache
def _processor() -> str:
    """Return the processor's name; `platform.processor` has none on most Linux systems."""
    try:
        found = re.search(r"^model name\s{0,9}: (.{1,200})$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor()
