"""Records of runs."""

from datetime import datetime
from typing import Any

from newsbeam.transforms.write.run_record import ModelUsed, Run


def a_run(run_id: str, began_at: datetime, **fields: Any) -> Run:
    """Return a run that has just begun; `fields` replace what it has."""
    models = (ModelUsed("en", "en_core_web_sm 3.8.0"),)
    given = {"config_hash": "c0", "config": "{}", "newsbeam": "1", "beam": "2", "key_format": 2, "models": models}
    return Run(**{"run_id": run_id, "command": "run", "runner": "FnApiRunner", "began_at": began_at, **given, **fields})
