"""The table `alerts`: what has been found for the rules of a config, and whether it was sent. No Beam here.

A row is one state of one alert for one of its receivers, and stays:

    found     before anything is sent: from here on the alert has its id and its text
    sent      after the receiver has taken it
    failed    the receiver did not take it; it is tried again
    dropped   it will not be sent: the story was killed or put under embargo meanwhile
    expired   it will not be sent: the receiver did not take it for as long as the rule allows

So an alert that is found and not sent is sent again, with its id. Each file has a name of its own, is written once and
appears complete: it needs no commit of several files, and a run or a stream can write to the output meanwhile.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from newsbeam.transforms.ids import digest
from newsbeam.transforms.write.alert_record import AlertState
from newsbeam.transforms.write.lease import LEASE_S
from newsbeam.transforms.write.parquet import file_name, write_table
from newsbeam.transforms.write.schema import alert_table, split_by_day
from newsbeam.transforms.write.side_lock import SideLockedError, side_lock
from newsbeam.transforms.write.store import Store

LOCK = "_alerts_lock"


class AlertsLockedError(Exception):
    """Another process sends alerts of the output."""


@contextmanager
def alerts_lock(store: Store, lease_s: float = LEASE_S) -> Iterator[Callable[[], None]]:
    """Keep other senders of alerts out until the block ends.

    Yields:
        A function that raises `LeaseLostError` if another sender may have taken the lock.

    Raises:
        AlertsLockedError: Another process sends alerts of the output.
    """
    try:
        with side_lock(store, LOCK, "newsbeam alert", lease_s) as verify:
            yield verify
    except SideLockedError as error:
        raise AlertsLockedError(f"{str(error) or 'another process'} is sending alerts of {store.root}") from None


def record(store: Store, states: Sequence[AlertState]) -> None:
    """Write states of alerts; they are on disk when this returns."""
    for day, rows in split_by_day(alert_table(states), "recorded_at").items() if states else ():
        keys = [digest(each.alert_id, each.receiver, each.state, each.recorded_at.isoformat()) for each in states]
        write_table(store, file_name("alerts", day, digest("alerts", *keys)), rows)
