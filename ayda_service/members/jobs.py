"""Telling members what they have to know, however long the way to them is closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import structlog
from sqlalchemy.orm import Session

from ayda_service.members.notices import Notice, packed, unpacked
from kernel.retry import NOTICE_LADDER_S
from servicekit.jobs import Job, JobQueue

TELL_MEMBER: Final = "tell_member"


class Messenger(Protocol):
    """The way to a member."""

    async def tell(self, telegram_id: int, notice: Notice, *, key: str) -> None:
        """Delivers a notice; a `key` that was delivered before may be passed over."""
        ...


class LogMessenger:
    """For as long as there is no bot: the log."""

    async def tell(self, telegram_id: int, notice: Notice, *, key: str) -> None:
        """Writes that the member would have been told, and nothing of what."""
        message = type(notice).__name__
        structlog.get_logger(__name__).info("member_told", telegram_id=telegram_id, message=message, key=key)


def tell_member(queue: JobQueue, session: Session, telegram_id: int, notice: Notice, *, key: str) -> None:
    """Has a member told with the commit of what the notice is about: exactly one for each change."""
    queue.add(session, TELL_MEMBER, {"telegram_id": telegram_id, "notice": packed(notice), "key": key})


def tell_member_job(messenger: Messenger) -> Job:
    """The delivery of one notice."""

    async def tell(args: Mapping[str, Any]) -> None:
        notice = args.get("notice") or {"type": args["message"]}  # as an earlier version wrote it
        await messenger.tell(args["telegram_id"], unpacked(notice), key=args["key"])

    return Job(TELL_MEMBER, tell, retry_delays_s=NOTICE_LADDER_S, timeout_s=30)
