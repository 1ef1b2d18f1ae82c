"""Requests that change something: one transaction each, and with an Idempotency-Key one effect and one answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request, Response
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.data.database import Database
from servicekit.jobs import Job
from servicekit.web.idempotency import Answer, IdempotencyKeys, fingerprint

P = TypeVar("P")
T = TypeVar("T")
HEADER: Final = "Idempotency-Key"
PURGE_EVERY_S: Final = 3600.0


def at_hand(value: P) -> Callable[[], Awaitable[P]]:
    """The preparation of a change that needs none."""

    async def prepared() -> P:
        return value

    return prepared


class Changes:
    """Runs changes and answers them."""

    def __init__(self, database: Database, keys: Table, now: Callable[[], datetime]) -> None:
        self._database = database
        self._keys = IdempotencyKeys(keys, now=now)

    async def answer(
        self,
        request: Request[Any, Any, Any],
        content: bytes,
        prepare: Callable[[], Awaitable[P]],
        apply: Callable[[AsyncSession, P], Awaitable[T]],
        *,
        status: int | Callable[[T], int] = 200,
        about: str | None = None,
    ) -> Response[Any]:
        """Prepares outside of the transaction, applies inside, and answers once it is committed.

        `content` is what the request is about: with the same key it is answered as before, byte for byte, and another
        content raises IdempotencyConflict. A request that fails leaves its key unused. `about` is the Telegram id of
        the person the answer tells of.
        """
        key = request.headers.get(HEADER)
        claim = _Claim(self._keys, key, request, content, about)
        if key is not None and (known := await self._known(claim)) is not None:
            return _response(known)
        prepared = await prepare()

        async def run(session: AsyncSession) -> Answer:
            result = await apply(session, prepared)
            return Answer(status(result) if callable(status) else status, msgspec.json.encode(result))

        async with self._database.transaction() as session:
            answer = await run(session) if key is None else await claim.replay_or_run(session, run)
        return _response(answer)

    async def _known(self, claim: _Claim) -> Answer | None:
        """The answer of a request that was here before; looked up first, so that a repeated one costs no work."""
        async with self._database.transaction() as session:
            known = await claim.take(session)
            await session.rollback()
        return known

    def purge_job(self) -> Job:
        """The periodic job that forgets answers too old to be asked for again."""

        async def purge(_args: Mapping[str, Any]) -> None:
            async with self._database.transaction() as session:
                await self._keys.purge(session)

        return Job("forget_answers", purge, every_s=PURGE_EVERY_S)


class _Claim:
    """One request's claim to its key; the keys of one endpoint mean nothing at another."""

    def __init__(
        self,
        keys: IdempotencyKeys,
        key: str | None,
        request: Request[Any, Any, Any],
        content: bytes,
        about: str | None,
    ) -> None:
        self._keys = keys
        self._about = about
        self._key = key or ""
        self._scope = f"{request.method} {request.url.path}"
        self._fingerprint = fingerprint(request.url.query.encode(), content)

    async def take(self, session: AsyncSession) -> Answer | None:
        return await self._keys.claim(session, self._key, scope=self._scope, fingerprint=self._fingerprint)

    async def replay_or_run(self, session: AsyncSession, run: Callable[[AsyncSession], Awaitable[Answer]]) -> Answer:
        answer, _ = await self._keys.replay_or_run(
            session,
            self._key,
            scope=self._scope,
            fingerprint=self._fingerprint,
            run=lambda: run(session),
            telegram_id=self._about,
        )
        return answer


def _response(answer: Answer) -> Response[bytes]:
    return Response(answer.body, status_code=answer.status, media_type="application/json")
