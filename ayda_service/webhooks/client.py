"""Strava's endpoint for the application's one subscription, and our own callback as Strava sees it."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Final

import msgspec

from ayda_service.webhook_settings import WebhookSettings
from servicekit.base.settings import Secret
from servicekit.http.client import ApiClient
from servicekit.http.errors import UpstreamError
from servicekit.strava.answers import decoded
from servicekit.strava.client import StravaClient
from servicekit.strava.errors import NotFound

PATH: Final = "/push_subscriptions"
HANDSHAKE_S: Final = 20.0


class Subscription(msgspec.Struct, frozen=True):
    """A subscription as Strava lists it."""

    id: int
    callback_url: str = ""


class SubscriptionClient:
    """Calls that raise what `StravaClient.ask_as_application` does, and repeat nothing: they are counted by the day.

    Strava takes the client secret in the query of two of them; addresses are never logged.
    """

    def __init__(self, strava: StravaClient, client_id: str, client_secret: Secret) -> None:
        self._strava = strava
        self._client_id = client_id
        self._client_secret = client_secret

    async def all(self) -> list[Subscription]:
        """The application's subscriptions: none or one."""
        answer = await self._strava.ask_as_application("GET", PATH, params=self._application())
        return decoded(answer, list[Subscription], "the subscriptions")

    async def create(self, callback_url: str, verify_token: Secret) -> int:
        """The id of a new subscription. Strava asks the callback for the challenge before it answers."""
        form: dict[str, str | Secret] = {"client_id": self._client_id, "client_secret": self._client_secret}
        form |= {"callback_url": callback_url, "verify_token": verify_token}
        answer = await self._strava.ask_as_application("POST", PATH, form=form, timeout_s=HANDSHAKE_S)
        return decoded(answer, Subscription, "a new subscription").id

    async def delete(self, subscription_id: int) -> None:
        """Ends a subscription; one that is gone already is no error."""
        with suppress(NotFound):
            await self._strava.ask_as_application("DELETE", f"{PATH}/{subscription_id}", params=self._application())

    def _application(self) -> dict[str, str]:
        return {"client_id": self._client_id, "client_secret": self._client_secret.reveal()}


class CallbackProbe:
    """Asks our own callback for the challenge, as Strava will: that costs no call at Strava."""

    def __init__(self, client: ApiClient, settings: WebhookSettings) -> None:
        """`client` asks at PUBLIC_URL."""
        self._client = client
        self._settings = settings

    async def answers(self) -> bool:
        """Whether it answers from here; where it does not, Strava may still reach it."""
        path, verify_token = self._settings.callback_path.reveal(), self._settings.verify_token.reveal()
        challenge = secrets.token_hex(16)
        asked = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
        try:
            answer = await self._client.request("GET", path, params=asked, retry=False, timeout_s=2)
            return answer.expect(200).decode(dict[str, str]) == {"hub.challenge": challenge}
        except UpstreamError:
            return False

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()
