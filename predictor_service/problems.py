"""Each error a caller may see, with its status and stable code: the one table of this service."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kernel.contracts.problem import FieldError
from kernel.forecast import (
    CheckpointBeyondRoute,
    GoalImpossible,
    LengthImplausible,
    PaceStatedTwice,
    ResultImplausible,
)
from kernel.zones import StartOutOfRange, ZoneNeeded, ZoneUnknown
from predictor_service.errors import (
    AmbiguousRoute,
    ArchivesFull,
    AthleteUnknown,
    AuthorizationDenied,
    AuthorizationExpired,
    BadGuestProfile,
    ErasedMeanwhile,
    ForecastNotFound,
    GuestProfileExpired,
    GuestProfileOfMember,
    ImportNotFound,
    NoOutings,
    OutingNotFound,
    PaceNeeded,
    PlaceUnknown,
    RaceNotFound,
    ReadingTooLong,
    RouteNotFound,
    StorageFull,
    SyncStopped,
)
from servicekit.ops.routes import OPS_PROBLEMS
from servicekit.strava.errors import (
    AppInactive,
    CapacityFull,
    NotConnected,
    ReauthRequired,
    RequestFailed,
    RequestRefused,
    ScopeMissing,
    StravaMisconfigured,
    StravaUnavailable,
    TokenRefused,
    TokensOff,
    TokenUnavailable,
)
from servicekit.web.idempotency.store import BadIdempotencyKey, IdempotencyConflict
from servicekit.web.problems import INTERNAL_ERROR, ProblemRule, ProblemTable, rule_of
from servicekit.web.telegram_ids import BAD_TELEGRAM_ID, BadTelegramId
from servicekit.web.track_files import TRACK_FILE_PROBLEMS


def _stopped(stopped: SyncStopped) -> ProblemRule:
    """As what stopped it is answered, and with the sync's own time instead of a usual one."""
    rule = rule_of(stopped.error, PROBLEMS) or INTERNAL_ERROR
    return replace(rule, retry_after_s=stopped.retry_after_s, retry_at=stopped.retry_at)


def _field(field: str) -> ProblemRule:
    return ProblemRule(422, "validation_failed", errors=(FieldError(field, "See the detail."),))


PROBLEMS: Final[ProblemTable] = {
    ErasedMeanwhile: ProblemRule(503, "erased_meanwhile", retry_after_s=1),
    AthleteUnknown: ProblemRule(404, "athlete_not_found"),
    NotConnected: ProblemRule(404, "strava_not_connected"),
    ReauthRequired: ProblemRule(409, "reauth_required"),
    ScopeMissing: ProblemRule(409, "scope_missing"),
    TokensOff: ProblemRule(503, "tokens_not_configured"),
    TokenRefused: ProblemRule(503, "strava_refuses_token", retry_after_s=30),
    TokenUnavailable: lambda error: ProblemRule(503, "tokens_unavailable", retry_after_s=error.retry_after_s or 30),
    AppInactive: ProblemRule(503, "strava_app_inactive", retry_after_s=3600),
    StravaMisconfigured: ProblemRule(503, "strava_misconfigured", retry_after_s=3600),
    StravaUnavailable: lambda error: ProblemRule(503, "strava_unavailable", retry_after_s=error.retry_after_s or 30),
    RequestFailed: ProblemRule(503, "strava_unavailable", retry_after_s=30),
    RequestRefused: ProblemRule(502, "strava_refused"),
    SyncStopped: _stopped,
    AuthorizationExpired: ProblemRule(400, "authorization_expired"),
    AuthorizationDenied: ProblemRule(403, "authorization_denied"),
    CapacityFull: ProblemRule(503, "strava_capacity_full"),
    IdempotencyConflict: ProblemRule(409, "idempotency_conflict"),
    BadIdempotencyKey: _field("Idempotency-Key"),
    **TRACK_FILE_PROBLEMS,
    ForecastNotFound: ProblemRule(404, "forecast_not_found"),
    OutingNotFound: ProblemRule(404, "outing_not_found"),
    **OPS_PROBLEMS,
    RouteNotFound: ProblemRule(404, "route_not_found"),
    ImportNotFound: ProblemRule(404, "import_not_found"),
    ArchivesFull: ProblemRule(413, "storage_full"),
    StorageFull: ProblemRule(413, "storage_full"),
    RaceNotFound: ProblemRule(404, "race_not_found"),
    AmbiguousRoute: ProblemRule(422, "ambiguous_route"),
    CheckpointBeyondRoute: _field("checkpoints"),
    LengthImplausible: ProblemRule(422, "length_implausible", errors=(FieldError("distance_m", "See the detail."),)),
    GoalImpossible: ProblemRule(422, "goal_impossible", errors=(FieldError("goal_s", "See the detail."),)),
    PaceNeeded: ProblemRule(422, "pace_needed", errors=(FieldError("flat_pace", "See the detail."),)),
    PaceStatedTwice: _field("result"),
    BadGuestProfile: ProblemRule(422, "bad_guest_profile", errors=(FieldError("profile", "See the detail."),)),
    GuestProfileExpired: ProblemRule(422, "guest_profile_expired", errors=(FieldError("profile", "See the detail."),)),
    GuestProfileOfMember: _field("profile"),
    NoOutings: ProblemRule(422, "no_outings"),
    ReadingTooLong: ProblemRule(422, "reading_too_long"),
    ResultImplausible: _field("result"),
    PlaceUnknown: _field("after"),
    StartOutOfRange: _field("start_at"),
    ZoneUnknown: _field("time_zone"),
    ZoneNeeded: ProblemRule(422, "time_zone_needed", errors=(FieldError("time_zone", "See the detail."),)),
    BadTelegramId: BAD_TELEGRAM_ID,
}
