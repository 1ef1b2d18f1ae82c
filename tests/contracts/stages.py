"""The real services on sockets and real databases, and what must hold there before an interaction of a pact.

Work on a service's data is done on the loop of its server.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import delete

from ayda_service.app import create_app as create_ayda
from ayda_service.members.models import Member
from ayda_service.settings import Settings as AydaSettings
from ayda_service.strava.models import StravaToken
from predictor_service.app import create_app as create_predictor
from predictor_service.settings import Settings as PredictorSettings
from servicekit.data.database import Database
from servicekit.web.api_keys import ApiKeys
from servicekit.web.app import WebApp
from tests.contracts.ayda_asks import courses, shapes
from tests.contracts.ayda_asks.shapes import LINKED, MEMBER, PROFILED, ROUTE_ID, STORED, STRANGER
from tests.contracts.ayda_asks.test_connections import EVENT
from tests.contracts.ayda_asks.test_predictions import OTHER_KEY, key_header
from tests.contracts.houses import NOW, VAULT, ayda_settings, member
from tests.contracts.predictor_asks import test_tokens as tokens
from tests.contracts.support import KEY, Switch
from tests.predictor import states
from tests.support_server import LoopbackServer

HOUR_S = 3600
States = dict[str, Callable[[], None]]


class FakeStrava(httpx.AsyncBaseTransport):
    """Refreshes any token, unless it is down."""

    def __init__(self) -> None:
        self.down = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("no Strava here", request=request)
        expires_at = int(NOW.timestamp()) + 6 * HOUR_S
        answer = {"token_type": "Bearer", "access_token": "a2", "refresh_token": "r2", "expires_at": expires_at}
        return httpx.Response(200, json=answer, request=request)


class AydaStage:
    """One ayda with keys and one without, over one database and one Strava."""

    def __init__(self, blank: Path, folder: Path) -> None:
        self.url = f"sqlite:///{shutil.copy(blank, folder / 'ayda.db')}"
        self.strava = FakeStrava()
        settings = ayda_settings(self.url, None)
        closed = replace(settings, api_keys=ApiKeys())
        self.switch = Switch(self._app(settings), self._app(closed))

    def _app(self, settings: AydaSettings) -> WebApp:
        return create_ayda(settings, now=lambda: NOW, strava_transport=self.strava)

    async def reset(self) -> None:
        """Nobody is known, and Strava is up."""
        self.strava.down = False
        database = Database(self.url)
        with database.transaction() as session:
            session.execute(delete(StravaToken))
            session.execute(delete(Member))
        await database.close()

    async def member(self, *, connected: bool, left_s: int = 5 * HOUR_S, state: str = "active") -> None:
        """The member of the pact, with or without a connection."""
        await self.reset()
        await member(self.url, connected=connected, left_s=left_s, state=state)

    async def strava_is_down(self) -> None:
        await self.member(connected=True, left_s=-HOUR_S)
        self.strava.down = True

    def states(self, server: LoopbackServer) -> States:
        """By the names of the pact."""

        def opened(work: Callable[[], Any]) -> Callable[[], None]:
            def handler() -> None:
                self.switch.closed = False
                server.call(work())

            return handler

        return {
            tokens.CONNECTED: opened(lambda: self.member(connected=True)),
            tokens.NOBODY: opened(self.reset),
            tokens.NOT_CONNECTED: opened(lambda: self.member(connected=False)),
            tokens.LOST: opened(lambda: self.member(connected=True, state="reauth_required")),
            tokens.OUTAGE: opened(self.strava_is_down),
            tokens.NO_KEYS: self.switch.close,
        }


def predictor_switch(blank: Path, folder: Path) -> Switch:
    """A predictor with keys and one without, each over a copy of the blank database."""

    def app(name: str, keys: ApiKeys) -> WebApp:
        url = f"sqlite:///{shutil.copy(blank, folder / name)}"
        settings = PredictorSettings(vault=VAULT, database_url=url, api_keys=keys, worker_embedded=False)
        quiet = replace(settings, background_sync_enabled=False, imports_folder=folder / "imports")
        return create_predictor(quiet, now=lambda: NOW)

    return Switch(app("open.db", ApiKeys.parse(KEY)), app("closed.db", ApiKeys()))


class PredictorStage:
    """Sets up what must hold before an interaction; the work is done on the loop of the server."""

    def __init__(self, server: LoopbackServer, switch: Switch) -> None:
        self._server = server
        self._switch = switch
        self._parts = switch.app.litestar.state.parts

    def opened(self, *works: Callable[[], Any]) -> Callable[[], None]:
        """A provider with keys where these works were done in turn."""

        async def each() -> None:
            for work in works:
                await work()

        def handler() -> None:
            self._switch.closed = False
            self._server.call(each())

        return handler

    async def anew(self, member: str = MEMBER) -> None:
        await states.nothing_known(self._parts, member)

    async def profiled(self, **how: Any) -> None:
        await states.athlete_has_profile(self._parts, MEMBER, **how)

    async def stored(self) -> None:
        await states.route_exists(self._parts, ROUTE_ID)

    async def stored_long_ago(self) -> None:
        await states.route_exists(self._parts, ROUTE_ID, of_long_ago=True)

    async def recorded(self, provenance: Any) -> None:
        await states.athlete_has_recording(self._parts, MEMBER, courses.recording(), provenance)

    async def compared(self) -> None:
        await states.outings_compared(self._parts, MEMBER)

    async def outings(self) -> None:
        await states.outings_known(self._parts, MEMBER, shapes.KNOWN)

    async def importing(self, status: Any) -> None:
        await states.import_stands(self._parts, MEMBER, shapes.IMPORT_ID, status)

    async def linked(self) -> None:
        await states.athlete_connected(self._parts, MEMBER, 12345)

    async def syncing(self, status: str) -> None:
        await states.sync_stands(self._parts, MEMBER, 12345, status)

    async def alarmed(self, *names: str) -> None:
        await states.alarms_hold(self._parts, *names)

    async def left(self) -> None:
        await self._parts.erasure.erase(MEMBER, UUID(shapes.MEMBER_ID))

    async def used_key(self) -> None:
        race = {"telegram_id": MEMBER, "race_id": states.RACE_ID, "distance_id": states.DISTANCE_ID}
        await self._post("/predict", race, **key_header(OTHER_KEY))

    async def told_before(self) -> None:
        await self._post("/strava/events", EVENT)

    async def _post(self, path: str, body: dict[str, Any], **headers: str) -> None:
        async with httpx.AsyncClient(base_url=self._server.url, trust_env=False) as http:
            answer = await http.post(f"/api/v1/internal{path}", json=body, headers={"X-API-Key": KEY, **headers})
        assert answer.is_success, answer.text

    def states(self) -> States:
        """By the names of the pact."""
        stranger = partial(self.anew, STRANGER)
        private = partial(self.profiled, provenance="strava_api")
        return {
            shapes.NOTHING: self.opened(stranger),
            shapes.NOTHING_OF_MEMBER: self.opened(self.anew),
            PROFILED: self.opened(self.anew, self.profiled),
            shapes.HIKING: self.opened(self.anew, partial(self.profiled, sport="hike")),
            shapes.PRIVATE: self.opened(self.anew, private),
            STORED: self.opened(self.stored),
            shapes.STORED_LONG_AGO: self.opened(self.stored_long_ago),
            f"{PROFILED} and {STORED}": self.opened(self.anew, self.profiled, self.stored),
            shapes.COMPARED: self.opened(self.anew, self.compared),
            shapes.OUTINGS: self.opened(self.anew, self.outings),
            f"{PROFILED} and {shapes.COMPARED} and {STORED}": self.opened(
                self.anew, self.profiled, self.compared, self.stored
            ),
            f"{shapes.NOTHING_OF_MEMBER} and {STORED}": self.opened(self.anew, self.stored),
            f"{shapes.NOTHING} and {PROFILED}": self.opened(stranger, self.anew, self.profiled),
            f"{shapes.NOTHING} and {PROFILED} and {STORED}": self.opened(
                stranger, self.anew, self.profiled, self.stored
            ),
            f"{shapes.HIKING} and {STORED}": self.opened(self.anew, partial(self.profiled, sport="hike"), self.stored),
            f"{shapes.PRIVATE} and {STORED}": self.opened(self.anew, private, self.stored),
            shapes.USED_KEY: self.opened(self.anew, self.used_key),
            shapes.RECORDED: self.opened(self.anew, partial(self.recorded, "user_file")),
            shapes.RECORDED_AT_STRAVA: self.opened(self.anew, partial(self.recorded, "strava_api")),
            shapes.IMPORTING: self.opened(self.anew, partial(self.importing, "running")),
            shapes.IMPORTED: self.opened(self.anew, partial(self.importing, "done")),
            shapes.IMPORT_FAILED: self.opened(self.anew, partial(self.importing, "failed")),
            LINKED: self.opened(self.anew, self.linked),
            shapes.LEFT: self.opened(self.left),
            shapes.KNOWN_EVENT: self.opened(self.anew, self.linked, self.told_before),
            **{
                shapes.syncing(status): self.opened(self.anew, partial(self.syncing, status))
                for status in shapes.SYNC_STATUSES
            },
            f"{LINKED} and has a profile": self.opened(self.anew, private, self.linked),
            shapes.WELL: self.opened(self.alarmed),
            shapes.ALARMED: self.opened(partial(self.alarmed, "JobsWait", "QuotaNearlyUsed")),
            shapes.NO_KEYS: self._switch.close,
            "": self.opened(),
        }
