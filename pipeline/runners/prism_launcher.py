"""Starts a program that ends when another process ends.

    python -I -S prism_launcher.py PORT PROGRAM [ARGUMENT ...]

    the process   listens on PORT, which the kernel closes when the process ends for any reason
    this one      connects to it, forks a watcher, and becomes the program
    the watcher   waits for the end of the connection, and then kills the program

So the program can't outlive the process: without a listener it does not start. Unlike Linux's PR_SET_PDEATHSIG, this
works on macOS too. It imports little, only of the standard library: it takes 20 ms.
"""

import os
import signal
import socket
import sys
from contextlib import suppress


def main(port: int, command: list[str]) -> None:
    """Become `command`, which the watcher kills at the end of the connection to `port`."""
    try:
        lifeline = socket.create_connection(("127.0.0.1", port))
    except OSError:
        sys.exit("the process that started this program has ended")
    program = os.getpid()
    if os.fork() == 0:
        _watch(lifeline, program)
    # It becomes the program, so that this pid, which Beam and the watcher know, is the program's.
    os.execv(command[0], command)  # noqa: S606 - ours


def _watch(lifeline: socket.socket, program: int) -> None:
    os.setsid()  # Ctrl-C goes to the whole group
    with open(os.devnull, "r+b") as nothing:
        for descriptor in range(3):  # else a reader of the program's output would wait for the watcher, too
            os.dup2(nothing.fileno(), descriptor)
    with suppress(OSError):  # a reset, since the connection was never accepted
        lifeline.recv(1)
    # Only while it is the parent: after its end the pid may be another program's.
    if os.getppid() == program:
        os.kill(program, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
