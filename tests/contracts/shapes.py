"""Answers of the predictor as ayda relies on them: values where the value is the contract, matchers where it is not."""

from __future__ import annotations

from typing import Any

from pact import match

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
CLOCK = r"^\d+:[0-5]\d:[0-5]\d$"
A_UUID = match.regex("018f6b2a-0000-7000-8000-000000000001", regex=UUID)

ERASED = {"status": "erased", "erased": {"activity": match.int(6), "profile": match.int(1)}}
NOTHING_ERASED: dict[str, Any] = {"status": "erased", "erased": {}}
SYNC_TRIGGERED = {"status": "sync_triggered", "user_id": A_UUID}

ERASED_ENTIRELY = {
    "status": "erased",
    "erased": {"athlete": match.int(1), "activity": match.int(6), "profile": match.int(1)},
}
EXPORT = {"telegram_id": "123456", "tables": {"athlete": [{"telegram_id": "123456"}]}}


def _clock(example: str) -> Any:
    return match.regex(example, regex=CLOCK)


def _quantiles(p10: int, p50: int, p90: int) -> dict[str, Any]:
    return {"p10": match.int(p10), "p50": match.int(p50), "p90": match.int(p90)}


def _instant(example: str) -> Any:
    return match.regex(example, regex=INSTANT)


FACTS = {
    "distance_m": match.number(21690.5),
    "gain_m": match.number(928.5),
    "loss_m": match.number(918.5),
    "gain_band_m": [match.number(890.0), match.number(960.0)],
}
SPLIT = {
    "from_m": match.number(0.0),
    "to_m": match.number(1000.5),
    "gain_m": match.number(52.5),
    "loss_m": match.number(3.5),
    "mode": match.regex("run", regex="^(run|walk)$"),
    "time_s": _quantiles(381, 420, 466),
}
TERRAIN = {
    **SPLIT,
    "kind": match.regex("climb", regex="^(climb|descent|flat|rolling)$"),
    "gradient": match.number(0.045),
}
CHECKPOINT = {
    "name": "CP1",
    "at_m": match.number(1000.0),
    "stop_s": match.number(120.0),
    "eta_s": _quantiles(3010, 3300, 3640),
    "cutoff_s": match.number(7200.0),
    "p_in_time": match.number(0.999),
    "p_all_in_time": match.number(0.999),
}
PLAN = {
    "goal_s": 3600,
    "fade": match.number(0.05),
    "p_reach": match.number(0.4),
    "percentile": match.number(40.5),
    "expected_s": match.int(950),
    "splits": match.each_like(
        {
            "from_m": match.number(0.0),
            "to_m": match.number(1000.5),
            "time_s": match.int(450),
            "stop_s": match.int(5),
            "pace_s_per_km": match.number(440.5),
            "elapsed_s": match.int(450),
        },
        min=1,
    ),
}
DAYLIGHT = {
    "sun": "rises_and_sets",
    "sunrise": _instant("2026-06-12T23:12:11Z"),
    "sunset": _instant("2026-06-13T14:32:50Z"),
    "civil_dusk": _instant("2026-06-13T15:08:58Z"),
    "dark_s": _quantiles(0, 0, 0),
    "finish_before_dark_p": match.number(0.999),
    "latest_start": _instant("2026-06-13T14:50:00Z"),
    "turn_around": {"at_m": match.number(1000.5), "by": _instant("2026-06-13T15:00:00Z")},
}
CAUSES = ("climb", "descent", "distance", "terrain", "level")
STATS = {
    "total_km": match.number(1091.5),
    "total_activities": match.int(111),
    "gradient_coverage": match.regex("11/11", regex=r"^\d{1,2}/11$"),
    "prior_share": match.number(0.06),
}


