"""What a member carries between Telegram and a browser that share no cookie: secrets, given and taken back.

Each secret is good once and for five minutes. What it stands for is sealed under the secret itself, so that the
database alone, of which only its digest is known, opens nothing.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec

from ayda_service.errors import AuthorizationExpired
from ayda_service.strava.store import HandoverStore
from servicekit.base.vault import Vault
from servicekit.data.database import Database

LIFE: Final = timedelta(minutes=5)
_PURPOSE: Final = "handover"


class Ticket(msgspec.Struct, frozen=True, tag="ticket"):
    """From Telegram to a browser: go to Strava for this member, with the permission to upload or without."""

    uploads: bool


class Consented(msgspec.Struct, frozen=True, tag="claim"):
    """From a browser to Telegram: Strava has consented there; the code is not exchanged yet."""

    code: str
    scope: str


C = TypeVar("C", Ticket, Consented)


class Handovers:
    """Gives such secrets and takes them back."""

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def give(self, telegram_id: int, content: Ticket | Consented) -> str:
        """The secret that stands for the content; 43 characters that an address may hold."""
        secret, now = secrets.token_urlsafe(32), self._now()
        text = msgspec.json.encode(content).decode()
        sealed = _vault(secret).seal(text, subject=str(telegram_id), purpose=_PURPOSE)
        until = now + LIFE
        await self._database.write(
            lambda session: HandoverStore(session).add(secret, telegram_id, sealed, now=now, expires_at=until)
        )
        return secret

    async def take(self, secret: str, kind: type[C]) -> tuple[int, C]:
        """Who it was given to, and the content; whoever brings it uses it up.

        Raises AuthorizationExpired for a secret that is unknown, used, too old or of the other kind.
        """
        found = await self._database.write(lambda session: HandoverStore(session).take(secret, self._now()))
        if found is None:
            raise AuthorizationExpired
        telegram_id, sealed = found
        text = _vault(secret).open(sealed, subject=str(telegram_id), purpose=_PURPOSE)
        content = msgspec.json.decode(text, type=Ticket | Consented)
        if not isinstance(content, kind):
            raise AuthorizationExpired
        return telegram_id, content


def _vault(secret: str) -> Vault:
    key = hmac.digest(secret.encode("utf-8", "replace"), b"ayda handover", "sha256")
    return Vault({"secret": key})
