"""Each error a caller may see, with its status and stable code: the one table of this service."""

from __future__ import annotations

from typing import Final

from kernel.contracts.problem import FieldError
from kernel.forecast import CheckpointBeyondRoute, GoalImpossible
from kernel.tracks import BadTrack, NoElevation
from predictor_service.errors import (
    AmbiguousRoute,
    ImportNotFound,
    RaceNotFound,
    RouteNotFound,
    SportUnknown,
    StartOutOfRange,
)
from predictor_service.imports.incoming import ImportTooLarge
from predictor_service.sync.problems import SYNC_PROBLEMS
from servicekit.idempotency import BadIdempotencyKey, IdempotencyConflict
from servicekit.problems import ProblemRule, ProblemTable
from servicekit.telegram_ids import BAD_TELEGRAM_ID, BadTelegramId
from servicekit.uploads import FileMissing, FileTooLarge

_NO_TIME: Final = "no_time"


def _bad_track(error: BadTrack) -> ProblemRule:
    """One code for files of every kind, named after the first kind there was.

    A track without times is a good course and no activity, which the caller can tell its user apart.
    """
    return ProblemRule(422, _NO_TIME if error.reason == _NO_TIME else "bad_gpx")


def _field(field: str) -> ProblemRule:
    return ProblemRule(422, "validation_failed", errors=(FieldError(field, "See the detail."),))


PROBLEMS: Final[ProblemTable] = {
    **SYNC_PROBLEMS,
    IdempotencyConflict: ProblemRule(409, "idempotency_conflict"),
    BadIdempotencyKey: _field("Idempotency-Key"),
    BadTrack: _bad_track,
    NoElevation: ProblemRule(422, "no_elevation"),
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
    SportUnknown: ProblemRule(422, "sport_unknown"),
}
