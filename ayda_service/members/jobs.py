"""Telling members what they have to know, however long the way to them is closed."""

from __future__ import annotations

from typing import Final, Protocol

import structlog
from sqlalchemy.orm import Session

from kernel.retry import NOTICE_LADDER_S
from servicekit.jobs import Job, JobQueue

TELL_MEMBER: Final = "tell_member"
RECONNECT: Final = "strava_reauth_required"
"""Strava no longer honours the connection; the member has to connect again."""


class Messenger(Protocol):
    """The way to a member."""

    async def tell(self, telegram_id: int, message: str, *, key: str) -> None:
        """Delivers a message by its name; a `key` that was delivered before may be passed over."""
        ...


class LogMessenger:
    """For as long as there is no bot: the log."""

    async def tell(self, telegram_id: int, message: str, *, key: str) -> None:
        """Writes that the member would have been told."""
        structlog.get_logger(__name__).info("member_told", telegram_id=telegram_id, message=message, key=key)


def tell_member(queue: JobQueue, session: Session, telegram_id: int, message: str, *, key: str) -> None:
    """Has a member told with the commit of what the message is about: exactly one for each change."""
    queue.add(session, TELL_MEMBER, {"telegram_id": telegram_id, "message": message, "key": key})


def tell_member_job(messenger: Messenger) -> Job:
    """The delivery of one message."""
    return Job(
        TELL_MEMBER,
        lambda args: messenger.tell(args["telegram_id"], args["message"], key=args["key"]),
        retry_delays_s=NOTICE_LADDER_S,
        timeout_s=30,
    )
