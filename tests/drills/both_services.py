"""What the bars about security stand on: both services in this process, wired to each other and to the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from ayda_service.app import create_app as create_ayda
from ayda_service.settings import Settings as AydaSettings
from predictor_service.app import create_app as create_predictor
from predictor_service.parts import Parts as PredictorParts
from predictor_service.settings import Settings as PredictorSettings
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.data.migrations import upgrade
from servicekit.web.api_keys import ApiKeys
from simulators.strava.simulator import Simulator
from tests.ayda.support import AYDA_URL, BOT_TOKEN, CLIENT_SECRET, KEY_IN, KEY_OUT, Ayda, FakePredictor, patient
from tests.predictor.support import UNHURRIED, lifespan_of
from tests.servicekit.strava.support import OAUTH_BASE, Clock, StravaTransport

PREDICTOR_URL = "http://predictor.test"


class Wire(httpx.AsyncBaseTransport):
    """The way to a service that may not be there yet, or on which requests and answers are under way for long."""

    def __init__(self) -> None:
        self.app: Any = None
        self.down = False
        """Whether nobody can be reached; such requests are not among what has been asked."""
        self.asked: list[tuple[str, httpx.Headers]] = []
        """Paths and headers of what has been asked."""
        self.to: dict[str, asyncio.Event] = {}
        """What requests to these paths wait for before they arrive."""
        self.back: dict[str, asyncio.Event] = {}
        """And their answers before they come back."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        self.asked.append((request.url.path, request.headers))
        await _passed(self.to, request)
        answer = await httpx.ASGITransport(app=self.app, raise_app_exceptions=False).handle_async_request(request)
        await _passed(self.back, request)
        return answer


async def _passed(gates: dict[str, asyncio.Event], request: httpx.Request) -> None:
    gate = gates.get(request.url.path)
    if gate is not None:
        await gate.wait()


@dataclass
class Both:
    """Both services, running."""

    ayda: Ayda
    predictor: httpx.AsyncClient
    parts: PredictorParts
    folder: Path
    clock: Clock
    simulator: Simulator
    to_predictor: Wire
    to_ayda: Wire

    async def sync(self, athlete_id: UUID) -> Any:
        """One portion of an athlete's sync at the predictor."""
        return await self.parts.sync.run(athlete_id)


def ayda_settings(folder: Path, **changes: Any) -> AydaSettings:
    url = changes.get("database_url", f"sqlite:///{folder / 'ayda.db'}")
    upgrade("ayda_service", url)
    values: dict[str, Any] = {
        "strava_client_id": "4242",
        "strava_client_secret": Secret(CLIENT_SECRET),
        "vault": Vault({"k1": bytes(range(32))}),
        "bot_token": Secret(BOT_TOKEN),
        "database_url": url,
        "public_url": AYDA_URL,
        "api_keys": ApiKeys.parse(KEY_IN),
        "predictor_url": PREDICTOR_URL,
        "predictor_api_keys": ApiKeys.parse(KEY_OUT),
        "strava_oauth_base": OAUTH_BASE,
        "worker_embedded": True,
        "database_wait_s": 60,
        "request_budgets": UNHURRIED,
    }
    return AydaSettings(**{**values, **changes})


def predictor_settings(folder: Path, **changes: Any) -> PredictorSettings:
    url = changes.get("database_url", f"sqlite:///{folder / 'predictor.db'}")
    upgrade("predictor_service", url)
    values: dict[str, Any] = {
        "vault": Vault({"k1": bytes(range(1, 33))}),
        "database_url": url,
        "api_keys": ApiKeys.parse(KEY_OUT),
        "ayda_url": AYDA_URL,
        "ayda_api_keys": ApiKeys.parse(KEY_IN),
        "strava_api_base": f"{OAUTH_BASE}/api/v3",
        "strava_oauth_base": OAUTH_BASE,
        "background_sync_enabled": False,
        "imports_folder": folder / "imports",
        "worker_embedded": False,
        "database_wait_s": 60,
        "request_budgets": UNHURRIED,
    }
    return PredictorSettings(**{**values, **changes})


def new_strava(clock: Clock) -> Simulator:
    """A Strava with room for everybody."""
    return Simulator(now=clock.now, seed=1, rotation="strict", client_secret=CLIENT_SECRET, athlete_capacity=10**9)


@asynccontextmanager
async def both_services(
    folder: Path,
    *,
    clock: Clock | None = None,
    simulator: Simulator | None = None,
    road: type[StravaTransport] = StravaTransport,
    of_predictor: dict[str, Any] | None = None,
    **changes: Any,
) -> AsyncIterator[Both]:
    """ayda with its worker and these settings, the predictor without: what it does is done by hand.

    `clock` and `simulator` outlive the services, which may be opened again on the same folder. `road`: to Strava.
    """
    clock = clock or Clock()
    simulator = simulator or new_strava(clock)
    strava, to_ayda, to_predictor = road(simulator), Wire(), Wire()
    ayda = create_ayda(
        ayda_settings(folder, **changes), now=clock.now, strava_transport=strava, predictor_transport=to_predictor
    )
    patient(ayda)
    predictor = create_predictor(
        predictor_settings(folder, **(of_predictor or {})),
        now=clock.now,
        strava_transport=strava,
        ayda_transport=to_ayda,
    )
    to_ayda.app, to_predictor.app = ayda, predictor
    async with (
        lifespan_of(predictor),
        lifespan_of(ayda),
        httpx.AsyncClient(transport=to_ayda, base_url=AYDA_URL) as at_ayda,
        httpx.AsyncClient(
            transport=to_predictor, base_url=PREDICTOR_URL, headers={"X-API-Key": KEY_OUT}
        ) as at_predictor,
    ):
        members = Ayda(at_ayda, ayda, clock, simulator, strava, FakePredictor())
        parts = predictor.litestar.state.parts
        yield Both(members, at_predictor, parts, folder, clock, simulator, to_predictor, to_ayda)
