"""Requests that change something: one unit of work each, and with an Idempotency-Key one effect and one answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request, Response
from sqlalchemy.orm import Session

from predictor_service.models_base import IDEMPOTENCY_KEYS
from servicekit.data.database import Database
from servicekit.jobs import Job
from servicekit.web.idempotency.store import Answer, IdempotencyKeys, KeyClaim, fingerprint

P = TypeVar("P")
T = TypeVar("T")
Status = int | Callable[[T], int]
HEADER: Final = "Idempotency-Key"
PURGE_EVERY_S: Final = 3600.0


class Changes:
    """Makes changes and answers them.

    `content` is what a request is about: with the same key it is answered as before, byte for byte, and another
    content raises IdempotencyConflict. A request that fails leaves its key unused. `about` is the Telegram id of the
    person the answer tells of; it is kept only while that person is known.
    """

    def __init__(
        self, database: Database, is_known: Callable[[Session, str], bool], now: Callable[[], datetime]
    ) -> None:
        """`is_known`: whether somebody of this Telegram id is stored, whom then nobody erases meanwhile."""
        self._database = database
        self._is_known = is_known
        self._keys = IdempotencyKeys(IDEMPOTENCY_KEYS, now=now)

    async def commit(
        self,
        request: Request[Any, Any, Any],
        content: bytes,
        apply: Callable[[Session], T],
        *,
        status: Status[T] = 200,
        about: str | None = None,
    ) -> Response[Any]:
        """The answer to what `apply` did, once it is committed."""
        claim = _claim(request, content, about)
        return _response(await self._database.write(lambda session: self._apply(session, claim, apply, status)))

    async def prepare_and_commit(
        self,
        request: Request[Any, Any, Any],
        content: bytes,
        prepare: Callable[[], Awaitable[P]],
        apply: Callable[[Session, P], T],
        *,
        together: Callable[[P], Awaitable[T]] | None = None,
        status: Status[T] = 200,
        about: str | None = None,
    ) -> Response[Any]:
        """As `commit`, with what `prepare` made outside of the unit of work; a repeated request prepares nothing.

        `together` does what `apply` does for who has no key, in a unit of work that several may share.
        """
        claim = _claim(request, content, about)
        if claim is not None:
            known = await self._database.read(lambda session: self._keys.known(session, claim))
            if known is not None:
                return _response(known)
        prepared = await prepare()
        if claim is None and together is not None:
            return _response(_answer(await together(prepared), status))
        return await self.commit(request, content, lambda session: apply(session, prepared), status=status, about=about)

    def purge_job(self) -> Job:
        """The periodic job that forgets answers too old to be asked for again."""

        async def purge(_args: Mapping[str, Any]) -> None:
            await self._database.write(self._keys.purge)

        return Job("forget_answers", purge, every_s=PURGE_EVERY_S)

    def _apply(
        self, session: Session, claim: KeyClaim | None, apply: Callable[[Session], T], status: Status[T]
    ) -> Answer:
        def run() -> Answer:
            return _answer(apply(session), status)

        if claim is None:
            return run()
        return self._keys.replay_or_run(session, claim, run, is_known=self._is_known)


def _claim(request: Request[Any, Any, Any], content: bytes, about: str | None) -> KeyClaim | None:
    """The keys of one endpoint mean nothing at another."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    asked = fingerprint(request.url.query.encode(), content)
    return KeyClaim(key, f"{request.method} {request.url.path}", asked, about)


def _answer(result: T, status: Status[T]) -> Answer:
    return Answer(status(result) if callable(status) else status, msgspec.json.encode(result))


def _response(answer: Answer) -> Response[bytes]:
    return Response(answer.body, status_code=answer.status, media_type="application/json")
