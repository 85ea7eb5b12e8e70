"""The folder of public test data, which is not a part of this repository."""

import os
from pathlib import Path

MISSING = "needs the public test data in ../shared/data (set NEWSBEAM_SHARED_DATA to say where it is)"


def shared_data() -> Path | None:
    """Return the folder of public test data ($NEWSBEAM_SHARED_DATA, or beside the repo); None where it is missing."""
    folder = Path(os.environ.get("NEWSBEAM_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    return folder if folder.is_dir() else None
