"""The quiet period: a wire's file is read once it has stayed the same for a given time. No Beam here.

A run waits once for all files that are too young (`wait_for_quiet_files`). A stream lists its drops again and again,
and keeps from one listing to the next what it has seen (`StabilityCheck`).
"""

import time
from collections.abc import Mapping, Sequence

from newsbeam.transforms.common.file_stat import FileStat
from newsbeam.transforms.common.objects import is_object_url
from newsbeam.transforms.read.files import stat_file
from newsbeam.transforms.read.sources import WireFile
from newsbeam.transforms.records import Source


def local_stat(source: Source) -> FileStat | None:
    """Return size and time of a wire's file on disk when it was listed; None for any other source.

    An object of a store appears when it is complete.
    """
    return source.stat if isinstance(source, WireFile) and not is_object_url(source.location) else None


def quiet_period_left_s(source: Source, now_s: float) -> float:
    """Return the seconds until a file has been quiet long enough, by its own time; 0.0 if it has, or needs no wait.

    A time in the future, which another machine's clock may write, counts as now.
    """
    stat = local_stat(source)
    if stat is None or not isinstance(source, WireFile):
        return 0.0
    return max(0.0, source.quiet_period_s - max(0.0, now_s - stat.modified_ns / 1e9))


def has_changed(source: Source) -> bool:
    """Return whether a wire's file on disk has changed or gone since it was listed."""
    stat = local_stat(source)
    return stat is not None and stat_file(source.location) != stat


def wait_for_quiet_files(sources: Sequence[Source]) -> tuple[list[Source], list[Source]]:
    """Wait for files that changed a moment ago; return the sources to read, and those that are still being written.

    All young files are waited for together, at most for the longest quiet period. Those that changed or went away
    meanwhile are for the next run.
    """
    now_s = time.time()
    left_s = {source.location: left for source in sources if (left := quiet_period_left_s(source, now_s)) > 0}
    if not left_s:
        return list(sources), []
    # Once for all: one wait a file would add up to hours for a drop.
    time.sleep(max(left_s.values()))
    changed = {source.location for source in sources if source.location in left_s and has_changed(source)}
    return (
        [source for source in sources if source.location not in changed],
        [source for source in sources if source.location in changed],
    )


class StabilityCheck:
    """Tells which files of a wire have been quiet long enough. Keeps the young ones from one listing to the next."""

    def __init__(self) -> None:
        self._young: dict[str, tuple[FileStat, float]] = {}

    def stable(self, sources: Sequence[Source]) -> list[Source]:
        """Return the sources that can be read; called with each listing of the wire.

        A file whose time is in the future is one once it has looked the same for the quiet period.
        """
        # A file that is no longer listed is forgotten, or a drop of millions of names would stay in memory.
        before, self._young = self._young, {}
        now_s, at = time.time(), time.monotonic()
        return [source for source in sources if self._is_stable(source, before, now_s, at)]

    def _is_stable(self, source: Source, before: Mapping[str, tuple[FileStat, float]], now_s: float, at: float) -> bool:
        stat = local_stat(source)
        if stat is None or not isinstance(source, WireFile) or not quiet_period_left_s(source, now_s):
            return True
        seen, since = before.get(source.location, (stat, at))
        # Monotonic time of our own: a file whose clock is ahead never gets old by its own time.
        since = since if seen == stat else at
        self._young[source.location] = stat, since
        return at - since >= source.quiet_period_s
