"""Archives: how fast their members are read, and that memory does not grow with their size."""

import gzip
import io
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

from benchmarks.lib.corpus import corpus_name, stories
from benchmarks.lib.figures import Figure, scaled
from newsbeam.transforms.read.archives import unpack

MEMBERS = 20_000
BODY_BYTES = 20_000
TEXTS = 500
MAX_BYTES = 64_000_000

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss>"
_RECORD = (
    b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/%d\r\n"
    b"Content-Length: %d\r\n\r\n%b\r\n\r\n"
)


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Yield speed and memory of each kind of archive."""
    members = scaled(MEMBERS, scale, 200)
    bodies = _bodies()
    with tempfile.TemporaryDirectory(prefix="newsbeam-bench-") as folder:
        for kind, write in _WRITERS.items():
            few, many = Path(folder, f"few.{kind}"), Path(folder, f"many.{kind}")
            write(few, islice(cycle(bodies), members // 10))
            write(many, islice(cycle(bodies), members))
            (_, small), (seconds, large) = _measured(few), _measured(many)
            note = (
                f"{members:,} members of {BODY_BYTES // 1000} kB of {corpus_name()}, {many.stat().st_size / 1e6:.0f} MB"
            )
            yield Figure(f"archives.{kind}", members * BODY_BYTES / seconds / 1e6, "", "MB/s", f"unpacked; {note}")
            yield Figure(
                f"archives.{kind}_memory", large / small, "<= 1.1", "x", "peak, against a tenth of the members"
            )


def _bodies() -> list[bytes]:
    text = "\n".join(body for _, body in stories(2_000)).encode()
    step = max(1, (len(text) - BODY_BYTES) // TEXTS)
    return [text[start : start + BODY_BYTES] for start in range(0, len(text) - BODY_BYTES, step)][:TEXTS]


def _write_warc(path: Path, bodies: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        for number, body in enumerate(bodies):
            block = _HEAD + body
            file.write(gzip.compress(_RECORD % (number, len(block), block), 6))


def _write_tar(path: Path, bodies: Iterator[bytes]) -> None:
    with tarfile.open(path, "w:gz", compresslevel=6) as file:
        for number, body in enumerate(bodies):
            member = tarfile.TarInfo(f"{number}.txt")
            member.size = len(body)
            file.addfile(member, io.BytesIO(body))


def _write_zip(path: Path, bodies: Iterator[bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for number, body in enumerate(bodies):
            file.writestr(f"{number}.txt", body)


_WRITERS: dict[str, Callable[[Path, Iterator[bytes]], None]] = {
    "warc": _write_warc,
    "tar": _write_tar,
    "zip": _write_zip,
}


def _measured(path: Path) -> tuple[float, int]:
    """Return seconds and peak memory of a process that reads an archive."""
    done = subprocess.run([sys.executable, "-m", __name__, str(path)], check=True, stdout=subprocess.PIPE, text=True)
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak)


def _read(path: str) -> None:
    started = time.perf_counter()
    with open(path, "rb") as file:
        if errors := [member.error for member in unpack(file, path, MAX_BYTES) if member.error or not member.body]:
            raise RuntimeError(errors[:3])
    # Not ru_maxrss: on Linux that of a new process begins with its parent's.
    status = Path("/proc/self/status").read_text()
    print(time.perf_counter() - started, status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    _read(sys.argv[1])
