"""Tokens as they are kept: sealed, with what is known about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

import structlog

from servicekit.base.settings import Secret
from servicekit.base.vault import SealBroken, Vault
from servicekit.strava.oauth import Tokens

TokenState = Literal["active", "suspect", "quarantined", "reauth_required"]
"""`suspect` after a caller's 401, until a refresh decides; `reauth_required` until the athlete connects again.

`quarantined` when stored tokens were changed by somebody else than us: until they open again, or the athlete connects.
"""

CANDIDATES: Final = 3
"""How many refresh tokens of an athlete are kept, the newest first: an older one may live when an answer was lost."""
_ACCESS: Final = "strava_access_token"
_REFRESH: Final = "strava_refresh_token"


@dataclass(frozen=True, slots=True)
class SealedTokens:
    """A pair of tokens and the refresh tokens before it, sealed for one athlete. Times are epoch seconds."""

    access_token: str = field(repr=False)
    refresh_tokens: tuple[str, ...] = field(repr=False)
    expires_at_s: int
    obtained_at_s: int


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """One row: the tokens, what the athlete granted, and whether Strava still honours them."""

    sealed: SealedTokens
    scope: str
    state: TokenState = "active"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to refresh one athlete's tokens; whoever holds an older fence changes nothing any more."""

    fence: int
    tokens: StoredTokens


@dataclass(frozen=True, slots=True)
class ReadyToken:
    """An access token to use now, and what it allows; `expires_at_s` is epoch seconds."""

    access_token: str = field(repr=False)
    athlete_id: int
    scope: str
    expires_at_s: int


class TokenSeals:
    """Seals tokens for their athlete and opens them again; a seal of another athlete does not open."""

    def __init__(self, vault: Vault, *, now: Callable[[], datetime]) -> None:
        self._vault = vault
        self._now = now

    def seal(self, athlete_id: int, tokens: Tokens, older: tuple[str, ...] = ()) -> SealedTokens:
        """Tokens just obtained; `older` are sealed refresh tokens to keep as candidates, sealed anew like the rest.

        A candidate left under an old key would keep that key in use, or be lost with it.
        """
        subject = str(athlete_id)
        refresh_token = self._vault.seal(tokens.refresh_token, subject=subject, purpose=_REFRESH)
        return SealedTokens(
            access_token=self._vault.seal(tokens.access_token, subject=subject, purpose=_ACCESS),
            refresh_tokens=(refresh_token, *self._resealed(athlete_id, older))[:CANDIDATES],
            expires_at_s=tokens.expires_at_s,
            obtained_at_s=int(self._now().timestamp()),
        )

    def _resealed(self, athlete_id: int, older: tuple[str, ...]) -> Iterator[str]:
        for sealed in older:
            try:
                yield self.rewrap_refresh(athlete_id, sealed) if self._vault.needs_rewrap(sealed) else sealed
            except SealBroken:
                structlog.get_logger(__name__).error("candidate_unreadable", athlete_id=athlete_id)

    def access_token(self, athlete_id: int, sealed: str) -> Secret:
        """An access token. Raises SealBroken."""
        return Secret(self._vault.open(sealed, subject=str(athlete_id), purpose=_ACCESS))

    def refresh_token(self, athlete_id: int, sealed: str) -> Secret:
        """One of the refresh tokens. Raises SealBroken."""
        return Secret(self._vault.open(sealed, subject=str(athlete_id), purpose=_REFRESH))

    def rewrap_access(self, athlete_id: int, sealed: str) -> str:
        """The same access token under the newest key. Raises SealBroken."""
        return self._vault.rewrap(sealed, subject=str(athlete_id), purpose=_ACCESS)

    def rewrap_refresh(self, athlete_id: int, sealed: str) -> str:
        """The same refresh token under the newest key. Raises SealBroken."""
        return self._vault.rewrap(sealed, subject=str(athlete_id), purpose=_REFRESH)
