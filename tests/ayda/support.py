"""ayda in the test's own process: its Strava is the simulator, its predictor a fake one, its members sign initData."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from sqlalchemy import text

from ayda_service.app import create_app
from ayda_service.plans.drawing import DrawingProcess
from ayda_service.settings import Settings
from ayda_service.telegram.init_data import sign_init_data
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.jobs import JobQueue
from servicekit.web.api_keys import ApiKeys
from servicekit.web.app import WebApp
from simulators.strava.simulator import Simulator
from tests.predictor.support import UNHURRIED, assert_problem, lifespan_of
from tests.service_database import ON_POSTGRES
from tests.servicekit.strava.support import OAUTH_BASE, Clock, StravaTransport

BOT_TOKEN = "123456789:canary-bot-token-AAAAAAAAAAAAAAAAAA"
CLIENT_SECRET = "canary-client-secret-BBBBBBBB"
KEY_IN = "canary-key-of-the-predictor-CCCCCCCC"
KEY_OUT = "canary-key-to-the-predictor-DDDDDDDD"
PATIENT_S = 60.0
"""No test is decided by how busy the machine is."""
AYDA_URL = "http://localhost:8001"
MEMBER = 279058397
OTHER = 424242

__all__ = ["assert_problem"]


def prediction(prediction_id: str = "018f6b2a-0000-7000-8000-000000000001") -> dict[str, Any]:
    """An answer of the predictor."""
    return {
        "prediction_id": prediction_id,
        "personalized": False,
        "times": {"fast": "1:10:00", "moderate": "1:21:00", "easy": "1:31:00"},
        "times_s": {"fast": 4200, "moderate": 4860, "easy": 5460},
        "gap_time": "1:15:00",
        "gap_time_s": 4500,
        "interval": {
            "p10_s": 4380, "p50_s": 4860, "p90_s": 5390, "nominal": 0.8, "measured_coverage": None, "measured_on": 0,
            "measured_by": "past",
        },
        "profile_stats": None,
        "route": FACTS,
        "splits": [],
        "checkpoints": [],
        "formulas_s": {
            "strava_gap": 4500, "minetti": 4620, "tobler": 9100, "naismith": 9800, "din33466": 10100, "swiss": 9400
        },
        "model": "pace-curve/3",
        "effort": "moderate",
        "prior_share": 1.0,
        "elapsed_s": {"p10": 4500, "p50": 5000, "p90": 5600},
        "stops_s": 140,
        "terrain": [],
        "walked": {"distance_m": 0.0, "time_s": 0},
        "p_finish_in_all_cutoffs": None,
        "flat_run_s": 4300,
        "minutes": [],
        "plan": None,
        "daylight": None,
        "start_at": None,
        "time_zone": None,
        "course": None,
        "elevation": None,
        "warnings": [],
        "climbs": [],
        "a_field_of_next_year": 1,
    }  # fmt: skip


def settings_on(url: str, **changes: Any) -> Settings:
    """Both neighbours, both keys, no worker."""
    base = Settings(
        strava_client_id="4242",
        strava_client_secret=Secret(CLIENT_SECRET),
        vault=Vault({"k1": bytes(range(32))}),
        bot_token=Secret(BOT_TOKEN),
        database_url=url,
        public_url=AYDA_URL,
        bot_name="ayda_bot",
        api_keys=ApiKeys.parse(KEY_IN),
        predictor_url="http://predictor.test",
        predictor_api_keys=ApiKeys.parse(KEY_OUT),
        strava_oauth_base=OAUTH_BASE,
        erasures_file=Path(tempfile.mkdtemp()) / "ayda.erasures" if url.startswith("postgresql") else None,
        worker_embedded=False,
        database_wait_s=PATIENT_S,
        request_budgets=UNHURRIED,
    )
    return replace(base, **changes)


FACTS = {"distance_m": 21690.0, "gain_m": 928.0, "loss_m": 918.0, "gain_band_m": [890.0, 960.0]}
ROUTE = {
    "id": "018f6b2a-0000-7000-8000-00000000000a",
    "name": "Hill",
    "facts": FACTS,
    "points": 2,
    "elevation": [[0, 1]],
    "time_zone": "Asia/Almaty",
}
PROFILE = {
    "telegram_id": str(MEMBER),
    "type": "trail_run",
    "has_profile": False,
    "flat_pace_p50": None,
    "total_activities": None,
    "total_km": None,
    "gradient_coverage": None,
    "level": None,
    "updated_at": None,
    "shareable": True,
}
NOTHING = {"n": 0, "bias": None, "mape": None, "coverage": None}
ACCURACY = {
    "telegram_id": str(MEMBER), "moving": NOTHING, "elapsed": NOTHING, "modes": [], "newest": [], "open": []
}  # fmt: skip
OUTING = {
    "prediction_id": "018f6b2a-0000-7000-8000-000000000001",
    "activity_id": "018f6b2a-0000-7000-8000-0000000000ac",
    "mode": "trail_run",
    "course": "Hill & <Dale>",
    "predicted_at": "2026-05-29T12:00:00Z",
    "started_at": "2026-05-30T06:00:00Z",
    "said_s": {"p10": 12600, "p50": 13620, "p90": 15000},
    "taken_s": 13920,
    "moving_said_s": {"p10": 12000, "p50": 13000, "p90": 14400},
    "moving_taken_s": 13200,
    "linked": False,
    "learned": {"flat": 0.001, "climbs": -0.021, "descents": None},
}
"""Said 3:47, took 3:52."""
_NOT_HEARD_OF = {
    "title": "T", "status": 404, "detail": "Nobody.", "code": "athlete_not_found", "request_id": "predictor-1"
}  # fmt: skip
Told: TypeAlias = dict[str, Any] | httpx.AsyncByteStream
"""The JSON of an answer, or what is written line by line."""
ANSWERS: dict[tuple[str, str], tuple[int, Told]] = {
    ("POST", "/api/v1/internal/strava/connected"): (200, {"status": "sync_triggered", "user_id": "u"}),
    ("POST", "/api/v1/internal/strava/disconnected"): (200, {"status": "erased", "erased": {"activity": 3}}),
    ("DELETE", f"/api/v1/internal/athletes/{MEMBER}"): (200, {"status": "erased", "erased": {"athlete": 1}}),
    ("GET", f"/api/v1/internal/athletes/{MEMBER}/export/page"): (
        200,
        {"rows": [{"table": "athlete", "row": {"telegram_id": "x"}}], "after": None},
    ),
    ("POST", "/api/v1/internal/predict"): (200, prediction()),
    ("POST", "/api/v1/internal/routes"): (201, ROUTE),
    ("GET", "/api/v1/internal/profile"): (200, PROFILE),
    ("GET", f"/api/v1/internal/athletes/{MEMBER}/accuracy"): (200, ACCURACY),
    ("GET", f"/api/v1/internal/athletes/{MEMBER}/outings"): (200, {"outings": [], "earlier": None}),
    ("GET", f"/api/v1/internal/athletes/{MEMBER}/own-paths"): (200, {"remembered": False, "since": None, "outings": 0}),
    ("POST", "/api/v1/internal/profiles/batch"): (200, {"profiles": [PROFILE]}),
    ("GET", "/health/live"): (200, {"status": "ok"}),
    ("GET", "/api/v1/internal/alarms"): (200, {"alarms": []}),
    ("GET", "/api/v1/races"): (200, {"races": []}),
    ("GET", "/strava/sync/status"): (404, _NOT_HEARD_OF),
}


def problem(status: int, code: str, detail: str = "The predictor says why.") -> dict[str, Any]:
    return {"title": "T", "status": status, "detail": detail, "code": code, "request_id": "predictor-1"}


EVENT_BATCH = "/api/v1/internal/strava/events/batch"


class FakePredictor(httpx.AsyncBaseTransport):
    """Answers as told; remembers what it was asked. `down` makes it unreachable, `goes_after` after so many answers.

    What is `meanwhile` at a path happens before it is answered there.
    """

    def __init__(self) -> None:
        self.down = False
        self.refused: set[int] = set()
        self.goes_after: int | None = None
        self.answers = dict(ANSWERS)
        self.requests: list[httpx.Request] = []
        self.meanwhile: dict[str, Callable[[], Awaitable[Any]]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        if self.goes_after is not None:
            self.goes_after -= 1
        if self.down or (self.goes_after is not None and self.goes_after < 0):
            raise httpx.ConnectError("refused", request=request)
        if (happens := self.meanwhile.get(request.url.path)) is not None:
            await happens()
        if request.url.path == EVENT_BATCH and ("POST", EVENT_BATCH) not in self.answers:
            return httpx.Response(202, json={"results": self._taken(json.loads(request.content))}, request=request)
        status, body = self.answers[request.method, request.url.path]
        if isinstance(body, httpx.AsyncByteStream):
            return httpx.Response(status, stream=body, headers={"Content-Type": "application/x-ndjson"})
        return httpx.Response(status, json=body, request=request)

    def _taken(self, batch: dict[str, Any]) -> list[dict[str, Any]]:
        """Every event is accepted but those about the activities that are `refused`."""
        refused = {"status": "refused", "code": "validation_failed", "detail": "The predictor says why."}
        return [
            {"event_id": each["event_id"], **(refused if each["object_id"] in self.refused else {"status": "accepted"})}
            for each in batch["events"]
        ]

    def asked(self, path: str) -> list[httpx.Request]:
        return [request for request in self.requests if request.url.path == path]

    def notices(self) -> list[dict[str, Any]]:
        """The connections it was told of."""
        return [json.loads(request.content) for request in self.asked("/api/v1/internal/strava/connected")]


def init_data(clock: Clock, telegram_id: int = MEMBER, *, age_s: float = 0, **fields: str) -> str:
    """What Telegram gives the Mini App of this member."""
    user = json.dumps({"id": telegram_id, "first_name": "Аня", "language_code": "ru"})
    signed = {"auth_date": str(int(clock.now().timestamp() - age_s)), "user": user, "query_id": "AAE", **fields}
    return sign_init_data(signed, bot_token=BOT_TOKEN)


@dataclass
class Ayda:
    """A running ayda and everybody who talks to it."""

    http: httpx.AsyncClient
    app: Any
    clock: Clock
    simulator: Simulator
    strava: StravaTransport
    predictor: FakePredictor

    @property
    def queue(self) -> JobQueue:
        queue: JobQueue = self.app.litestar.state["parts"].queue
        return queue

    def as_member(self, telegram_id: int = MEMBER, **headers: str) -> dict[str, str]:
        return {"Authorization": f"tma {init_data(self.clock, telegram_id)}", **headers}

    async def token(self, telegram_id: int | str = MEMBER, **query: str) -> httpx.Response:
        """The predictor asks for a token."""
        params = {"telegram_id": str(telegram_id), **query}
        return await self.http.get("/api/internal/strava/token", params=params, headers={"X-API-Key": KEY_IN})

    async def begin(self, telegram_id: int = MEMBER) -> str:
        """The address at Strava."""
        headers = self.as_member(telegram_id, Accept="application/json")
        answer = await self.http.get("/api/v1/strava/auth", headers=headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["authorization_url"])

    async def consent(self, url: str, athlete_id: int, *, decision: str = "allow", granted: str | None = None) -> str:
        """The athlete decides at Strava; where Strava sends the browser back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        scopes = asked["scope"].split(",") if granted is None else granted.split(",")
        form = urlencode({**asked, "athlete_id": str(athlete_id), "decision": decision, "granted": scopes}, doseq=True)
        async with httpx.AsyncClient(transport=self.strava) as browser:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = await browser.post(url.partition("?")[0], content=form, headers=headers)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    async def connect(self, telegram_id: int = MEMBER, athlete_id: int | None = None) -> int:
        """All of it, successfully; the athlete's id."""
        known = self.simulator.add_athlete() if athlete_id is None else athlete_id
        answer = await self.http.get(await self.consent(await self.begin(telegram_id), known))
        assert answer.status_code == 200, answer.text
        return known

    async def status(self, telegram_id: int = MEMBER) -> dict[str, Any]:
        answer = await self.http.get("/api/v1/strava/status", headers=self.as_member(telegram_id))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@dataclass
