"""Alarms of a service, as another one that has a way to the operator is told of them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

Severity: TypeAlias = Literal["critical", "warning"]
"""Whether somebody has to look at once, or today."""


class StandingAlarm(msgspec.Struct, frozen=True):
    """A condition that holds and has lasted for long enough.

    `name` is stable, `figure` what the condition holds by, in its own unit: seconds, per cent or a count.
    """

    name: str
    severity: Severity
    figure: float
    since: datetime


class Alarms(msgspec.Struct, frozen=True):
    """What holds now, the worst and oldest first.

    Whoever asks again within seconds is told the same: services look at themselves twice a minute.
    """

    alarms: list[StandingAlarm]
