"""Processes that ask for a token and die at a chosen await: `refresh_process.py DATABASE_URL STRAVA_URL`.

Reads orders as JSON lines and forks once for each: `{"athlete_id", "now_s", "callers", "kind", "at", "inside"}`, where
`kind` is `none`, `kill` (SIGKILL), `cancel_all` (every task) or `cancel_caller`, at the `at`-th suspension of any task.
With `inside` each statement and each commit of a unit of work counts as one too, in its thread. Writes one JSON line
for each: how it ended, how many suspensions there were, what the callers got.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event

from ayda_service.strava.models import StravaToken
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.data.database import Database
from servicekit.http.client import ApiClient
from servicekit.strava.errors import ReauthRequired, StravaUnavailable
from servicekit.strava.oauth import StravaOAuth
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import ReadyToken
from servicekit.strava.tokens.store import SqlTokenStore
from tests.ayda.support import CLIENT_SECRET
from tests.drills.interleaving import stepped

PATIENCE_S = 120
"""A child that hangs is killed, and judged like any other that was."""


class Reaper:
    """Counts suspensions and strikes at one of them."""

    def __init__(self, kind: str, at: int) -> None:
        self.kind, self.at, self.count = kind, at, 0
        self.armed = False
        self.callers: list[asyncio.Task[Any]] = []

    def suspended(self) -> None:
        if not self.armed:
            return
        self.count += 1
        if self.count != self.at or self.kind == "none":
            return
        if self.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        struck = asyncio.all_tasks() if self.kind == "cancel_all" else self.callers
        for task in struck:
            asyncio.get_running_loop().call_soon(task.cancel)

    def factory(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        return asyncio.Task(_watched(coroutine, self), loop=loop, **options)


async def _watched(coroutine: Coroutine[Any, Any, Any], reaper: Reaper) -> Any:
    return await stepped(coroutine, reaper.suspended)


async def ask(database_url: str, strava_url: str, order: dict[str, Any], reaper: Reaper) -> dict[str, Any]:
    def now() -> datetime:
        return datetime.fromtimestamp(order["now_s"], UTC)

    asyncio.get_running_loop().set_task_factory(reaper.factory)
    database = Database(database_url)
    if order.get("inside"):
        for moment in ("before_cursor_execute", "commit"):
            event.listen(database.engine, moment, lambda *_: reaper.suspended())
    client = ApiClient(strava_url, "strava", now=now, timeout_s=20)
    oauth = StravaOAuth(
        client_id="4242", client_secret=Secret(CLIENT_SECRET), oauth_base=strava_url, client=client, now=now
    )
    keeper = TokenKeeper(SqlTokenStore(database, StravaToken), oauth, Vault({"k1": bytes(range(32))}), now=now)
    reaper.armed = True
    reaper.callers = [asyncio.create_task(keeper.access_token(order["athlete_id"])) for _ in range(order["callers"])]
    answers = await asyncio.gather(*reaper.callers, return_exceptions=True)
    reaper.armed = False
    await keeper.close()
    await client.close()
    await database.close()
    tokens = {answer.access_token for answer in answers if isinstance(answer, ReadyToken)}
    kinds = Counter(type(answer).__name__ for answer in answers)
    return {"tokens": sorted(tokens), "answers": dict(kinds), "suspensions": reaper.count}


def child(database_url: str, strava_url: str, order: dict[str, Any], out: int) -> None:
    reaper = Reaper(order.get("kind", "none"), order.get("at", 0))
    try:
        told = asyncio.run(ask(database_url, strava_url, order, reaper))
    except (asyncio.CancelledError, ReauthRequired, StravaUnavailable) as error:
        told = {"tokens": [], "answers": {type(error).__name__: 1}, "suspensions": reaper.count}
    os.write(out, json.dumps(told).encode())
    os._exit(0)


def main(database_url: str, strava_url: str) -> None:
    for line in sys.stdin:
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            signal.alarm(PATIENCE_S)
            os.dup2(2, 1)  # the log of the child is no answer
            child(database_url, strava_url, json.loads(line), write)
        os.close(write)
        with os.fdopen(read, "rb") as told:
            content = told.read()
        _, status = os.waitpid(pid, 0)
        result = json.loads(content) if content else {"tokens": [], "answers": {}, "suspensions": 0}
        sys.stdout.write(json.dumps(result | {"killed": os.WIFSIGNALED(status), "status": status}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