class World:
    """What stays when ayda stops: its database, Strava, the predictor and time."""

    settings: Settings
    clock: Clock
    simulator: Simulator
    strava: StravaTransport
    predictor: FakePredictor = field(default_factory=FakePredictor)

    @asynccontextmanager
    async def running(
        self, settings: Settings | None = None, now: Callable[[], datetime] | None = None, **options: Any
    ) -> AsyncIterator[Ayda]:
        """One ayda for the length of the block."""
        app = create_app(
            settings or self.settings,
            now=now or self.clock.now,
            strava_transport=self.strava,
            predictor_transport=self.predictor,
            **options,
        )
        patient(app)
        async with lifespan_of(app):
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=AYDA_URL) as http:
                yield Ayda(http, app, self.clock, self.simulator, self.strava, self.predictor)


def patient(app: WebApp) -> None:
    """Lets an app draw for as long as a busy machine takes: no test is about that, but of the process itself."""
    app.litestar.state["parts"].plans.maker.drawing = DrawingProcess(deadline_s=300.0)


async def eventually(holds: Callable[[], bool], within_s: float = 15) -> None:
    """Returns as soon as the condition holds, fails when it does not in time."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - what is awaited is a plain condition
            await asyncio.sleep(0.01)


async def lose_jobs(ayda: Ayda) -> None:
    """Whatever waited in the queue is gone."""
    table = "procrastinate_jobs" if ON_POSTGRES else "job"
    database = ayda.app.litestar.state["parts"].database
    await database.write(lambda session: session.execute(text(f"DELETE FROM {table}")))  # noqa: S608 - our own names
