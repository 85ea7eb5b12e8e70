"""newsbeam alert: sends what the config's alerts find. As in `cli`, the command imports what it needs."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from newsbeam.pipeline.exit_status import DONE, INCOMPLETE, BadUsage, in_one_line
from newsbeam.pipeline.options import CONFIG, Log, logged
from newsbeam.pipeline.reading_commands import require
from newsbeam.pipeline.usable_config import usable_config

if TYPE_CHECKING:
    from newsbeam.pipeline.alerts.send import AlertSender
    from newsbeam.pipeline.config.model import Config


@click.command()
@CONFIG
@click.option("--output", metavar="DIR", help="Read this output instead of the config's `output`.")
@click.option("--watch", metavar="INTERVAL", help="Go on until stopped, and look again after this time, such as 30s.")
@logged
def alert(config_path: str, output: str | None, watch: str | None, log: Log) -> int:
    """Send the alerts of CONFIG: what its rules find in the output and have not found before.

    It can work while a run or a stream writes to the output. Exit status 5 if a receiver did not take an alert; the
    next call tries again.
    """
    pause_s = _interval(watch)
    config = usable_config(config_path, output)
    if not config.alerts:
        raise BadUsage(f"{config_path}: no alerts: add some, as docs/alerts.md says")
    sender = usable_alerts(config, config_path)
    from newsbeam.pipeline.alerts.send import done_lines, problem_lines

    display = log.display(lines_only=True)
    with log.failing_as("the sending of alerts"):
        if pause_s is not None:
            _watch(sender, pause_s, display.tell, display.tell_error)
        report = sender.send()
        for line in done_lines(report):
            display.tell(line)
        for line in problem_lines(report):
            display.tell_error(line)
    return INCOMPLETE if report.problems else DONE


def usable_alerts(config: "Config", config_path: str) -> "AlertSender":
    """Return what sends the alerts of a config.

    Raises:
        BadUsage: The words of a rule can't be searched for, or what searches is not installed.
    """
    if any(each.words for each in config.alerts):
        require("tantivy")
    from newsbeam.pipeline.alerts.rules import RuleError
    from newsbeam.pipeline.alerts.send import alert_sender

    try:
        return alert_sender(config)
    except RuleError as error:
        raise BadUsage(f"{config_path}: {error}") from error


def _interval(text: str | None) -> float | None:
    from newsbeam.pipeline.config.values import parse_duration

    try:
        return parse_duration(text).total_seconds() if text else None
    except ValueError as error:
        raise BadUsage(f"--watch: {error}") from error


def _watch(
    sender: "AlertSender", pause_s: float, tell: Callable[[str], None], tell_error: Callable[[str], None]
) -> None:
    """Look again and again until stopped; what fails is a line, since the next look may not."""
    from newsbeam.pipeline.alerts.send import done_lines, problem_lines

    said: list[str] = []
    while True:
        try:
            report = sender.send()
            done, problems = done_lines(report), problem_lines(report)
        except Exception as error:  # noqa: BLE001 - an output that is not there yet, a store that is down
            done, problems = [], [f"warning: alerts: {in_one_line(error)}"]
        for line in done:
            tell(line)
        # A receiver that is down is said once, and again when it is another reason.
        for line in (each for each in problems if each not in said):
            tell_error(line)
        said = problems
        time.sleep(pause_s)
