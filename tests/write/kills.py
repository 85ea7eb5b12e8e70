"""Processes that kill themselves in the middle of writing an output."""

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from newsbeam.transforms.write.store import Store


def fork(action: Callable[[], Any]) -> int:
    """Call `action` in a forked process; return its exit status, negative if a signal ended it."""
    pid = os.fork()
    if not pid:
        action()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def die_at(step: int) -> Callable[[], None]:
    """Make this process kill itself at its `step`-th step; return the function that takes a step.

    Writing a file is a step, too: the process dies with half of the file written.
    """
    steps = itertools.count()

    def tick(cut_off: Callable[[], object] = lambda: None) -> None:
        if next(steps) == step:
            cut_off()
            os.kill(os.getpid(), signal.SIGKILL)

    write = Store.write

    @contextmanager
    def dying_write(self: Store, name: str) -> Iterator[Any]:
        with write(self, name) as file:
            yield file
            file.flush()
            tick(lambda: os.truncate(file.fileno(), file.tell() // 2))

    Store.write = dying_write  # type: ignore
    return tick
