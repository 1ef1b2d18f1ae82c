"""Answers of the predictor as ayda relies on them: values where the value is the contract, matchers where it is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pact import match

MEMBER = "123456"
STRANGER = "654321"
ROUTE_ID = "018f6b2a-0000-7000-8000-000000000001"
NO_ROUTE_ID = "018f6b2a-0000-7000-8000-00000000ffff"
INTERNAL = "/api/v1/internal"
NOTHING = f"nothing is known of member {STRANGER}"
NOTHING_OF_MEMBER = f"nothing is known of member {MEMBER}"
PROFILED = f"member {MEMBER} has a trail_run profile from files"
HIKING = f"member {MEMBER} has a hiking profile from files"
PRIVATE = f"member {MEMBER} has a trail_run profile from Strava"
LINKED = f"member {MEMBER} has connected Strava athlete 12345"
WELL = "no alarm holds"
ALARMED = "two alarms hold"
SYNC_STATUSES = ("queued", "running", "waiting", "failed", "success")
STORED = f"the route {ROUTE_ID} is stored"
STORED_LONG_AGO = f"the route {ROUTE_ID} was stored without a name before places were kept"
NO_KEYS = "the internal API has no key configured"
USED_KEY = "the member's idempotency key was used with another body"
MEMBER_ID = "018f6b2a-0000-7000-8000-00000000a11a"
LEFT = f"member {MEMBER} was erased as {MEMBER_ID}"
IMPORT_ID = "018f6b2a-0000-7000-8000-00000000a11b"
IMPORTING = f"the import {IMPORT_ID} of member {MEMBER} is running"
IMPORTED = f"the import {IMPORT_ID} of member {MEMBER} is done"
IMPORT_FAILED = f"the import {IMPORT_ID} of member {MEMBER} has failed"
RECORDED = f"member {MEMBER} has the recording from a file"
RECORDED_AT_STRAVA = f"member {MEMBER} has the recording from Strava"
KNOWN = 51
OUTINGS = f"{KNOWN} outings of member {MEMBER} are known"
COMPARED = f"outings of member {MEMBER} were compared"
KNOWN_EVENT = f"{LINKED} and the event was taken before"


def syncing(status: str) -> str:
    """Whose sync is in this state."""
    return f"{LINKED} and their sync is {status}"


UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
LOCAL = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$"
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
BEFORE_ALL = "WyJhdGhsZXRlIixbIjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMCJdXQ"
"""A place before every athlete."""
EXPORT = {"rows": [{"table": "athlete", "row": {"telegram_id": "123456"}}], "after": match.str(BEFORE_ALL)}
EXPORT_OVER: dict[str, Any] = {"rows": [], "after": None}


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


def _split(gait: str) -> dict[str, Any]:
    return {**SPLIT, "mode": match.regex(gait, regex="^(run|walk)$")}


SPLIT = {
    "from_m": match.number(0.0),
    "to_m": match.number(1000.5),
    "gain_m": match.number(52.5),
    "loss_m": match.number(3.5),
    "mode": match.regex("run", regex="^(run|walk)$"),
    "time_s": _quantiles(381, 420, 466),
}


def _terrain(kind: str, gait: str) -> dict[str, Any]:
    kinds = match.regex(kind, regex="^(climb|descent|flat|rolling)$")
    return {**_split(gait), "kind": kinds, "gradient": match.number(0.045)}


CHECKPOINT = {
    "name": "CP1",
    "at_m": match.number(1000.0),
    "stop_s": match.number(120.0),
    "eta_s": _quantiles(3010, 3300, 3640),
    "cutoff_s": match.number(7200.0),
    "p_in_time": match.number(0.999),
    "p_all_in_time": match.number(0.999),
}
UNHURRIED = {
    **CHECKPOINT, "name": "CP2", "stop_s": match.number(0.0),
    "cutoff_s": None, "p_in_time": None, "p_all_in_time": None,
}  # fmt: skip
HUT = {**UNHURRIED, "name": "Lake hut", "at_m": match.number(500.0), "stop_s": match.number(21_600.0)}
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
    "turn_around": None,
}
EVENING = {
    **DAYLIGHT,
    "dark_s": _quantiles(300, 600, 900),
    "turn_around": {"at_m": match.number(100.5), "by": _instant("2026-06-13T15:07:00Z")},
    "nights": match.each_like(
        {
            "begins": _instant("2026-06-13T15:08:58Z"),
            "ends": _instant("2026-06-13T15:20:00Z"),
            "from_m": match.number(100.5),
            "to_m": match.number(1000.5),
        },
        min=1,
    ),
}
CLIMB = {
    "from_m": match.number(0.0),
    "to_m": match.number(1000.5),
    "gain_m": match.number(60.5),
    "gradient": match.number(0.055),
    "time_s": _quantiles(381, 420, 466),
}
NO_SUN = {
    "sunrise": None,
    "sunset": None,
    "civil_dusk": None,
    "dark_s": _quantiles(0, 0, 0),
    "finish_before_dark_p": match.number(0.5),
    "latest_start": None,
    "turn_around": None,
}
POLAR_DAY = {**NO_SUN, "sun": "never_sets"}
POLAR_NIGHT = {**NO_SUN, "sun": "never_rises"}
OF_ROUTE = {"name": match.str("Hill"), "route_id": A_UUID, "race_id": None, "distance_id": None}
OF_GPX: dict[str, Any] = {**OF_ROUTE, "name": None, "route_id": None}
OF_RACE = {"name": match.str("Alpine Race"), "route_id": None, "race_id": A_UUID, "distance_id": A_UUID}
CAUSES = ("climb", "descent", "distance", "terrain", "level")
SAID = ("surface", "heat", "altitude", "company", "hut")
STATS = {
    "total_km": match.number(1091.5),
    "total_activities": match.int(111),
    "gradient_coverage": match.regex("11/11", regex=r"^\d{1,2}/11$"),
    "prior_share": match.number(0.06),
}


PROFILE_LINE = match.each_like([match.number(0.0), match.number(800.5)], min=2)


@dataclass(frozen=True)
class Told:
    """What of a prediction depends on the request; one of each kind stands in some example."""

    personal: bool = False
    checkpoints: bool = False
    plan: bool = False
    daylight: Any = None
    effort: str = "moderate"
    kind: str = "climb"
    gait: str = "run"
    start: str | None = None
    course: Any = field(default_factory=lambda: OF_ROUTE)
    guest: bool = False
    warnings: Any = field(default_factory=list)
    said: tuple[str, ...] = ()
    climbs: bool = False
    checkpointed: Any = None
    measured_by: str = "past"


OF_VARIANTS = {
    "code": "several_courses",
    "message": match.str("The file holds 2 courses (Hill, Dale); this is the forecast for Hill."),
    "detail": {"count": match.number(2.0), "name": "Hill", "names": ["Hill", "Dale"]},
}


def prediction(told: Told) -> dict[str, Any]:
    """The answer to a request for a prediction."""
    personal, checkpoints = told.personal, told.checkpoints
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
        "interval": {
            **band,
            "nominal": 0.8,
            **measured,
            "measured_on": match.int(37),
            "measured_by": told.measured_by,
        },
        "profile_stats": STATS if personal else None,
        "route": FACTS,
        "splits": match.each_like(_split(told.gait), min=1),
        "checkpoints": [CHECKPOINT, UNHURRIED] if checkpoints else told.checkpointed or [],
        "formulas_s": {name: match.int(4500) for name in names},
        "model": match.str("pace-curve/3"),
        "effort": told.effort,
        "prior_share": match.number(0.06),
        "elapsed_s": _quantiles(4500, 5000, 5600),
        "stops_s": match.int(140),
        "terrain": match.each_like(_terrain(told.kind, told.gait), min=1),
        "walked": {"distance_m": match.number(800.5), "time_s": match.int(600)},
        "p_finish_in_all_cutoffs": match.number(0.999) if checkpoints else None,
        "flat_run_s": match.int(4300),
        "minutes": [{"cause": cause, "minutes": match.number(1.5)} for cause in (*CAUSES, *told.said)],
        "plan": PLAN if told.plan else None,
        "daylight": told.daylight,
        "start_at": None if told.start is None else match.regex(told.start, regex=LOCAL),
        "time_zone": None if told.start is None else match.str("Asia/Almaty"),
        "course": told.course,
        "elevation": PROFILE_LINE if told.guest else None,
        "warnings": told.warnings,
        **({"climbs": match.each_like(CLIMB, min=1)} if told.climbs else {}),
    }


def profile(telegram_id: str, *, mode: str = "trail_run", level: str = "intermediate") -> dict[str, Any]:
    """A profile with figures."""
    paces = {name: match.number(value) for name, value in (("p25", 310.5), ("p50", 330.5), ("p75", 350.5))}
    point = {
        "gradient": match.number(0.05),
        "pace_s_per_km": paces,
        "n": match.int(11),
        "prior_share": match.number(0.06),
    }
    return {
        "telegram_id": telegram_id,
        "type": mode,
        "has_profile": True,
        "flat_pace_p50": match.number(330.0),
        "total_activities": match.int(111),
        "total_km": match.number(1091.5),
        "gradient_coverage": match.int(11),
        "level": match.regex(level, regex="^(beginner|intermediate|advanced|elite)$"),
        "updated_at": match.regex("2026-06-01T12:00:00Z", regex=r"^\d{4}-\d\d-\d\dT.*Z$"),
        "shareable": True,
        "reason": None,
        "curve": match.each_like(point, min=1),
        "endurance": {"exponent": match.number(1.065), "longest_s": match.number(12_600.5)},
        "level_evidence": {"flat_10k_s": match.number(3_300.5), "climb_5k_s": match.number(2_700.5)},
    }


def no_profile(telegram_id: str) -> dict[str, Any]:
    """The profile of someone unknown."""
    return {**_blank(telegram_id), "has_profile": False, "reason": "no_profile"}


def private_profile(telegram_id: str) -> dict[str, Any]:
    """A profile that may not be shown to others."""
    return {**_blank(telegram_id), "has_profile": True, "reason": "private_source"}


def _blank(telegram_id: str) -> dict[str, Any]:
    figures = ("flat_pace_p50", "total_activities", "total_km", "gradient_coverage", "level", "updated_at")
    nothing = dict.fromkeys((*figures, "endurance", "level_evidence"))
    return {"telegram_id": telegram_id, "type": "trail_run", "shareable": False, **nothing, "curve": []}


def sync_state(status: str) -> dict[str, Any]:
    """How far an athlete's Strava is read; `never` before anything of it was asked for."""
    begun, over, troubled = (
        status not in {"never", "queued"},
        status in {"success", "failed"},
        status in {"waiting", "failed"},
    )
    return {
        "athlete_id": 12345,
        "status": status,
        "activities_known": match.int(120) if begun else 0,
        "activities_read": match.int(37) if begun else 0,
        "started_at": _instant("2026-03-02T10:00:00Z") if begun else None,
        "finished_at": _instant("2026-03-02T10:03:00Z") if over else None,
        "detail": match.str("Strava was away.") if troubled else None,
        "profile_ready": False,
        "left_out": {"typed_in": match.int(1)} if status == "success" else {},
        "code": match.str("strava_unavailable") if troubled else None,
        "retry_at": _instant("2099-03-02T12:00:00Z") if status == "waiting" else None,
        "last_success_at": _instant("2026-03-02T10:03:00Z") if status == "success" else None,
    }


