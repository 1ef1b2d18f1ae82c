"""A predictor whose clock moves, beside an ayda that writes down what it is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from predictor_service.settings import Settings
from servicekit.web.api_keys import ApiKeys
from tests.predictor.support import INTERNAL, Predictor, running
from tests.predictor.tracks import gpx
from tests.servicekit.strava.support import Clock

MEMBER = "42"
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@dataclass
class FakeAyda:
    """Takes news; `away` it answers nothing."""

    told: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            return httpx.Response(503, json={"code": "database_unavailable"})
        assert request.url.path == "/api/internal/outings/compared"
        self.told.append(json.loads(request.content))
        return httpx.Response(200, json={"status": "told"})


@dataclass
class Season:
    """An athlete who trains, asks and goes."""

    predictor: Predictor
    clock: Clock
    ayda: FakeAyda

    async def ask(self, telegram_id: str = MEMBER, *, length_m: float = 8_000, climb: float = 60, **asked: Any) -> Any:
        """What is said of a course."""
        body = {"telegram_id": telegram_id, "gpx": gpx(length_m=length_m, climb=climb).decode(), **asked}
        answer = await self.predictor.http.post(f"{INTERNAL}/predict", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def go(
        self,
        telegram_id: str = MEMBER,
        *,
        length_m: float = 8_000,
        climb: float = 60,
        pace_s_per_km: float = 350,
        after: timedelta = timedelta(days=1),
        sport: str = "trail_run",
    ) -> str:
        """An outing that begins so long from now, and is sent when it is over; the id of its activity."""
        started_at = self.clock.now() + after
        self.clock.at = max(self.clock.now(), started_at + timedelta(hours=6))
        file = gpx(length_m=length_m, climb=climb, pace_s_per_km=pace_s_per_km, started_at=started_at)
        answer = await self.predictor.upload_activity(file, telegram_id, sport=sport)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def train(self, telegram_id: str = MEMBER, outings: int = 5) -> None:
        """Some outings along other courses."""
        for number in range(outings):
            await self.go(telegram_id, length_m=5_000 + 600 * number, pace_s_per_km=340 + 8 * number)

    async def accuracy(self, telegram_id: str = MEMBER) -> Any:
        """How right what was said was."""
        answer = await self.predictor.http.get(f"{INTERNAL}/athletes/{telegram_id}/accuracy")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def link(self, prediction_id: str, activity_id: str | None, telegram_id: str = MEMBER) -> httpx.Response:
        """Says which outing a forecast was about."""
        path = f"{INTERNAL}/athletes/{telegram_id}/forecasts/{prediction_id}/outing"
        return await self.predictor.http.put(path, json={"activity_id": activity_id})

    async def waiting(self) -> int:
        """How many pieces of news wait to be told."""
        stats = await self.predictor.parts.queue.stats()
        return stats.by_name.get("tell_compared", 0)

    async def tell(self, prediction_id: str) -> None:
        """Runs the job that tells of a forecast's comparison. Raises Snooze while ayda is away."""
        [job] = [each for each in self.predictor.parts.jobs if each.name == "tell_compared"]
        await job.run({"prediction_id": prediction_id})


@pytest.fixture
async def season(settings: Settings) -> AsyncIterator[Season]:
    clock, ayda = Clock(NOW), FakeAyda()
    connected = replace(settings, ayda_url="http://ayda.test", ayda_api_keys=ApiKeys.parse("k" * 40))
    async with running(connected, clock.now, ayda_transport=httpx.MockTransport(ayda.answer)) as predictor:
        yield Season(predictor, clock, ayda)
