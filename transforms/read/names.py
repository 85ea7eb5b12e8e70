"""Selects files of a drop by name. No Beam here: the config imports it."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class NameFilter:
    """Which files of a drop are read, by shell patterns (`*.xml`) that ignore case.

    Attributes:
        include: Files that match one of these; all, if there are none.
        exclude: Files that match one of these are not read.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, path: str) -> bool:
        """Return whether a file is read: a pattern with slashes matches the end of its path, any other its name."""
        included = not self.include or any(_fits(path, pattern) for pattern in self.include)
        return included and not any(_fits(path, pattern) for pattern in self.exclude)


def _fits(path: str, pattern: str) -> bool:
    depth = pattern.count("/") + 1
    # fnmatchcase, since fnmatch ignores case on some systems only, and a config has to mean the same everywhere.
    return fnmatchcase("/".join(path.split("/")[-depth:]).lower(), pattern.lower())


EVERY_NAME = NameFilter()
