"""Which files of a drop a config means. No Beam here: the config knows it."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class NameFilter:
    """Which files of a drop are read, by patterns as shells have them (`*.xml`), whatever the case.

    Attributes:
        include: Files that match one of these; all, if there are none.
        exclude: But not those that match one of these.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, path: str) -> bool:
        """Return whether a file is read: patterns with a slash are of the end of its path, others of its name."""
        included = not self.include or any(_fits(path, pattern) for pattern in self.include)
        return included and not any(_fits(path, pattern) for pattern in self.exclude)


def _fits(path: str, pattern: str) -> bool:
    depth = pattern.count("/") + 1
    return fnmatchcase("/".join(path.split("/")[-depth:]).lower(), pattern.lower())


EVERY_NAME = NameFilter()
