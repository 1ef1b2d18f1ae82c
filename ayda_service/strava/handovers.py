"""What a member carries between Telegram and a browser that share no cookie: secrets, given and taken back.

Each secret is good once and for five minutes. What it stands for is sealed under the secret itself, so that the
database alone, of which only its digest is known, opens nothing.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias, TypeVar

import msgspec
from sqlalchemy.orm import Session

from ayda_service.errors import AuthorizationExpired
from ayda_service.members.service import Membership
from ayda_service.strava.store import HandoverStore
from servicekit.base.vault import Vault
from servicekit.data.database import Database

LIFE: Final = timedelta(minutes=5)
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PURPOSE: Final = "handover"


class Ticket(msgspec.Struct, frozen=True, tag="ticket"):
    """From Telegram to a browser: go to Strava for this member, with the permission to upload or without."""

    uploads: bool
    vouched_at: datetime = LONG_AGO
    """When Telegram said who they are."""


class Consented(msgspec.Struct, frozen=True, tag="claim"):
    """From a browser to Telegram: Strava has consented there; the code is not exchanged yet."""

    code: str
    scope: str
    vouched_at: datetime = LONG_AGO
    """When they began."""
    state_digest: str = ""
    """Of the authorization, whose browser may ask how it ended."""


DownloadKind = Literal["export", "card.png", "plan.gpx", "plan.csv", "course.tcx", "crew.html"]


class Download(msgspec.Struct, frozen=True, tag="download"):
    """From Telegram to a browser: a file of this member."""

    what: DownloadKind
    prediction_id: str | None = None
    vouched_at: datetime = LONG_AGO


Content: TypeAlias = Ticket | Consented | Download
C = TypeVar("C", Ticket, Consented, Download)


class Handovers:
    """Gives such secrets and takes them back."""

    def __init__(self, database: Database, membership: Membership, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._membership = membership
        self._now = now

    async def give(self, telegram_id: int, content: Content) -> str:
        """The secret that stands for the content; 43 characters that an address may hold. Raises ErasedSince."""
        secret, now = secrets.token_urlsafe(32), self._now()
        text = msgspec.json.encode(content).decode()
        sealed = _vault(secret).seal(text, subject=str(telegram_id), purpose=_PURPOSE)

        def keep(session: Session) -> None:
            self._membership.join(session, telegram_id, content.vouched_at)
            HandoverStore(session).add(secret, telegram_id, sealed, now=now, expires_at=now + LIFE)

        await self._database.write(keep)
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
        content = msgspec.json.decode(text, type=Content)
        if not isinstance(content, kind):
            raise AuthorizationExpired
        return telegram_id, content


def _vault(secret: str) -> Vault:
    key = hmac.digest(secret.encode("utf-8", "replace"), b"ayda handover", "sha256")
    return Vault({"secret": key})
