"""Each error a caller may see, with its status and stable code: the one table of this service."""

from __future__ import annotations

from typing import Final

from ayda_service import errors
from ayda_service.plans.drawing import DrawingBusy
from ayda_service.telegram import errors as telegram
from ayda_service.telegram.init_data import InitDataExpired, InvalidInitData
from kernel.club.groups import GroupsImpossible
from kernel.club.names import BadName
from kernel.contracts.problem import BUSY, FieldError
from kernel.forecast.onward import ExpectationImplausible, PassingsDisagree
from kernel.strava.webhooks import BadEvent
from servicekit.base.vault import SealBroken
from servicekit.data.erasure_list import ErasuresUnwritable
from servicekit.ops.routes import OPS_PROBLEMS
from servicekit.strava.errors import (
    CapacityFull,
    NotConnected,
    ReauthRequired,
    StravaMisconfigured,
    StravaUnavailable,
)
from servicekit.web.problems import ProblemRule, ProblemTable
from servicekit.web.track_files import TRACK_FILE_PROBLEMS

_OUTAGE_S: Final = 30.0
_NAME: Final = ProblemRule(422, "validation_failed", errors=(FieldError("name", "See the detail."),))
_EXPECTED: Final = ProblemRule(422, "validation_failed", errors=(FieldError("expected", "See the detail."),))
_PASSED: Final = ProblemRule(422, "passings_disagree", errors=(FieldError("passed", "See the detail."),))
_DRAWING_S: Final = 5.0


def _strava_down(error: StravaUnavailable) -> ProblemRule:
    return ProblemRule(503, "strava_unavailable", retry_after_s=error.retry_after_s or _OUTAGE_S)


def _refused(error: errors.RefusedByPredictor) -> ProblemRule:
    problem = error.problem
    return ProblemRule(problem.status, problem.code, errors=tuple(problem.errors))


def _not_allowed(error: errors.UploadNotAllowed) -> ProblemRule:
    return ProblemRule(409, "upload_scope_missing", headers={"Link": f'<{error.consent_url}>; rel="related"'})


PROBLEMS: Final[ProblemTable] = {
    telegram.NotTelegram: ProblemRule(401, "not_telegram"),
    telegram.BadUpdate: ProblemRule(400, "bad_update"),
    telegram.BotIsOff: ProblemRule(404, "bot_is_off"),
    telegram.FileTooLargeForBots: ProblemRule(413, "file_too_large_for_bots"),
    InvalidInitData: ProblemRule(401, "invalid_init_data"),
    InitDataExpired: ProblemRule(401, "init_data_expired"),
    errors.ErasedSince: ProblemRule(401, "erased_since"),
    ErasuresUnwritable: ProblemRule(503, "erasures_unwritable", retry_after_s=_OUTAGE_S),
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
    errors.GuestsOff: ProblemRule(403, "guests_off"),
    errors.GuestBytesSpent: lambda error: ProblemRule(429, "too_many_requests", retry_after_s=error.retry_after_s),
    errors.QuestionTooLarge: ProblemRule(413, "body_too_large"),
    errors.PredictionNotFound: ProblemRule(404, "prediction_not_found"),
    errors.DownloadGone: ProblemRule(404, "download_gone"),
    errors.CourseNotKept: ProblemRule(422, "course_not_kept"),
    DrawingBusy: ProblemRule(503, BUSY, retry_after_s=_DRAWING_S),
    errors.ReceiptNotFound: ProblemRule(404, "receipt_not_found"),
    errors.RefusedByPredictor: _refused,
    errors.NoWebhookHere: ProblemRule(404, "not_found"),
    errors.WrongVerifyToken: ProblemRule(403, "wrong_verify_token"),
    errors.BadSignature: ProblemRule(401, "bad_signature"),
    BadEvent: ProblemRule(400, "bad_event"),
    errors.InboxBusy: ProblemRule(503, "inbox_busy", retry_after_s=_OUTAGE_S),
    errors.ActivityNotFound: ProblemRule(404, "activity_not_found"),
    errors.ImportUnknown: ProblemRule(404, "import_not_found"),
    errors.StorageFull: ProblemRule(413, "storage_full"),
    errors.DailyLimit: lambda error: ProblemRule(429, "daily_limit", retry_after_s=error.retry_after_s),
    errors.NotOptedIn: ProblemRule(409, "not_opted_in"),
    errors.NameMissing: _NAME,
    BadName: _NAME,
    errors.MatchingFull: ProblemRule(409, "matching_full"),
    errors.NotMatchable: ProblemRule(409, "not_matchable"),
    errors.TooFewForGroups: ProblemRule(409, "too_few_for_groups"),
    GroupsImpossible: ProblemRule(422, "groups_impossible"),
    PassingsDisagree: _PASSED,
    ExpectationImplausible: _EXPECTED,
    errors.CameFromStrava: ProblemRule(409, "came_from_strava"),
    errors.UploadNotAllowed: _not_allowed,
    **TRACK_FILE_PROBLEMS,
    **OPS_PROBLEMS,
}
