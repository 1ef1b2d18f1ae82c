"""Sealed pasts for the pacts. A seal is another text each time: that of the committed pact serves while it can."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from predictor_service.errors import GuestProfileExpired
from predictor_service.guests.seals import GuestSeals
from tests.contracts.houses import LONG_AGO, NOW, VAULT
from tests.contracts.support import PACTS
from tests.kernel.forecast.synthetic import profile_of

SEALS = GuestSeals(VAULT)


def _committed(description: str) -> str:
    """What the pact sends along in this interaction; empty where there is none yet."""
    pact = json.loads((PACTS / "ayda_service-predictor_service.json").read_text(encoding="utf-8"))
    found = [each for each in pact["interactions"] if each["description"] == description]
    return str(found[0]["request"]["body"]["content"].get("profile", "")) if found else ""


def _made(at: datetime) -> str:
    return SEALS.seal({"trail_run": profile_of("trail_run", 12, 1)}, at)[0]


def sealed_past(description: str) -> str:
    """One that opens: made anew when the model is another one than that of the pact."""
    committed = _committed(description)
    try:
        SEALS.open(committed, "trail_run", NOW)
    except Exception:  # noqa: BLE001 - for whatever reason it does not open
        return _made(NOW)
    return committed


def old_past(description: str) -> str:
    """One whose time is over."""
    committed = _committed(description)
    if not committed:
        return _made(LONG_AGO)
    with pytest.raises(GuestProfileExpired):
        SEALS.open(committed, "trail_run", NOW)
    return committed
