"""The table of alerts, on disk and in an object store."""

from datetime import UTC, datetime

import pytest

from newsbeam.transforms.write.alert_ledger import AlertsLockedError, alerts_lock, record
from newsbeam.transforms.write.alert_record import AlertState
from newsbeam.transforms.write.lock import output_lock
from newsbeam.transforms.write.parquet import list_files, row_groups
from newsbeam.transforms.write.schema import ALERTS
from newsbeam.transforms.write.store import Store

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def states(store: Store) -> list[tuple[str, str]]:
    rows = [group.read(ALERTS.names) for group in row_groups(store, "alerts", list_files(store, "alerts"))]
    return sorted((row["alert_id"], row["state"]) for table in rows for row in table.to_pylist())


def test_states_are_rows(any_store: Store) -> None:
    found = [AlertState(name, "kills", "kill", "mail", "found", NOON, message="{}") for name in ("a", "b")]
    record(any_store, found)
    record(any_store, [AlertState("a", "kills", "kill", "mail", "sent", NOON)])
    record(any_store, found)  # again: the same file
    record(any_store, [])
    assert states(any_store) == [("a", "found"), ("a", "sent"), ("b", "found")]


def test_one_sender_works_beside_a_writer(any_store: Store) -> None:
    with output_lock(any_store), alerts_lock(any_store, 0.4) as verify:
        verify()
        with pytest.raises(AlertsLockedError, match="is sending alerts of"), alerts_lock(any_store, 0.4):
            pass
    with alerts_lock(any_store, 0.4):
        pass
