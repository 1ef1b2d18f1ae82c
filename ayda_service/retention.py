"""How long ayda keeps what nobody asked to have erased. Raw data of Strava: 7 days at most, and it stores none."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from servicekit.jobs.retention import Keep

RULES: Final = (
    Keep("bot_update", "received_at", timedelta(days=3), "Telegram repeats an update for a day at most"),
    Keep("bot_message", "created_at", timedelta(days=7), "nothing said a week ago is edited, or said again"),
    Keep("chat", "updated_at", timedelta(days=730), "a chat that nobody has written in for two years"),
    Keep("oauth_state", "expires_at", timedelta(0), "an authorization that expired is good for nothing"),
    Keep("oauth_handover", "expires_at", timedelta(0), "a secret that expired opens nothing"),
    Keep("oauth_code_seen", "expires_at", timedelta(0), "a code that expired at Strava is good for nothing"),
    Keep("erasure_mark", "erased_at", timedelta(days=2), "nothing that was under way at an erasure still is"),
    Keep("erasure", "requested_at", timedelta(days=365), "receipts, for who has to show that data was erased"),
    Keep("operator_action", "done_at", timedelta(days=365), "what operators did, for who has to look into it"),
)
