"""What the Flex Template runs: `newsbeam stream` with the template's parameters.

A template has named parameters only, and its config is in Cloud Storage; all else goes on to Beam. Nothing here is
pickled with the graph.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from apache_beam.io.filesystems import FileSystems

from newsbeam.pipeline.cli import main


def arguments(argv: Sequence[str], folder: Path) -> list[str]:
    """Return the arguments of `newsbeam` for those of the template; the config is copied to `folder`."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--config", required=True)
    parser.add_argument("--output")
    parser.add_argument("--warm_start", choices=["true", "false"], default="false")
    given, beam_options = parser.parse_known_args(argv)
    config = folder / Path(given.config).name
    with FileSystems.open(given.config) as file:
        config.write_bytes(file.read())
    output = [f"--output={given.output}"] if given.output else []
    warm = ["--warm-start"] if given.warm_start == "true" else []
    return ["stream", str(config), *output, *warm, *beam_options]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(arguments(sys.argv[1:], Path(folder))))
