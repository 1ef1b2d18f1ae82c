"""Strava's OAuth as this service uses it."""

from __future__ import annotations

from dataclasses import dataclass

from servicekit.http.client import ApiClient
from servicekit.strava.oauth import StravaOAuth
from servicekit.strava.revocations.service import Revocations
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import TokenSeals


@dataclass(frozen=True, slots=True)
class Consents:
    """What obtains tokens, keeps them fresh and ends them."""

    http: ApiClient
    oauth: StravaOAuth
    seals: TokenSeals
    keeper: TokenKeeper
    revocations: Revocations

    async def close(self) -> None:
        """Lets refreshes under way end, then closes the connections."""
        await self.keeper.close()
        await self.http.close()
