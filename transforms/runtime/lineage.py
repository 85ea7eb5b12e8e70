"""Where data comes from and goes to, as metrics of Beam that data catalogues collect from runners.

Beam keeps at most some hundred names for each of the two, and shortens further ones to their beginnings.
"""

from urllib.parse import urlsplit

from apache_beam.metrics.metric import Lineage

_SYSTEMS = {"gs": "gcs", "s3": "s3", "az": "abs"}


def note_source(location: str) -> None:
    """Note what is read: a URL or a path. Only for use in a DoFn."""
    _add(Lineage.sources(), location)


def note_sink(location: str) -> None:
    """Note what is written to: the folder or URL of a table. Only for use in a DoFn."""
    _add(Lineage.sinks(), location)


def _add(lineage: Lineage, location: str) -> None:
    parts = urlsplit(location) if "://" in location else None
    if parts is None or parts.scheme == "file":
        lineage.add("filesystem", "localhost", parts.path if parts else location, last_segment_sep="/")
        return
    path = parts.path.lstrip("/")  # without the query, which may have a key
    system = _SYSTEMS.get(parts.scheme, parts.scheme)
    segments = (parts.netloc.rpartition("@")[2], *([path] if path else []))
    lineage.add(system, *segments, last_segment_sep="/")
