"""How the errors of syncing are answered over HTTP."""

from __future__ import annotations

from typing import Final

from predictor_service.strava.errors import AppInactive, ScopeMissing, StravaUnavailable
from predictor_service.strava.tokens import NotConnected, ReconnectNeeded, TokensOff, TokenUnavailable
from predictor_service.sync.errors import AthleteUnknown
from servicekit.web.problems import ProblemRule, ProblemTable

SYNC_PROBLEMS: Final[ProblemTable] = {
    AthleteUnknown: ProblemRule(404, "athlete_not_found"),
    NotConnected: ProblemRule(404, "strava_not_connected"),
    ReconnectNeeded: ProblemRule(409, "reauth_required"),
    ScopeMissing: ProblemRule(409, "scope_missing"),
    TokensOff: ProblemRule(503, "tokens_not_configured"),
    TokenUnavailable: lambda error: ProblemRule(503, "tokens_unavailable", retry_after_s=error.retry_after_s or 30),
    AppInactive: ProblemRule(503, "strava_app_inactive", retry_after_s=3600),
    StravaUnavailable: lambda error: ProblemRule(503, "strava_unavailable", retry_after_s=error.retry_after_s or 30),
}
