"""A predictor that knows some people, and what members ask about each other."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import httpx

from tests.ayda.support import MEMBER, PROFILE, ROUTE, Ayda, FakePredictor

DISTRIBUTIONS = "/api/v1/internal/distributions"
BATCH = "/api/v1/internal/profiles/batch"
ROUTE_ID = str(ROUTE["id"])
FIGURES = ("log_time_s", "log_time_sd", "climb", "descent")


class ClubPredictor(FakePredictor):
    """Of whom nothing is put down here it knows no profile. What is `under_way` happens before it compares."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, dict[str, Any]] = {}
        self.under_way: Callable[[], Any] | None = None

    def knows(self, telegram_id: int, minutes: float, *, sd: float = 0.1, climb: float = 0.0) -> None:
        figures = {"log_time_s": math.log(60 * minutes), "log_time_sd": sd, "climb": climb, "descent": 0.0}
        self.people[str(telegram_id)] = {"has_profile": True, "shareable": True, "reason": None, **figures}

    def knows_from_strava(self, telegram_id: int) -> None:
        hidden = {"has_profile": True, "shareable": False, "reason": "private_source"}
        self.people[str(telegram_id)] = {**hidden, **dict.fromkeys(FIGURES)}

    def _row(self, telegram_id: str) -> dict[str, Any]:
        nobody = {"has_profile": False, "shareable": False, "reason": "no_profile", **dict.fromkeys(FIGURES)}
        return {"telegram_id": telegram_id, **self.people.get(telegram_id, nobody)}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if self.down or request.url.path not in {DISTRIBUTIONS, BATCH} or ("POST", request.url.path) in self.refusals:
            return await super().handle_async_request(request)
        self.requests.append(request)
        if self.under_way is not None:
            await self.under_way()
        rows = [self._row(each) for each in json.loads(request.content)["telegram_ids"]]
        if request.url.path == DISTRIBUTIONS:
            return httpx.Response(200, json={"distributions": rows}, request=request)
        profiles = [{**PROFILE, **{name: row[name] for name in ("has_profile", "shareable", "reason")}} for row in rows]
        return httpx.Response(200, json={"profiles": profiles}, request=request)

    @property
    def refusals(self) -> set[tuple[str, str]]:
        """Where it answers as it was told to instead."""
        return {("POST", DISTRIBUTIONS)} & set(self.answers)

    def questions(self) -> list[dict[str, Any]]:
        """What it was asked to compare."""
        return [json.loads(request.content) for request in self.asked(DISTRIBUTIONS)]


async def opt_in(ayda: Ayda, telegram_id: int = MEMBER, name: str | None = "Anna") -> httpx.Response:
    return await put(ayda, telegram_id, opted_in=True, name=name)


async def opt_out(ayda: Ayda, telegram_id: int = MEMBER) -> httpx.Response:
    return await put(ayda, telegram_id, opted_in=False, name=None)


async def put(ayda: Ayda, telegram_id: int, **body: Any) -> httpx.Response:
    return await ayda.http.put("/api/v1/matching", json=body, headers=ayda.as_member(telegram_id))


async def state(ayda: Ayda, telegram_id: int = MEMBER, **query: str) -> dict[str, Any]:
    answer = await ayda.http.get("/api/v1/matching", params=query, headers=ayda.as_member(telegram_id))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def matches(ayda: Ayda, telegram_id: int = MEMBER, route_id: str = ROUTE_ID, **query: str) -> httpx.Response:
    asked = {"route_id": route_id, **query}
    return await ayda.http.get("/api/v1/matches", params=asked, headers=ayda.as_member(telegram_id))


async def groups(ayda: Ayda, telegram_id: int = MEMBER, **body: Any) -> httpx.Response:
    asked = {"route_id": ROUTE_ID, **body}
    return await ayda.http.post("/api/v1/groups", json=asked, headers=ayda.as_member(telegram_id))


async def club(ayda: Ayda, predictor: ClubPredictor, *minutes: float, first: int = MEMBER) -> list[int]:
    """So many members who opted in as Runner A, B and so on, and take so long."""
    ids = [first + number for number in range(len(minutes))]
    for number, (telegram_id, each) in enumerate(zip(ids, minutes, strict=True)):
        predictor.knows(telegram_id, each)
        answer = await opt_in(ayda, telegram_id, f"Runner {chr(ord('A') + number)}")
        assert answer.status_code == 200, answer.text
    return ids
