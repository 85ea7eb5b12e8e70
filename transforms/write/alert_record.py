"""The record of one state of one alert for one of its receivers: a row of `alerts/`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["found", "sent", "failed", "dropped", "expired"]


@dataclass(frozen=True)
class AlertState:
    """One state of one alert for one of its receivers.

    Attributes:
        alert_id: The same whenever the alert is sent, so that a receiver can tell a repetition.
        rule: The name of the rule.
        about: story, update, correction, kill, silence or dead_letter.
        receiver: webhook, command or mail.
        source: The name of the source.
        message: Of `found`, what is sent, as JSON.
        error: Of `failed`, why; of `dropped` and `expired`, too.
    """

    alert_id: str
    rule: str
    about: str
    receiver: str
    state: State
    recorded_at: datetime
    source: str = ""
    entry_id: str = ""
    entry_version: int | None = None
    message: str = ""
    error: str = ""