def alarm(name: str, severity: str) -> dict[str, Any]:
    """A condition that holds."""
    return {
        "name": name,
        "severity": severity,
        "figure": match.number(812.5),
        "since": _instant("2026-03-02T10:00:00Z"),
    }


def distribution(telegram_id: str) -> dict[str, Any]:
    """What is expected on a course of somebody who may be shown."""
    figures = {"log_time_s": match.number(8.1234), "log_time_sd": match.number(0.1234)}
    slopes = {"climb": match.number(0.0123), "descent": match.number(-0.0123)}
    return {**_unknown(telegram_id), "has_profile": True, "shareable": True, "reason": None, **figures, **slopes}


def no_distribution(telegram_id: str, *, has_profile: bool) -> dict[str, Any]:
    """Of whom nothing is told, because nothing is known or because it may not be shown."""
    reason = "private_source" if has_profile else "no_profile"
    return {**_unknown(telegram_id), "has_profile": has_profile, "reason": reason}


def _unknown(telegram_id: str) -> dict[str, Any]:
    figures = dict.fromkeys(("log_time_s", "log_time_sd", "climb", "descent"))
    return {"telegram_id": telegram_id, "shareable": False, **figures}


ROUTE = {
    "id": A_UUID,
    "facts": FACTS,
    "points": match.int(2),
    "elevation": PROFILE_LINE,
    "name": None,
    "time_zone": match.str("Asia/Almaty"),
}
NAMED_ROUTE = {**ROUTE, "name": "Hill"}
STORED_ROUTE = {**ROUTE, "name": match.str("Hill")}
_PROFILE = match.each_like([match.number(0.0), match.number(800.5)], min=2)
TRACK = {
    "id": A_UUID,
    "name": match.str("Hill"),
    "elevation": _PROFILE,
    "points": match.each_like(
        [match.number(43.000001), match.number(77.000001), match.number(800.5), match.number(0.0)], min=2
    ),
}
OLD_TRACK: dict[str, Any] = {**TRACK, "name": None, "points": []}
RACE_COURSE = {
    "id": match.regex("76d2ff31-a193-5b36-988a-e6eb9af63644", regex=UUID),
    "name": match.str("Vertical"),
    "facts": FACTS,
    "elevation": _PROFILE,
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


def import_state(status: str, *, import_id: Any = A_UUID) -> dict[str, Any]:
    """How an import stands; of one that is done some files were left out, of one that failed it is said why."""
    over = status in {"done", "failed"}
    return {
        "id": import_id,
        "status": status,
        "files_total": match.int(8),
        "files_read": match.int(3),
        "added": match.int(2),
        "duplicates": match.int(1),
        "dropped": {"other_sport": match.int(1)} if status == "done" else {},
        "detail": match.str("Why it failed.") if status == "failed" else None,
        "created_at": _instant("2026-06-01T12:00:00Z"),
        "finished_at": _instant("2026-06-01T12:00:00Z") if over else None,
    }


def stored_activity(status: str, sport: str, provenance: str = "user_file") -> dict[str, Any]:
    """A recording that was learned from, or had been before."""
    figures = ("distance_m", "moving_time_s", "elapsed_time_s", "gain_m")
    return {
        "id": A_UUID,
        "status": status,
        "sport": sport,
        "provenance": provenance,
        "started_at": _instant("2026-06-01T06:00:00Z"),
        **{name: match.number(1000.5) for name in figures},
    }
