"""Starts a program that ends when a process does.

    python -I -S prism_launcher.py PORT PROGRAM [ARGUMENT ...]

    the process   listens on PORT, which the kernel closes however the process ends
    this one      connects to it, leaves a watcher behind, and becomes the program
    the watcher   waits for the end of the connection, and kills the program then

So there is no moment at which the process can be killed and the program stays: without a listener it does not start.
Unlike Linux's PR_SET_PDEATHSIG, this works on macOS too. Nothing but a little of the standard library: it takes 20 ms.
"""

import os
import signal
import socket
import sys
from contextlib import suppress


def main(port: int, command: list[str]) -> None:
    """Become `command`, which is killed at the end of the connection to `port`."""
    try:
        lifeline = socket.create_connection(("127.0.0.1", port))
    except OSError:
        sys.exit("the process that wants this program has ended")
    program = os.getpid()
    if os.fork() == 0:
        _watch(lifeline, program)
    os.execv(command[0], command)  # noqa: S606 - ours


def _watch(lifeline: socket.socket, program: int) -> None:
    os.setsid()  # Ctrl-C goes to the whole group
    with open(os.devnull, "r+b") as nothing:
        for descriptor in range(3):  # whoever reads what the program prints waits for the end of it
            os.dup2(nothing.fileno(), descriptor)
    with suppress(OSError):  # reset, since nobody has accepted it
        lifeline.recv(1)
    if os.getppid() == program:
        os.kill(program, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
