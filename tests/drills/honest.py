"""The honest member: asks as people do, looks at every answer, and remembers how long each took."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gpxpy
import httpx

from tests.drills.edge_house import as_member, stranger, visiting
from trackfiles.drawn import draw_course

_ROUNDS: Iterator[int] = itertools.count()
_MOST_SLOW = 12
_ARRIVES_WITHIN_S = 120.0
PASSING = frozenset({429, 503})
"""What an honest member may be told while something is broken: come again, with the time to wait."""


class WrongAnswer(AssertionError):
    """The member was told something that is not so."""


@dataclass
class Honest:
    """One member. `wrong` lists what was not so, `told_to_wait` counts refusals that say when to come again."""

    url: str
    pause_s: float = 1.0
    """Between two questions: a person who looks at everything, within the budgets of a member."""
    latencies_s: list[float] = field(default_factory=list)
    slow: list[tuple[float, str]] = field(default_factory=list)
    """The slowest answers, in seconds, with what was asked."""
    wrong: list[str] = field(default_factory=list)
    told_to_wait: int = 0
    unanswered: int = 0
    kept: set[str] = field(default_factory=set)
    """Ids of the activities the house has said that it keeps."""
    telegram_id: int = field(default_factory=stranger)
    _expected: dict[str, Any] = field(default_factory=dict)
    _session: dict[str, str] = field(default_factory=dict)

    async def arrive(self) -> None:
        """Opens the app, stores a course, and learns what is right; comes again when it is told to."""
        async with asyncio.timeout(_ARRIVES_WITHIN_S):
            while True:
                try:
                    await self._arrive()
                except _Refused:
                    await asyncio.sleep(self.pause_s)
                else:
                    return

    async def _arrive(self) -> None:
        async with visiting(self.url) as http:
            opened = await self._asked(http, "POST", "/api/v1/session", 201, headers=as_member(self.telegram_id))
            self._session = {"Authorization": f"Bearer {opened['token']}"}
            route = await self._asked(http, "POST", "/api/v1/routes", 201, content=draw_course(6_000))
            self._expected["route"] = route
            self._expected["races"] = await self._asked(http, "GET", "/api/v1/races", 200)
            self._expected["profile"] = await self._asked(http, "GET", "/api/v1/profile", 200)
            self._expected["prediction"] = _without_id(await self._predict(http))

    async def live(self, seconds: float) -> None:
        """Rounds of questions until the time is over."""
        end_s = time.monotonic() + seconds
        async with visiting(self.url) as http:
            while time.monotonic() < end_s:
                await self._round(http, next(_ROUNDS))

    async def _round(self, http: httpx.AsyncClient, number: int) -> None:
        turns = ((1, self._lists), (3, self._answer), (5, self._outing), (10, self._course))
        for step in (step for every, step in turns if number % every == 0):
            try:
                await step(http)
            except _Refused:
                self.told_to_wait += 1
            except WrongAnswer as wrong:
                self.wrong.append(str(wrong))
            except httpx.HTTPError:
                self.unanswered += 1
            await asyncio.sleep(self.pause_s)

    async def _course(self, http: httpx.AsyncClient) -> None:
        route = await self._asked(http, "POST", "/api/v1/routes", 201, content=draw_course(6_000))
        _expect(route == self._expected["route"], "another course")
        _expect(await self._asked(http, "GET", "/api/v1/races", 200) == self._expected["races"], "other races")

    async def _answer(self, http: httpx.AsyncClient) -> None:
        told = await self._predict(http)
        _expect(_without_id(told) == self._expected["prediction"], "another prediction")
        again = await self._asked(http, "GET", f"/api/v1/predictions/{told['prediction_id']}", 200)
        _expect(again == told, "another answer the second time")

    async def _lists(self, http: httpx.AsyncClient) -> None:
        _expect(await self._asked(http, "GET", "/api/v1/profile", 200) == self._expected["profile"], "another profile")
        listed = await self._asked(http, "GET", "/api/v1/activities", 200)
        missing = self.kept - {each["id"] for each in listed["activities"]}
        _expect(not missing, f"{len(missing)} activities are missing")

    async def _outing(self, http: httpx.AsyncClient) -> None:
        # a hike, as what is learned of runs would change the right answers to the other questions
        added = await self._asked(http, "POST", "/api/v1/activities?sport=hike", 201, content=outing())
        self.kept.add(added["activity"]["id"])

    async def _predict(self, http: httpx.AsyncClient) -> dict[str, Any]:
        asked = {"gpx_file_id": self._expected["route"]["id"]}
        return await self._asked(http, "POST", "/api/v1/predictions", 201, json=asked)

    async def _asked(self, http: httpx.AsyncClient, method: str, path: str, status: int, **more: Any) -> Any:
        more.setdefault("headers", self._session)
        begun = time.monotonic()
        answer = await http.request(method, path, **more)
        self._took(time.monotonic() - begun, f"{method} {path.partition('?')[0]}")
        if answer.status_code in PASSING and "retry-after" in answer.headers:
            raise _Refused(answer.text)
        told = f"{method} {path.split('?', maxsplit=1)[0]}: {answer.status_code} {answer.text[:200]}"
        _expect(answer.status_code == status, told)
        return answer.json()

    def _took(self, latency_s: float, what: str) -> None:
        self.latencies_s.append(latency_s)
        self.slow = sorted([*self.slow, (latency_s, what)], reverse=True)[:_MOST_SLOW]

    def forget(self) -> None:
        """How long answers took so far does not count."""
        self.latencies_s.clear()
        self.slow.clear()

    def percentile_s(self, share: float) -> float:
        """Of all answers so far."""
        ranked = sorted(self.latencies_s)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


class _Refused(Exception):
    """With the time to wait, as it has to be."""


def _expect(right: bool, sentence: str) -> None:
    if not right:
        raise WrongAnswer(sentence)


def _without_id(prediction: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in prediction.items() if name != "prediction_id"}


_OUTINGS: Iterator[int] = itertools.count()


def outing(first_s: int = 1_767_225_600) -> bytes:
    """A recording that nobody has sent before: the demo's course, walked a day later each time."""
    document = gpxpy.parse(draw_course(18_000, step_m=60).decode())
    begun_s = first_s + 86_400 * next(_OUTINGS)
    for number, point in enumerate(document.tracks[0].segments[0].points):
        point.time = gpxpy.gpxfield.parse_time(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begun_s + 80 * number)))
    return document.to_xml(version="1.1").encode()
