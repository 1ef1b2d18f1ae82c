"""Who a simulated athlete is, drawn from a seed."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from simulators.strava.generator.physiology import AthleteLevel, draw_physiology
from simulators.strava.records import Athlete

_WOMEN = ("Aliya", "Dana", "Vera", "Saule")
_MEN = ("Timur", "Marat", "Anton", "Ilya")
_SURNAMES = ("Skala", "Tropa", "Veter", "Gornaya", "Beregova", "Dolin", "Kamen", "Ozero")


def draw_athlete(
    athlete_id: int, seed: int, level: AthleteLevel, firstname: str | None, privacy_zone_m: float
) -> Athlete:
    """The same seed gives the same athlete."""
    rng = np.random.default_rng([seed, 5])
    woman = bool(rng.random() < 0.5)
    name = str(rng.choice(_WOMEN if woman else _MEN))
    return Athlete(
        id=athlete_id,
        seed=seed,
        firstname=firstname or name,
        lastname=_SURNAMES[int(rng.integers(len(_SURNAMES)))],
        sex="F" if woman else "M",
        level=level,
        traits=draw_physiology(rng, level),
        home=(43.2 + float(rng.normal(0, 0.05)), 76.9 + float(rng.normal(0, 0.05))),
        base_m=float(rng.uniform(700, 1500)),
        utc_offset_s=18_000,
        timezone="(GMT+05:00) Asia/Almaty",
        created_at=datetime(2018, 3, 1, 6, 0, tzinfo=UTC),
        privacy_zone_m=privacy_zone_m,
    )
