"""Each error a caller may see, with its status and stable code: the one table of this service."""

from __future__ import annotations

from typing import Final

from kernel.contracts.problem import FieldError
from kernel.forecast import CheckpointBeyondRoute, GoalImpossible
from predictor_service.errors import (
    AmbiguousRoute,
    AthleteUnknown,
    AuthorizationDenied,
    AuthorizationExpired,
    ImportNotFound,
    RaceNotFound,
    RouteNotFound,
    StartOutOfRange,
)
from predictor_service.imports.archives import ImportTooLarge
from servicekit.strava.errors import (
    AppInactive,
    CapacityFull,
    NotConnected,
    ReauthRequired,
    RequestFailed,
    RequestRefused,
    ScopeMissing,
    StravaUnavailable,
    TokensOff,
    TokenUnavailable,
)
from servicekit.web.idempotency.store import BadIdempotencyKey, IdempotencyConflict
from servicekit.web.problems import ProblemRule, ProblemTable
from servicekit.web.telegram_ids import BAD_TELEGRAM_ID, BadTelegramId
from servicekit.web.track_files import TRACK_FILE_PROBLEMS, FileMissing, FileTooLarge


def _field(field: str) -> ProblemRule:
    return ProblemRule(422, "validation_failed", errors=(FieldError(field, "See the detail."),))


PROBLEMS: Final[ProblemTable] = {
    AthleteUnknown: ProblemRule(404, "athlete_not_found"),
    NotConnected: ProblemRule(404, "strava_not_connected"),
    ReauthRequired: ProblemRule(409, "reauth_required"),
    ScopeMissing: ProblemRule(409, "scope_missing"),
    TokensOff: ProblemRule(503, "tokens_not_configured"),
    TokenUnavailable: lambda error: ProblemRule(503, "tokens_unavailable", retry_after_s=error.retry_after_s or 30),
    AppInactive: ProblemRule(503, "strava_app_inactive", retry_after_s=3600),
    StravaUnavailable: lambda error: ProblemRule(503, "strava_unavailable", retry_after_s=error.retry_after_s or 30),
    RequestFailed: ProblemRule(503, "strava_unavailable", retry_after_s=30),
    RequestRefused: ProblemRule(502, "strava_refused"),
    AuthorizationExpired: ProblemRule(400, "authorization_expired"),
    AuthorizationDenied: ProblemRule(403, "authorization_denied"),
    CapacityFull: ProblemRule(503, "strava_capacity_full"),
    IdempotencyConflict: ProblemRule(409, "idempotency_conflict"),
    BadIdempotencyKey: _field("Idempotency-Key"),
    **TRACK_FILE_PROBLEMS,
    RouteNotFound: ProblemRule(404, "route_not_found"),
    ImportNotFound: ProblemRule(404, "import_not_found"),
    ImportTooLarge: ProblemRule(413, "file_too_large"),
    RaceNotFound: ProblemRule(404, "race_not_found"),
    AmbiguousRoute: ProblemRule(422, "ambiguous_route"),
    CheckpointBeyondRoute: _field("checkpoints"),
    GoalImpossible: ProblemRule(422, "goal_impossible", errors=(FieldError("goal_s", "See the detail."),)),
    StartOutOfRange: _field("start_at"),
    BadTelegramId: BAD_TELEGRAM_ID,
    FileTooLarge: ProblemRule(413, "file_too_large"),
    FileMissing: ProblemRule(422, "file_missing"),
}
