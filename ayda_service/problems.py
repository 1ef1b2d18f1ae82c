"""Each error a caller may see, with its status and stable code: the one table of this service."""

from __future__ import annotations

from typing import Final

from ayda_service import errors
from ayda_service.telegram.init_data import InitDataExpired, InvalidInitData
from kernel.strava.webhooks import BadEvent
from servicekit.base.vault import SealBroken
from servicekit.strava.errors import (
    CapacityFull,
    NotConnected,
    ReauthRequired,
    StravaMisconfigured,
    StravaUnavailable,
)
from servicekit.web.problems import ProblemRule, ProblemTable
from servicekit.web.track_files import TRACK_FILE_PROBLEMS, FileMissing, FileTooLarge

_OUTAGE_S: Final = 30.0


def _strava_down(error: StravaUnavailable) -> ProblemRule:
    return ProblemRule(503, "strava_unavailable", retry_after_s=error.retry_after_s or _OUTAGE_S)


def _refused(error: errors.RefusedByPredictor) -> ProblemRule:
    problem = error.problem
    return ProblemRule(problem.status, problem.code, errors=tuple(problem.errors))


def _not_allowed(error: errors.UploadNotAllowed) -> ProblemRule:
    return ProblemRule(409, "upload_scope_missing", headers={"Link": f'<{error.consent_url}>; rel="related"'})


PROBLEMS: Final[ProblemTable] = {
    InvalidInitData: ProblemRule(401, "invalid_init_data"),
    InitDataExpired: ProblemRule(401, "init_data_expired"),
    errors.UserNotFound: ProblemRule(404, "user_not_found"),
    NotConnected: ProblemRule(404, "strava_not_connected"),
    ReauthRequired: ProblemRule(409, "reauth_required"),
    errors.AuthorizationExpired: ProblemRule(400, "authorization_expired"),
    errors.AuthorizationReused: ProblemRule(400, "authorization_reused"),
    errors.AuthorizationSwapped: ProblemRule(400, "authorization_swapped"),
    errors.AuthorizationForeign: ProblemRule(400, "authorization_foreign"),
    errors.NoWayBack: ProblemRule(503, "bot_not_configured"),
    errors.AuthorizationDenied: ProblemRule(400, "authorization_denied"),
    errors.ReadingNotAllowed: ProblemRule(400, "scope_missing"),
    errors.AthleteLinkedElsewhere: ProblemRule(409, "athlete_linked_elsewhere"),
    StravaUnavailable: _strava_down,
    StravaMisconfigured: _strava_down,
    CapacityFull: ProblemRule(503, "capacity_full", retry_after_s=_OUTAGE_S),
    SealBroken: ProblemRule(503, "strava_unavailable", retry_after_s=_OUTAGE_S),
    errors.PredictorNotConfigured: ProblemRule(503, "predictor_not_configured"),
    errors.PredictionNotFound: ProblemRule(404, "prediction_not_found"),
    errors.ReceiptNotFound: ProblemRule(404, "receipt_not_found"),
    errors.RefusedByPredictor: _refused,
    errors.NoWebhookHere: ProblemRule(404, "not_found"),
    errors.WrongVerifyToken: ProblemRule(403, "wrong_verify_token"),
    errors.BadSignature: ProblemRule(401, "bad_signature"),
    BadEvent: ProblemRule(400, "bad_event"),
    errors.InboxBusy: ProblemRule(503, "inbox_busy", retry_after_s=_OUTAGE_S),
    errors.ActivityNotFound: ProblemRule(404, "activity_not_found"),
    errors.CameFromStrava: ProblemRule(409, "came_from_strava"),
    errors.UploadNotAllowed: _not_allowed,
    **TRACK_FILE_PROBLEMS,
    FileTooLarge: ProblemRule(413, "file_too_large"),
    FileMissing: ProblemRule(422, "file_missing"),
}
