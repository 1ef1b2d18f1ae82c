"""How long the predictor keeps what nobody asked to have erased. Raw answers of Strava are not stored at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from servicekit.jobs.retention import Keep

RULES: Final = (
    Keep("local_oauth_state", "expires_at", timedelta(0), "an authorization that expired is good for nothing"),
    Keep("strava_event", "received_at", timedelta(days=7), "an event is never delivered again so late"),
    Keep("erased_member", "erased_at", timedelta(days=7), "no notice and no request is so late"),
    Keep("route", "used_at", timedelta(days=90), "a course that nobody owns and nobody asked about for so long"),
    Keep("prediction", "created_at", timedelta(days=365), "what was predicted, to be compared with what happened"),
    Keep("sync_run", "started_at", timedelta(days=90), "what syncs did, for looking into troubles"),
    Keep("operator_action", "done_at", timedelta(days=365), "what operators did, for who has to look into it"),
)
