"""How long ayda keeps what nobody asked to have erased. Raw data of Strava: 7 days at most, and it stores none."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from servicekit.jobs.retention import Keep

RULES: Final = (
    Keep("oauth_state", "expires_at", timedelta(0), "an authorization that expired is good for nothing"),
    Keep("oauth_handover", "expires_at", timedelta(0), "a secret that expired opens nothing"),
    Keep("erasure", "requested_at", timedelta(days=365), "receipts, for who has to show that data was erased"),
)
