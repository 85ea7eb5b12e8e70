"""The row in `runs/` of a command that writes to an output: from the moment it may write until it ends."""

import json
import logging
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from newsbeam.pipeline.batch.summary import Summary
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.exit_status import DONE, FAILED, INTERRUPTED, in_one_line, was_interrupted
from newsbeam.pipeline.expectations import expectations
from newsbeam.pipeline.reports.run_report import OUTCOMES
from newsbeam.pipeline.settings import list_versions
from newsbeam.transforms.common.version import newsbeam_version
from newsbeam.transforms.enrich.packages import model_versions
from newsbeam.transforms.ids import digest
from newsbeam.transforms.records import KEY_FORMAT
from newsbeam.transforms.runtime import metrics
from newsbeam.transforms.write.run_record import SUBMITTED, ErrorCount, ListUsed, ModelUsed, Run
from newsbeam.transforms.write.runs import begin_run, end_run, settle_runs
from newsbeam.transforms.write.store import Store

_LOGGER = logging.getLogger(__name__)


@dataclass
class RecordedRun:
    """The row of a run, while it runs.

    Attributes:
        row: What is known of it.
        goes_on: The command ends, and the run goes on: it is a cluster's job.
    """

    row: Run
    goes_on: bool = False

    def count(self, config: Config, counts: Counter[str]) -> None:
        """Add the counts of a stream that ends."""
        from newsbeam.pipeline.batch.counts import counted_rows, named_counts

        found = counted_rows(config, counts)
        # The summary shows it; `runs/` has no column for it.
        del found["without_model"]
        documents = named_counts(counts, metrics.POLLS).get("ok", 0)
        forgotten = named_counts(counts, metrics.PARAGRAPHS_FORGOTTEN)
        self.row = replace(
            self.row,
            documents=documents,
            paragraphs_out_of_window=forgotten.get("age", 0),
            paragraphs_out_of_memory=forgotten.get("memory", 0),
            **found | _by_error(found["dead_letters"]),
        )

    def finish(self, summary: Summary, exit_status: int) -> None:
        """Add the results of the run."""
        outcome = OUTCOMES[exit_status]
        self.row = replace(self.row, exit_status=exit_status, outcome=outcome, **run_counts(summary))


def new_run_id() -> str:
    """Return a unique id for a run or a submission. Those of one output sort by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}{secrets.token_hex(3)}"


@contextmanager
def recorded(
    store: Store, config: Config, command: str, runner: str = "", *, submitted: bool = False, locked: bool = True
) -> Iterator[RecordedRun]:
    """Keep the row of a run in `runs/`: one while the block runs, another in its place when it ends.

    Args:
        store: The output.
        config: Its config; the row has it without secrets.
        command: The name of the command.
        runner: Beam's runner.
        submitted: It is a job of a cluster, which may go on when the command dies.
        locked: The command holds the output's lock; then rows of runs that died are completed, too.
    """
    if locked:
        settle_runs(store)
    run = RecordedRun(_new_row(config, command, runner))
    if submitted:
        run.row = replace(run.row, outcome=SUBMITTED)
    begun = _begin(store, run.row, locked)
    try:
        yield run
        if run.row.exit_status is None and not run.goes_on:
            run.row = replace(run.row, exit_status=DONE, outcome=OUTCOMES[DONE])
    # Also Ctrl-C and SystemExit, which `Exception` leaves out.
    except BaseException as error:
        if not run.goes_on:
            run.row = replace(run.row, **_failure(error))
        raise
    finally:
        if begun:
            _try_to_end(store, run)


@contextmanager
def unrecorded(config: Config, command: str, runner: str) -> Iterator[RecordedRun]:
    """Give a run an id and no row in `runs/`."""
    yield RecordedRun(_new_row(config, command, runner))


def shown_options(run: Run, output: str) -> tuple[str, ...]:
    """Return the options by which a job says what it runs; see `runners/options.py`."""
    return (
        f"--newsbeam_version={run.newsbeam}",
        f"--newsbeam_command={run.command}",
        f"--newsbeam_output={output}",
        f"--newsbeam_run_id={run.run_id}",
        f"--newsbeam_config_hash={run.config_hash}",
    )


def config_json(config: Config) -> str:
    """Return a config as JSON: secrets are asterisks, and what has its default is left out."""
    return json.dumps(config.model_dump(mode="json", exclude_defaults=True), sort_keys=True)


def run_counts(summary: Summary) -> dict[str, Any]:
    """Return the attributes of a Run that a summary has."""
    of_rows = (
        *("entries_new", "entries_updated", "entries_unchanged"),
        *("paragraphs_new", "paragraphs_exact", "paragraphs_near", "paragraphs_contained"),
        *("entities", "repaired"),
    )
    return {
        **{name: getattr(summary, name) for name in of_rows},
        **(_of_sources(summary) if summary.documents is None else {"documents": summary.documents}),
        **_by_error(summary.dead_letters),
    }


def _of_sources(summary: Summary) -> dict[str, Any]:
    failed = len(summary.failed)
    return {
        "sources": summary.sources,
        "sources_unchanged": summary.sources_unchanged,
        "sources_not_due": summary.sources_not_due,
        "sources_failed": failed,
        "documents": max(0, summary.sources - summary.sources_unchanged - summary.sources_not_due - failed),
        "failed": tuple(summary.failed),
    }


def _by_error(dead_letters: Mapping[str, int]) -> dict[str, Any]:
    errors = tuple(ErrorCount(*item) for item in sorted(dead_letters.items()))
    return {"dead_letters": sum(dead_letters.values()), "errors": errors}


def _new_row(config: Config, command: str, runner: str) -> Run:
    text = config_json(config)
    models = model_versions(config.entities.models)
    return Run(
        run_id=new_run_id(),
        command=command,
        runner=runner,
        began_at=datetime.now(UTC),
        config_hash=digest("config", text),
        config=text,
        newsbeam=newsbeam_version(),
        beam=version("apache-beam"),
        key_format=KEY_FORMAT,
        models=tuple(ModelUsed(language, model) for language, (model,) in models.items()),
        expected=expectations(config) if command in ("run", "stream") else (),
        lists=tuple(ListUsed(name, hashed) for name, (hashed,) in sorted(list_versions(config).items())),
    )


def _begin(store: Store, row: Run, locked: bool) -> bool:
    """Write the row of a run that begins; return whether it is there."""
    try:
        begin_run(store, row, locked)
    except OSError as error:
        if locked:
            raise
        # What submits a stream need not reach the output of its cluster.
        _LOGGER.warning("this submission has no row in runs/: %s", error)
        return False
    return True


def _failure(error: BaseException) -> dict[str, Any]:
    interrupted = was_interrupted(error)
    message = in_one_line(error) if isinstance(error, Exception) and not interrupted else ""
    status = INTERRUPTED if interrupted else FAILED
    return {"exit_status": status, "outcome": OUTCOMES[status], "error": message}


def _ended(run: RecordedRun) -> Run:
    return run.row if run.goes_on else replace(run.row, ended_at=datetime.now(UTC))


def _try_to_end(store: Store, run: RecordedRun) -> None:
    """Write the row of a run that has ended; failing here would call rows lost that are there."""
    try:
        end_run(store, _ended(run))
    except OSError as error:
        _LOGGER.warning("the row of this run in runs/ was not completed: %s", error)