def prediction(*, personal: bool, checkpoints: bool, goal: bool) -> dict[str, Any]:
    """The answer to a request for a prediction; one with a goal has a start too."""
    band = {"p10_s": match.int(4380), "p50_s": match.int(4860), "p90_s": match.int(5390)}
    measured = {"measured_coverage": match.number(0.81)} if personal else {"measured_coverage": None}
    names = ("strava_gap", "minetti", "tobler", "naismith", "din33466", "swiss")
    return {
        "prediction_id": A_UUID,
        "personalized": personal,
        "times": {"fast": _clock("1:10:00"), "moderate": _clock("1:21:00"), "easy": _clock("1:31:00")},
        "times_s": {"fast": match.int(4200), "moderate": match.int(4860), "easy": match.int(5460)},
        "gap_time": _clock("1:15:00"),
        "gap_time_s": match.int(4500),
        "interval": {**band, "nominal": 0.8, **measured, "measured_on": match.int(37)},
        "profile_stats": STATS if personal else None,
        "route": FACTS,
        "splits": match.each_like(SPLIT, min=1),
        "checkpoints": [CHECKPOINT] if checkpoints else [],
        "formulas_s": {name: match.int(4500) for name in names},
        "model": match.str("pace-curve/2"),
        "effort": match.regex("moderate", regex="^(fast|moderate|easy)$"),
        "prior_share": match.number(0.06),
        "elapsed_s": _quantiles(4500, 5000, 5600),
        "stops_s": match.int(140),
        "terrain": match.each_like(TERRAIN, min=1),
        "walked": {"distance_m": match.number(800.5), "time_s": match.int(600)},
        "p_finish_in_all_cutoffs": match.number(0.999) if checkpoints else None,
        "flat_run_s": match.int(4300),
        "minutes": [{"cause": cause, "minutes": match.number(1.5)} for cause in CAUSES],
        "plan": PLAN if goal else None,
        "daylight": DAYLIGHT if goal else None,
    }


def profile(telegram_id: str) -> dict[str, Any]:
    """A profile with figures."""
    return {
        "telegram_id": telegram_id,
        "type": "trail_run",
        "has_profile": True,
        "flat_pace_p50": match.number(330.0),
        "total_activities": match.int(111),
        "total_km": match.number(1091.5),
        "gradient_coverage": match.int(11),
        "level": match.regex("intermediate", regex="^(beginner|intermediate|advanced|elite)$"),
        "updated_at": match.regex("2026-06-01T12:00:00Z", regex=r"^\d{4}-\d\d-\d\dT.*Z$"),
        "shareable": True,
        "reason": None,
    }


def no_profile(telegram_id: str) -> dict[str, Any]:
    """The profile of someone unknown."""
    return {**_blank(telegram_id), "has_profile": False, "reason": "no_profile"}


def private_profile(telegram_id: str) -> dict[str, Any]:
    """A profile that may not be shown to others."""
    return {**_blank(telegram_id), "has_profile": True, "reason": "private_source"}


def _blank(telegram_id: str) -> dict[str, Any]:
    figures = ("flat_pace_p50", "total_activities", "total_km", "gradient_coverage", "level", "updated_at")
    return {"telegram_id": telegram_id, "type": "trail_run", "shareable": False, **dict.fromkeys(figures)}


ROUTE = {
    "id": A_UUID,
    "facts": FACTS,
    "points": match.int(2),
    "elevation": match.each_like([match.number(0.0), match.number(800.5)], min=2),
}
RACES = {
    "races": match.each_like(
        {
            "id": match.regex("fa90e528-03d4-5396-9354-04c64bc43b26", regex=UUID),
            "name": match.str("Alpine Race Skyrunning"),
            "country": match.regex("KZ", regex="^[A-Z]{2}$"),
            "distances": match.each_like(
                {
                    "id": match.regex("76d2ff31-a193-5b36-988a-e6eb9af63644", regex=UUID),
                    "name": match.str("Vertical"),
                    "facts": FACTS,
                },
                min=1,
            ),
        },
        min=1,
    )
}
