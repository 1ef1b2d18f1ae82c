"""Each error a caller may see, with its status and stable code: the one table of this service."""

from __future__ import annotations

from typing import Final

from kernel.contracts.problem import FieldError
from kernel.forecast import CheckpointBeyondRoute, GoalImpossible
from predictor_service.errors import (
    AmbiguousRoute,
    ImportNotFound,
    RaceNotFound,
    RouteNotFound,
    StartOutOfRange,
)
from predictor_service.imports.archives import ImportTooLarge
from predictor_service.strava.own_app.errors import AuthorizationDenied, AuthorizationExpired
from predictor_service.sync.problems import SYNC_PROBLEMS
from servicekit.strava import errors as oauth_errors
from servicekit.web.idempotency import BadIdempotencyKey, IdempotencyConflict
from servicekit.web.problems import ProblemRule, ProblemTable
from servicekit.web.telegram_ids import BAD_TELEGRAM_ID, BadTelegramId
from servicekit.web.track_files import TRACK_FILE_PROBLEMS
from servicekit.web.uploads import FileMissing, FileTooLarge


def _field(field: str) -> ProblemRule:
    return ProblemRule(422, "validation_failed", errors=(FieldError(field, "See the detail."),))


PROBLEMS: Final[ProblemTable] = {
    **SYNC_PROBLEMS,
    AuthorizationExpired: ProblemRule(400, "authorization_expired"),
    AuthorizationDenied: ProblemRule(403, "authorization_denied"),
    oauth_errors.CapacityFull: ProblemRule(503, "strava_capacity_full"),
    oauth_errors.StravaUnavailable: lambda error: ProblemRule(
        503, "strava_unavailable", retry_after_s=error.retry_after_s or 30
    ),
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
