"""Sends the alerts of a config: reads the committed output, and writes to the table `alerts` what it has done.

    find      what the rules are about and was not found before
    record    it as found: from here on it has its id and its text, whatever becomes of the rows
    send      what is found and not sent to each receiver, and record it as sent

It is a reader of the output, so it is the same after a run, beside a stream, and on an object store. Nothing in the
output tells whether a receiver has got what was sent when the sender died before it recorded that. Then it is sent
again: at least once, never lost, with the same id, by which a receiver can tell. At most once would lose it instead.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb

from newsbeam.pipeline.alerts.find import STATE, find, rows_of
from newsbeam.pipeline.alerts.messages import Found
from newsbeam.pipeline.alerts.receivers import DeliveryError, Way, deliver
from newsbeam.pipeline.alerts.rules import KILLED, Rule
from newsbeam.pipeline.config.model import Config
from newsbeam.pipeline.reports.reading import view_database
from newsbeam.transforms.common.plurals import counted
from newsbeam.transforms.read.http import USER_AGENT
from newsbeam.transforms.write.alert_ledger import alerts_lock, record
from newsbeam.transforms.write.alert_record import AlertState, State
from newsbeam.transforms.write.store import Store

_WAITING = """
    SELECT alert_id, any_value(rule) AS rule, any_value(about) AS about, receiver, any_value(source) AS source,
           any_value(entry_id) AS entry_id, any_value(entry_version) AS entry_version, any_value(message) AS message,
           min(recorded_at) AS found_at, count(*) FILTER (state = 'failed') AS failures
    FROM alerts GROUP BY alert_id, receiver HAVING bool_and(state IN ('found', 'failed'))
    ORDER BY found_at, alert_id, receiver
"""
_STATES = f"SELECT entry_id, {STATE} FROM latest_entries WHERE list_contains($1, entry_id)"  # noqa: S608


@dataclass
class Report:
    """What one call did.

    Attributes:
        states: Number of alerts by their new state, one for each receiver.
        problems: Why receivers did not take alerts, a line each.
    """

    states: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class AlertSender:
    """Sends the alerts of a config.

    Args:
        config: Its rules, and the output.
        rules: The rules (`Rule.of`).
        way: How alerts leave this machine.
        clock: Tells the time.
    """

    def __init__(
        self, config: Config, rules: Sequence[Rule], way: Way, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ):
        self._output, self._lease_s = config.output, config.lock_lease.total_seconds()
        self._rules = {rule.name: rule for rule in rules}
        self._way, self._clock = way, clock

    def send(self) -> Report:
        """Find what is new, and send what was not sent.

        Raises:
            AlertsLockedError: Another process sends alerts of the output.
            LeaseLostError: Another process may have begun to; nothing more is sent.
            ReportError: The output has no rows, or can't be read.
            OSError: The output can't be written to.
        """
        store, report = Store(self._output), Report()
        with ExitStack() as lock:
            with view_database(self._output) as database:
                # Not before: the lock is a file, and what can't be read is not written to.
                verify = lock.enter_context(alerts_lock(store, self._lease_s))
                now = self._clock()
                waiting = rows_of(database, _WAITING)
                new = find(database, list(self._rules.values()), now)
                states = _states(database, [row["entry_id"] for row in waiting if row["entry_id"]])
            found = [state for each in new for state in self._found(each, now)]
            # Before it is sent: now its text stays, whatever becomes of the rows.
            record(store, found)
            report.states["found"] += len(found)
            rows = [*waiting, *(vars(state) | {"found_at": now, "failures": 0} for state in found)]
            # What a receiver has refused comes last: it must not keep the others from it.
            self._send_all(store, sorted(rows, key=lambda row: row["failures"]), states, verify, report)
        return report

    def _found(self, found: Found, now: datetime) -> Iterable[AlertState]:
        about = (found.source, found.entry_id, found.entry_version, found.message)
        for receiver in self._rules[found.rule].alert.receivers:
            yield AlertState(found.alert_id, found.rule, found.about, receiver, "found", now, *about)

    def _send_all(
        self,
        store: Store,
        waiting: Iterable[dict[str, Any]],
        states: dict[str, str],
        verify: Callable[[], None],
        report: Report,
    ) -> None:
        """Send alerts one after another; a receiver that fails is left alone until the next call."""
        down: set[tuple[str, str]] = set()
        for row in waiting:
            rule, to = self._rules.get(row["rule"]), (row["rule"], row["receiver"])
            # Another config can write to the output: what its rules have found is its own.
            if rule is None or row["receiver"] not in rule.alert.receivers:
                continue
            ended = self._ended(rule, row, states)
            if ended is None and (to in down or states.get(row["entry_id"]) == "embargoed"):
                report.states["waiting"] += 1
                continue
            # Before each one: sending takes time, in which another process may have taken over the lock.
            verify()
            state, why = ended or self._try(rule, row)
            if state == "failed":
                down.add(to)
                report.problems.append(f"{rule.name} ({row['receiver']}): {why}")
            report.states[state] += 1
            # One by one: a sender that dies repeats one alert, and not all.
            record(store, [_next_state(row, state, why, self._clock())])

    def _ended(self, rule: Rule, row: dict[str, Any], states: dict[str, str]) -> tuple[State, str] | None:
        """Return how an alert has ended without being sent; None if it has not."""
        state = states.get(row["entry_id"], "usable")
        if row["about"] != "kill" and state in KILLED:
            return "dropped", f"the story is {state}"
        if row["found_at"] < self._clock() - rule.alert.max_age:
            return "expired", "it could not be sent for as long as max_age"
        return None

    def _try(self, rule: Rule, row: dict[str, Any]) -> tuple[State, str]:
        try:
            deliver(row["receiver"], rule.alert, row["alert_id"], row["message"], self._way)
        except DeliveryError as error:
            return "failed", str(error)
        except Exception as error:  # noqa: BLE001 - a fault here must not keep the other alerts
            return "failed", type(error).__name__  # its text may have a secret
        return "sent", ""


def alert_sender(config: Config) -> AlertSender:
    """Return what sends the alerts of a config.

    Raises:
        RuleError: The `words` of a rule have no word to search for.
    """
    way = Way(config.fetch.allow_networks, config.fetch.user_agent or USER_AGENT)
    return AlertSender(config, [Rule.of(alert) for alert in config.alerts], way)


def done_lines(report: Report) -> list[str]:
    """Return what a call has done, in a line for people; none if there was nothing to do."""
    done = [f"{report.states[state]:,} {state}" for state in ("sent", "dropped", "expired") if report.states[state]]
    return [f"alerts: {', '.join(done)}"] if done else []


def problem_lines(report: Report) -> list[str]:
    """Return what a call could not do, in lines for people."""
    left = report.states["failed"] + report.states["waiting"]
    waiting = [f"warning: alerts: {counted(left, 'alert')} not sent yet; the next call tries again"] * bool(left)
    return [*(f"warning: alerts: {problem}" for problem in report.problems), *waiting]


def _next_state(row: dict[str, Any], state: State, why: str, now: datetime) -> AlertState:
    kept = (row["alert_id"], row["rule"], row["about"], row["receiver"])
    entry = (row["source"] or "", row["entry_id"] or "", row["entry_version"])
    return AlertState(*kept, state, now, *entry, error=why)


def _states(database: duckdb.DuckDBPyConnection, entries: Sequence[str]) -> dict[str, str]:
    """Return the present state of entries."""
    return dict(database.execute(_STATES, [list(entries)]).fetchall()) if entries else {}
