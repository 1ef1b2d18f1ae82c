"""Strava's OAuth endpoint: the link to consent, and the exchange, refresh and revocation of tokens."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from kernel.strava.quota import Priority
from kernel.strava.tokens import remaining_s
from servicekit.base.clock import utc_now
from servicekit.base.settings import Secret
from servicekit.http.client import ApiClient
from servicekit.http.errors import BadUpstreamResponse, UpstreamUnavailable
from servicekit.http.response import ApiResponse
from servicekit.strava.answers import error_in
from servicekit.strava.clock import StravaClock, date_of
from servicekit.strava.counted import counted
from servicekit.strava.errors import (
    CapacityFull,
    CodeRefused,
    RateLimited,
    RefreshRefused,
    StravaError,
    StravaMisconfigured,
    StravaUnavailable,
    TokenRefused,
)
from servicekit.strava.quota import QuotaLedger

_OK: Final = 200
_PAUSE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair of tokens; `expires_at_s` is epoch seconds, the present when Strava gave no usable expiry."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at_s: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What an athlete's consent gave us. The granted scope is not in it: only the callback tells that."""

    athlete_id: int
    tokens: Tokens


class _Athlete(msgspec.Struct):
    id: int


class _Answer(msgspec.Struct):
    access_token: str
    refresh_token: str | None = None
    expires_at: Any = None
    expires_in: Any = None
    athlete: _Athlete | None = None


class StravaOAuth:
    """Speaks to `/oauth/...` for one Strava application. Never repeats a request by itself: each may rotate tokens."""

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: Secret,
        oauth_base: str,
        client: ApiClient,
        now: Callable[[], datetime] = utc_now,
        clock: StravaClock | None = None,
        quota: QuotaLedger | None = None,
    ) -> None:
        """`client` has `oauth_base` as its base address; `clock` learns from each answer.

        `quota` permits the one call here that Strava counts.
        """
        self.client_id = client_id
        self._client_secret = client_secret
        self._oauth_base = oauth_base.rstrip("/")
        self._client = client
        self._now = now
        self._clock = clock or StravaClock(now)
        self._quota = quota

    def authorization_url(self, *, redirect_uri: str, state: str, scope: str, approval_prompt: str = "auto") -> str:
        """Where the athlete's browser goes to consent."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "approval_prompt": approval_prompt,
            "scope": scope,
            "state": state,
        }
        return f"{self._oauth_base}/oauth/authorize?{urlencode(query, safe=',:')}"

    async def exchange(self, code: str) -> Grant:
        """Tokens for a code. Raises CodeRefused, CapacityFull or StravaUnavailable."""
        answer = await self._token({"grant_type": "authorization_code", "code": Secret(code)}, CodeRefused)
        if answer.athlete is None or answer.athlete.id < 1 or not answer.refresh_token:
            raise StravaUnavailable
        return Grant(answer.athlete.id, self._tokens(answer, answer.refresh_token))

    async def refresh(self, refresh_token: Secret) -> Tokens:
        """The tokens that are valid now; the old refresh token may be dead.

        Raises RefreshRefused or StravaUnavailable.
        """
        fields: dict[str, str | Secret] = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        answer = await self._token(fields, RefreshRefused)
        return self._tokens(answer, answer.refresh_token or refresh_token.reveal())

    async def revoke(self, token: Secret) -> None:
        """Ends the athlete's consent; no error for a token that is dead already. Raises StravaUnavailable."""
        pair = f"{self.client_id}:{self._client_secret.reveal()}".encode()
        basic = Secret(f"Basic {base64.b64encode(pair).decode()}")
        answer = await self._post("/oauth/revoke", {"token": token}, {"Authorization": basic})
        if answer.status != _OK:
            raise self._error(answer)

    async def deauthorize(self, access_token: Secret) -> None:
        """Ends the consent by the older way, which needs an access token that lives and is counted as a read.

        Raises StravaUnavailable or RateLimited.
        """
        headers = {"Authorization": Secret(f"Bearer {access_token.reveal()}")}
        sent = partial(self._post, "/oauth/deauthorize", {}, headers)
        if self._quota is None:
            answer = await sent()
        else:
            answer = await counted(self._quota, "read", Priority.WEBHOOK, sent)
        if answer.status != _OK:
            raise StravaUnavailable(answer.retry_after_s(None))

    def _tokens(self, answer: _Answer, refresh_token: str) -> Tokens:
        expires_at_s = expiry_s(answer.expires_at, answer.expires_in, self._clock.now_s())
        return Tokens(answer.access_token, refresh_token, expires_at_s)

    async def _token(self, fields: Mapping[str, str | Secret], refusal: type[CodeRefused | RefreshRefused]) -> _Answer:
        application: dict[str, str | Secret] = {"client_id": self.client_id, "client_secret": self._client_secret}
        answer = await self._post("/oauth/token", {**application, **fields}, {})
        if answer.status != _OK:
            raise self._error(answer, refusal)
        try:
            return answer.decode(_Answer)
        except BadUpstreamResponse:
            raise StravaUnavailable from None

    def _error(self, answer: ApiResponse, *verdicts: type[StravaError]) -> StravaError:
        """An outage is whatever is no verdict about this consent; a secret that is refused is the operator's too."""
        error = error_in(answer, self._now())
        if isinstance(error, (StravaUnavailable, CapacityFull, *verdicts)):
            return error
        if isinstance(error, TokenRefused):  # none was sent
            return StravaMisconfigured(_PAUSE_S)
        wait_s = answer.retry_after_s(self._now())
        return StravaUnavailable(_PAUSE_S if wait_s is None and isinstance(error, RateLimited) else wait_s)

    async def _post(
        self, path: str, form: Mapping[str, str | Secret], headers: Mapping[str, str | Secret]
    ) -> ApiResponse:
        asked_at_s = self._clock.steady_s()
        try:
            answer = await self._client.request("POST", path, form=form, headers=headers, retry=False)
        except UpstreamUnavailable as error:
            raise StravaUnavailable(error.retry_after_s) from None
        except BadUpstreamResponse:
            raise StravaUnavailable from None
        self._clock.learn(date_of(answer.headers), asked_at_s=asked_at_s)
        return answer


def expiry_s(expires_at: object, expires_in: object, now_s: float) -> int:
    """Epoch seconds of an expiry; the present, which is as good as expired, when neither value can be believed."""
    if remaining_s(expires_at, now_s) > 0 and isinstance(expires_at, int | float):
        return int(expires_at)
    if isinstance(expires_in, int | float) and remaining_s(now_s + expires_in, now_s) > 0:
        return int(now_s + expires_in)
    return int(now_s)
