"""A program that ends with the process that started it, for any reason."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from newsbeam.pipeline.runners import prism_launcher

LAUNCHER = [sys.executable, "-I", "-S", prism_launcher.__file__]
OWNER = """
import socket, subprocess, sys
lifeline = socket.create_server(("127.0.0.1", 0))
launcher = [*sys.argv[1:-1], str(lifeline.getsockname()[1]), sys.argv[-1], "600"]
with subprocess.Popen(launcher, stdout=subprocess.PIPE) as program:
    print(program.pid, flush=True)
    program.wait()
"""


@pytest.fixture
def sleeper(tmp_path: Path) -> str:
    """`sleep` under a name that no other process has."""
    (tmp_path / "sleeper").symlink_to("/bin/sleep")
    return str(tmp_path / "sleeper")


def users_of(program: str) -> list[psutil.Process]:
    """Return the processes that are, or start, a program."""
    return [each for each in psutil.process_iter(["cmdline"]) if program in (each.info["cmdline"] or ())]


def until(reached: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.01)


def owner(program: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-S", "-c", OWNER, *LAUNCHER, program], stdout=subprocess.PIPE)


@pytest.mark.parametrize("delay_ms", [0, 5, 10, 15, 20, 25, 30, 40, 60, 100])
def test_it_ends_with_its_owner_however_early_that_is_killed(sleeper, delay_ms):
    with owner(sleeper) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay_ms / 1000)
        process.kill()
    until(lambda: not users_of(sleeper))


def test_signals_reach_the_program_and_not_its_watcher(sleeper):
    with owner(sleeper) as process:
        assert process.stdout is not None
        program = psutil.Process(int(process.stdout.readline()))
        until(program.children)
        [watcher] = program.children()
        assert os.getpgid(program.pid) == os.getpgid(process.pid)
        until(lambda: os.getpgid(watcher.pid) == watcher.pid)
        program.send_signal(signal.SIGTERM)  # SIGINT is ignored in what a shell started in the background
    assert process.returncode == 0
    until(lambda: not users_of(sleeper))


def test_without_an_owner_nothing_starts(sleeper):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    ended = subprocess.run([*LAUNCHER, str(port), sleeper, "600"], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (1, "the process that started this program has ended\n")
