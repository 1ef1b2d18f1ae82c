"""What is fitted from some of an athlete's activities, and how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from kernel.contracts.ids import TelegramId
from kernel.contracts.prediction import Mode
from kernel.contracts.profile import Profile
from kernel.forecast import FittedProfile
from kernel.forecast.fitting import fitting_of
from kernel.forecast.history import counted
from kernel.forecast.pace_table import table_of
from kernel.forecast.profile import describe_fitted
from kernel.pace import ActivityFeatures
from kernel.pace.paths import Paths

PRIVATE_SOURCE: Final = "private_source"
NOTHING_TO_SHOW: Final = ""
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Made:
    """A profile that was just fitted: as it is shown, and for the athlete's `own` forecasts, which may know paths."""

    fitted: FittedProfile
    described: Profile
    own: FittedProfile

    def table(self) -> bytes:
        """Its pace table."""
        return table_of(self.fitted, self.described.curve)

    def text(self, *, shareable: bool) -> str:
        """How it is shown, as JSON text."""
        return msgspec.json.encode(shared(self.described, shareable=shareable)).decode()


def made_of(
    usable: Sequence[ActivityFeatures],
    mode: Mode,
    telegram_id: TelegramId,
    now: datetime,
    *,
    known: Sequence[ActivityFeatures] = (),
    paths: Sequence[Paths] | None = None,
) -> Made | None:
    """The profile of activities that are `usable_until` now; None when none is of the mode's kind.

    `paths` are those of each of the `known` activities where they are remembered: nothing that others see is made of
    them.
    """
    fitting = fitting_of(usable, mode)
    if fitting is None:
        return None
    fitted = fitting.profile()
    described = describe_fitted(fitted, fitting.curve, telegram_id=telegram_id, updated_at=now)
    return Made(fitted, described, fitted if paths is None else fitting.profile(known, paths))


def usable_until(now: datetime, features: Sequence[ActivityFeatures]) -> list[ActivityFeatures]:
    """Those of the activities that a profile may rest on, in time order."""
    return counted(features, now.timestamp() / _DAY_S)


def shared(profile: Profile, *, shareable: bool) -> Profile:
    """The same profile, saying whether its figures may be shown to others."""
    return msgspec.structs.replace(profile, shareable=shareable, reason=None if shareable else PRIVATE_SOURCE)
