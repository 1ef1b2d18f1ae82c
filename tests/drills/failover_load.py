"""Members, Strava and the predictor, who all write all the time, and remember whatever was acknowledged to them."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from cli.demo.client import Visitor
from cli.failure import Refused
from kernel.strava.webhooks import path_secret
from simulators.telegram.world.people import Person
from tests.ayda.webhooks.support import event
from tests.drills.edge_house import KEY, VERIFY_TOKEN, EdgeHouse, as_member, stranger, visiting
from tests.drills.honest import PASSING, outing
from trackfiles.drawn import draw_course

PAUSE_S: Final = 0.05
PAUSES_S: Final = {"connect": 0.5, "token": 0.5}
"""Each who connects has a history that is read, and each token is refreshed once."""
FIRST_EVENT: Final = 18_000_000_000
FIRST_OUTING_S: Final = 1_262_304_000
"""So long ago that none of them is in the future."""


class NotNow(Exception):
    """Told to come again, with the time to wait."""


class Lie(Exception):
    """An answer that is neither what it should be nor a refusal for a while."""


@dataclass
class Held:
    """The access token that a member had last, as acknowledged."""

    access_token: str
    expires_at: int


@dataclass
class Load:
    """One house's. Each kind of write has its askers; `moments` says when what became of each."""

    house: EdgeHouse
    visitor: Visitor
    subscription_id: int
    """Events of another one would be acknowledged, and not kept."""
    members: dict[int, int] = field(default_factory=dict)
    """Whoever was told that they are connected: their athletes by their Telegram ids."""
    outings: set[str] = field(default_factory=set)
    predictions: set[str] = field(default_factory=set)
    events: set[int] = field(default_factory=set)
    hand_outs: set[str] = field(default_factory=set)
    tokens: dict[int, Held] = field(default_factory=dict)
    moments: dict[str, list[tuple[float, bool]]] = field(default_factory=dict)
    told_to_wait: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    refreshed: list[int] = field(default_factory=list)
    """Whose tokens are refreshed now, in turn."""
    _route_id: str = ""
    _member: dict[str, str] = field(default_factory=lambda: as_member(stranger()))
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(FIRST_EVENT))

    async def arrive(self, members: int) -> None:
        """So many are connected, and somebody has a course."""
        async with visiting(self.house.ayda.url) as http:
            for _ in range(members):
                await self.connect(http)
            answer = await http.post("/api/v1/routes", headers=self._member, content=draw_course(6_000))
            self._route_id = answer.json()["id"]

    async def run(self) -> None:
        """All of them, until it is over."""
        acts = [self.outing, self.prediction, self.webhook, self.token, self.connect]
        await asyncio.gather(*(self._go_on(act) for act in acts))

    async def _go_on(self, act: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
        moments = self.moments.setdefault(act.__name__, [])
        async with visiting(self.house.ayda.url) as http:
            while not self.over.is_set():
                done = False
                try:
                    await act(http)
                    done = True
                except NotNow:
                    self.told_to_wait[act.__name__] += 1
                except httpx.HTTPError:
                    self.cut[act.__name__] += 1
                except Lie as lie:
                    self.wrong.append(f"{act.__name__}: {lie}")
                moments.append((time.monotonic(), done))
                await asyncio.sleep(PAUSES_S.get(act.__name__, PAUSE_S))

    async def outing(self, http: httpx.AsyncClient) -> None:
        """A recording of a member's own."""
        content = await asyncio.to_thread(outing, FIRST_OUTING_S)
        answer = await http.post("/api/v1/activities?sport=hike", headers=self._member, content=content)
        self.outings.add(_right(answer, 201).json()["activity"]["id"])

    async def prediction(self, http: httpx.AsyncClient) -> None:
        """Written down by both services."""
        asked = {"gpx_file_id": self._route_id}
        answer = await http.post("/api/v1/predictions", headers=self._member, json=asked)
        self.predictions.add(_right(answer, 201).json()["prediction_id"])

    async def webhook(self, http: httpx.AsyncClient) -> None:
        """Strava tells of an activity of one of the members."""
        object_id = next(self._numbers)
        athlete_id = next(iter(self.members.values()))
        path = f"/webhooks/strava/{path_secret(VERIFY_TOKEN)}"
        told = event(athlete_id, object_id, subscription_id=self.subscription_id)
        _right(await http.post(path, json=told), 200)
        self.events.add(object_id)

    async def token(self, http: httpx.AsyncClient) -> None:
        """The predictor says that Strava refused a token, so that there is a new one."""
        member = self.refreshed.pop(0)
        self.refreshed.append(member)
        # else Strava gives the one again that it has given
        expire = f"{self.house.strava.url}/_sim/athletes/{self.members[member]}/expire"
        _right(await http.post(expire, json={"left_s": 120}), 200)
        answer = await self._token(http, member, force=True)
        self.tokens[member] = Held(answer["access_token"], answer["expires_at"])

    async def connect(self, _http: httpx.AsyncClient) -> None:
        """Somebody new, from ayda's link over Strava's form to ayda's page."""
        person = Person(stranger(), "New", "new")
        athlete_id = await self.visitor.create_athlete(3, person.first_name)
        try:
            await self.visitor.connect(athlete_id, person)
        except Refused as refused:
            if refused.code == "database_unavailable" or "answered 503" in str(refused):
                raise NotNow from None
            raise Lie(f"{refused.code} {refused}") from None
        self.members[person.id] = athlete_id

    async def missing_members(self) -> list[int]:
        """Of those who were told that they are connected."""
        async with visiting(self.house.ayda.url) as http:
            return [
                member
                for member, athlete_id in self.members.items()
                if (there := await self._held(http, member)) is None or there["athlete_id"] != athlete_id
            ]

    async def missing_tokens(self) -> list[int]:
        """Whose acknowledged token has gone, and no later one is there."""
        gone = []
        async with visiting(self.house.ayda.url) as http:
            for member, held in self.tokens.items():
                there = await self._held(http, member)
                if there is None or (
                    there["access_token"] != held.access_token and there["expires_at"] <= held.expires_at
                ):
                    gone.append(member)
        return gone

    async def _held(self, http: httpx.AsyncClient, member: int) -> dict[str, Any] | None:
        try:
            return await self._token(http, member)
        except Lie:
            return None

    async def _token(self, http: httpx.AsyncClient, member: int, *, force: bool = False) -> dict[str, Any]:
        asked = {"telegram_id": member, "force": str(force).lower()}
        answer = await http.get("/api/internal/strava/token", params=asked, headers={"X-API-Key": KEY})
        found: dict[str, Any] = _right(answer, 200).json()
        self.hand_outs.add(answer.headers["x-request-id"])
        return found

    def back_after_s(self, killed_s: float) -> dict[str, float]:
        """By kind, the seconds from the kill to the first acknowledged write after which all were."""
        found = {}
        for kind, moments in self.moments.items():
            since = [moment for moment in moments if moment[0] > killed_s]
            last = max((index for index, (_, done) in enumerate(since) if not done), default=-1)
            found[kind] = since[last + 1][0] - killed_s if last + 1 < len(since) else float("inf")
        return found


def _right(answer: httpx.Response, status: int) -> httpx.Response:
    """The answer itself. Raises NotNow or Lie when it is another."""
    if answer.status_code == status:
        return answer
    if answer.status_code in PASSING and "retry-after" in answer.headers:
        raise NotNow
    told = re.search(r'"code":"(\w+)"', answer.text)
    raise Lie(f"{answer.status_code} {told[1] if told else answer.text[:200]}")
