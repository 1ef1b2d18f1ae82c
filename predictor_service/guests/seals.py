"""A guest's profile as their browser keeps it: sealed by our vault, bound to nobody, and for a month.

It holds what was fitted and nothing else: no place, no name, no file. Whoever has the text can ask with it, as whoever
has a recording can send it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from kernel.contracts.prediction import Mode
from kernel.forecast import MODEL, FittedProfile
from predictor_service.errors import BadGuestProfile, GuestProfileExpired
from servicekit.base.vault import SealBroken, Vault

KEPT: Final = timedelta(days=30)
GUEST_PROFILE: Final = "guest_profile"
"""What the profiles of guests are sealed for in the vault."""
_ANYBODY: Final = "guest"


class _Inside(msgspec.Struct, frozen=True):
    """`fitted` is `FittedProfile.to_bytes()` in base 85: with that of both modes a seal stays below 64,000 letters."""

    model: str
    expires_at: datetime
    fitted: dict[Mode, str]


class GuestSeals:
    """Seals profiles and opens them again."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, fitted: Mapping[Mode, FittedProfile], now: datetime) -> tuple[str, datetime]:
        """The text for the guest, and until when it opens."""
        expires_at = now.replace(microsecond=0) + KEPT
        packed = {mode: base64.b85encode(profile.to_bytes()).decode() for mode, profile in fitted.items()}
        inside = msgspec.json.encode(_Inside(MODEL, expires_at, packed)).decode()
        return self._vault.seal(inside, subject=_ANYBODY, purpose=GUEST_PROFILE), expires_at

    def open(self, sealed: str, mode: Mode, now: datetime) -> FittedProfile | None:
        """What predicts for this guest in a mode; None where their files told nothing of it.

        Raises BadGuestProfile for a text that we did not seal, or whose key is gone, and GuestProfileExpired when its
        time is over or another version of this program fitted it.
        """
        try:
            text = self._vault.open(sealed, subject=_ANYBODY, purpose=GUEST_PROFILE)
        except SealBroken:
            raise BadGuestProfile from None
        try:
            inside = msgspec.json.decode(text, type=_Inside)
            if inside.model != MODEL or inside.expires_at <= now:
                raise GuestProfileExpired
            packed = inside.fitted.get(mode)
            return None if packed is None else FittedProfile.from_bytes(base64.b85decode(packed))
        except ValueError:  # msgspec's errors are ValueErrors too: what an older version sealed
            raise GuestProfileExpired from None
