"""The changes: one text in one file becomes another, and the neighbour of that service would break in production."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CONNECTION = "kernel/contracts/connection.py"
PREDICTION = "kernel/contracts/prediction.py"
ROUTE = "kernel/contracts/route.py"
PROFILE = "kernel/contracts/profile.py"
DISTRIBUTION = "kernel/contracts/distribution.py"
DAYLIGHT = "kernel/contracts/times.py"
PROBLEM = "kernel/contracts/problem.py"
CLIENT = "ayda_service/predictor/client.py"
PROBLEMS = "servicekit/web/problems.py"
CONTEXT = "servicekit/web/context.py"
KEYS = "servicekit/web/api_keys.py"
CORRELATION = "servicekit/base/correlation.py"


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody does, and where."""

    story: str
    file: str
    old: str
    new: str


def _renamed(story: str, file: str, line: str, name: str) -> Change:
    """A field goes by another name on the wire."""
    default = " = " if " = " not in line else ""
    if default:
        return Change(story, file, line, f"{line} = msgspec.field(name={name!r})")
    declared, value = line.split(" = ")
    return Change(story, file, line, f"{declared} = msgspec.field(name={name!r}, default={value})")


FIELDS: Sequence[Change] = (
    _renamed("a token's expiry has another name", CONNECTION, "    scope: str\n    expires_at: int", "expires"),
    _renamed(
        "a notice's athlete has another name",
        CONNECTION,
        'erased by this id.\n    """\n\n    telegram_id: TelegramId\n    athlete_id: AthleteId',
        "strava_id",
    ),
    _renamed("the answer to a connection names its athlete otherwise", CONNECTION, "    user_id: str", "athlete_id"),
    _renamed("an event's time has another name", CONNECTION, "    updates: dict[str, str]", "changes"),
    _renamed("a receipt's counts have another name", CONNECTION, "    erased: dict[str, int]", "counts"),
    _renamed("the median has another name", PREDICTION, "    p50_s: int", "median_s"),
    _renamed("the effort is not told", PREDICTION, "    model: str\n    effort: Effort", "intensity"),
    _renamed("the band of the climb has another name", ROUTE, "    gain_band_m: tuple[float, float]", "gain_range_m"),
    _renamed("what a guest ran has another name", PREDICTION, "    result: RaceResult | None = None", "outcome"),
    _renamed("the chance at a cutoff has another name", PREDICTION, "    p_in_time: float | None", "p_cutoff"),
    _renamed("a formula has another name", PREDICTION, "    din33466: int", "din"),
    _renamed("the curve of a profile has another name", PROFILE, "    curve: list[CurvePoint] = []", "points"),
    _renamed(
        "the endurance of a profile has another name", PROFILE, "    endurance: Endurance | None = None", "stamina"
    ),
    _renamed(
        "the evidence of a level has another name", PROFILE, "    level_evidence: LevelEvidence | None = None", "why"
    ),
    _renamed("the name of a route has another name", ROUTE, "    name: str | None = None", "title"),
    _renamed(
        "the doubt about a time has another name", DISTRIBUTION, "    log_time_sd: float | None", "log_time_doubt"
    ),
    _renamed("a refused field has another name", PROBLEM, "    field: str", "name"),
    _renamed("the code of a problem has another name", PROBLEM, "    code: str", "error"),
    Change(
        "a token's athlete becomes a text",
        CONNECTION,
        "    access_token: str\n    athlete_id: AthleteId",
        "    access_token: str\n    athlete_id: str",
    ),
    Change(
        "a number of a profile becomes a text",
        PROFILE,
        "    gradient_coverage: int | None",
        "    gradient_coverage: str | None",
    ),
)
WORDS: Sequence[Change] = (
    Change(
        "deletions are no events any more",
        CONNECTION,
        'Literal["create", "update", "delete"]',
        'Literal["create", "update"]',
    ),
    Change(
        "updates are no events any more",
        CONNECTION,
        'Literal["create", "update", "delete"]',
        'Literal["create", "delete"]',
    ),
    Change(
        "an event told again is no longer understood",
        CONNECTION,
        'Literal["accepted", "duplicate", "ignored"]',
        'Literal["accepted", "ignored"]',
    ),
    Change("updates of events become flags", CONNECTION, "    updates: dict[str, str]", "    updates: dict[str, bool]"),
    Change(
        "nobody goes easy any more",
        PREDICTION,
        'Effort = Literal["race", "fast", "moderate", "easy"]',
        'Effort = Literal["race", "fast", "moderate"]',
    ),
    Change(
        "hiking is spelled otherwise",
        PREDICTION,
        'Mode = Literal["trail_run", "hiking"]',
        'Mode = Literal["trail_run", "hike"]',
    ),
    Change(
        "rolling ground is no longer understood",
        PREDICTION,
        'Literal["climb", "descent", "flat", "rolling"]',
        'Literal["climb", "descent", "flat"]',
    ),
    Change("nobody walks any more", PREDICTION, 'Gait = Literal["run", "walk"]', 'Gait = Literal["run"]'),
    Change("the elite is no longer understood", PROFILE, '"advanced", "elite"]', '"advanced"]'),
    Change("matching is asked for otherwise", PROFILE, 'Literal["own", "matching"]', 'Literal["own", "partners"]'),
    Change("polar nights are no longer understood", DAYLIGHT, '"never_sets", "never_rises"]', '"never_sets"]'),
)
NULLS: Sequence[Change] = (
    Change(
        "every checkpoint must have a cutoff",
        PREDICTION,
        "    eta_s: QuantilesS\n    cutoff_s: float | None",
        "    eta_s: QuantilesS\n    cutoff_s: float",
    ),
    Change("the sun must rise every day", DAYLIGHT, "    sunrise: datetime | None", "    sunrise: datetime"),
    Change(
        "every prediction must be personal",
        PREDICTION,
        "    profile_stats: ProfileStats | None",
        "    profile_stats: ProfileStats",
    ),
    Change(
        "whoever is compared must have a time", DISTRIBUTION, "    log_time_s: float | None", "    log_time_s: float"
    ),
    Change(
        "every guest must be a member",
        PREDICTION,
        "    telegram_id: TelegramId | None = None",
        "    telegram_id: TelegramId",
    ),
    Change(
        "every answer must have a profile",
        PREDICTION,
        "    elevation: list[ElevationPoint] | None = None",
        "    elevation: list[ElevationPoint] = []",
    ),
    Change("every profile must have a level", PROFILE, "    level: Level | None", "    level: Level"),
    Change("every route must have a name", ROUTE, "    name: str | None = None", '    name: str = ""'),
)
TOLERANCE: Sequence[Change] = (
    Change(
        "a token answer with a new field is refused",
        CONNECTION,
        "class StravaToken(msgspec.Struct, frozen=True)",
        "class StravaToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True)",
    ),
    Change(
        "a prediction with a new field is refused",
        PREDICTION,
        "class Prediction(msgspec.Struct, frozen=True)",
        "class Prediction(msgspec.Struct, frozen=True, forbid_unknown_fields=True)",
    ),
    Change(
        "a point of a curve with a new field is refused",
        PROFILE,
        "class CurvePoint(msgspec.Struct, frozen=True)",
        "class CurvePoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True)",
    ),
)
HTTP: Sequence[Change] = (
    Change("the export is open", "predictor_service/app.py", "middleware=[door(guard)])", "middleware=[])"),
    Change(
        "any key opens",
        KEYS,
        "if key_id is None:",
        "if key_id is None and API_KEY_HEADER not in connection.headers:",
    ),
    Change(
        "events are answered with 200",
        "predictor_service/events/routes.py",
        "sent=sent), status=202)",
        "sent=sent), status=200)",
    ),
    Change(
        "events have another address",
        "predictor_service/events/routes.py",
        '"/strava/events/batch"',
        '"/strava/events/many"',
    ),
    Change("the key travels in another header", KEYS, '"X-API-Key"', '"X-Internal-Key"'),
    Change("the deadline travels in another header", CORRELATION, '"X-Deadline-Ms"', '"X-Timeout-Ms"'),
    Change("request ids are not given back", CONTEXT, "            request_id,\n", ""),
    Change("problems are plain JSON", PROBLEM, '"application/problem+json"', '"application/json"'),
    Change(
        "an outage does not say how long",
        PROBLEMS,
        'ProblemRule(503, "internal_api_not_configured", retry_after_s=_OUTAGE_RETRY_AFTER_S)',
        'ProblemRule(503, "internal_api_not_configured")',
    ),
    Change(
        "how long an outage lasts is not read",
        "servicekit/http/response.py",
        'self.headers.get("retry-after", "")',
        'self.headers.get("x-retry-after", "")',
    ),
    Change(
        "a service without keys answers 500",
        PROBLEMS,
        'ProblemRule(503, "internal_api_not_configured"',
        'ProblemRule(500, "internal_api_not_configured"',
    ),
    Change("a wrong key has another code", PROBLEMS, '"invalid_api_key"', '"unauthorized"'),
    Change("a spent deadline has another status", CONTEXT, '504, "deadline_exceeded"', '408, "deadline_exceeded"'),
    Change("an unknown route has another code", "predictor_service/problems.py", '"route_not_found"', '"not_found"'),
    Change(
        "a conflict of keys has another status",
        "predictor_service/problems.py",
        'ProblemRule(409, "idempotency_conflict")',
        'ProblemRule(422, "idempotency_conflict")',
    ),
    Change(
        "a large file has another status",
        "servicekit/web/track_files.py",
        "FileTooLarge: ProblemRule(413",
        "FileTooLarge: ProblemRule(400",
    ),
    Change(
        "lost consents have another status",
        "ayda_service/problems.py",
        'ProblemRule(409, "reauth_required"',
        'ProblemRule(404, "reauth_required"',
    ),
    Change("aliases of Telegram ids are let in", "kernel/contracts/ids.py", '"[1-9][0-9]{0,18}"', '"[0-9]{1,19}"'),
)
SECOND_TIME: Sequence[Change] = (
    Change(
        "a prediction is repeated without a key",
        CLIENT,
        '"POST", f"{INTERNAL}/predict", json=request, idempotency_key=idempotency_key',
        '"POST", f"{INTERNAL}/predict", json=request, idempotency_key=idempotency_key, retry=True',
    ),
    Change(
        "the key of a prediction is not sent",
        CLIENT,
        '"POST", f"{INTERNAL}/predict", json=request, idempotency_key=idempotency_key',
        '"POST", f"{INTERNAL}/predict", json=request',
    ),
    Change("keys are not looked at", "predictor_service/changes.py", '"Idempotency-Key"', '"Idempotency-Token"'),
    Change(
        "an event told again is taken again",
        "predictor_service/events/service.py",
        'return "accepted" if is_new else "duplicate"',
        'return "accepted"',
    ),
)
RELATIONS: Sequence[Change] = (
    Change(
        "tokens expire in milliseconds",
        "ayda_service/hand_outs/service.py",
        "ready.expires_at_s, self",
        "ready.expires_at_s * 1000, self",
    ),
    Change(
        "a token does not say of which app it is",
        "ayda_service/hand_outs/service.py",
        "ready.expires_at_s, self._client_id)",
        "ready.expires_at_s)",
    ),
    Change(
        "a token that was refused is given again",
        "ayda_service/hand_outs/service.py",
        "asked = _Asked(key, force, api_key_id",
        "asked = _Asked(key, False, api_key_id",
    ),
    Change(
        "scopes are parted by blanks",
        "ayda_service/hand_outs/service.py",
        "format_scope(parse_scope(ready.scope))",
        'format_scope(parse_scope(ready.scope)).replace(",", " ")',
    ),
    Change("half as many profiles may be asked for", PROFILE, "max_length=1000", "max_length=500"),
)
CHANGES: Sequence[Change] = (*FIELDS, *WORDS, *NULLS, *TOLERANCE, *HTTP, *SECOND_TIME, *RELATIONS)
