"""A visitor of the demo: a phone's browser, a Telegram Mini App and a curious operator in one."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any, Final, TypeVar

import httpx
import msgspec

from ayda_service.telegram.init_data import sign_init_data
from cli.demo.stage import Stage
from cli.failure import Refused
from kernel.contracts.prediction import Prediction
from kernel.contracts.problem import Problem
from kernel.contracts.route import Route
from kernel.contracts.sync import SyncState
from servicekit.base.clock import utc_now
from simulators.telegram.world.people import Person, two_people

T = TypeVar("T")
MEMBER: Final = two_people()[0]
_PATIENCE_S: Final = 60.0
_CLAIM: Final = re.compile(r"startapp=strava_([\w-]+)")


class Visitor:
    """Talks to the servers the way people and browsers would."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._http = _browser()

    async def aclose(self) -> None:
        """Goes home."""
        await self._http.aclose()

    def as_member(self, person: Person = MEMBER) -> dict[str, str]:
        """Headers of the Mini App: initData signed with the bot's token, as Telegram would."""
        fields = {"auth_date": str(int(utc_now().timestamp())), "user": json.dumps(person.user())}
        return {"Authorization": f"tma {sign_init_data(fields, bot_token=self.stage.bot_token)}"}

    async def create_athlete(
        self, activities: int, firstname: str = MEMBER.first_name, level: str | None = None
    ) -> int:
        """A simulated athlete with a past."""
        body = {"firstname": firstname, "activities": activities} | ({} if level is None else {"level": level})
        answer = await self._http.post(f"{self.stage.strava_url}/_sim/athletes", json=body)
        return int(_decode(answer, dict[str, Any])["id"])

    async def connect(self, athlete_id: int, person: Person = MEMBER) -> None:
        """The OAuth redirects, from ayda's link to ayda's page, with the consent form in between."""
        headers = {**self.as_member(person), "Accept": "application/json"}
        async with _browser() as browser:
            link = await browser.get(f"{self.stage.ayda_url}/api/v1/strava/auth", headers=headers)
            _expect(await _consented(browser, _decode(link, dict[str, str])["authorization_url"], athlete_id))

    async def connect_by_link(self, link: str, athlete_id: int, person: Person) -> None:
        """The same by the link that the bot gives: through the phone's browser, and at the end back in Telegram."""
        async with _browser() as browser:
            entered = await browser.get(link)
            page = await _consented(browser, entered.headers["Location"], athlete_id)
        _expect(page)
        claim = _CLAIM.search(page.text)
        if claim is not None:
            body, headers = {"claim": claim[1]}, self.as_member(person)
            _expect(await self._http.post(self._at_ayda("strava/complete"), json=body, headers=headers))

    async def sync_state(self, athlete_id: int) -> SyncState | None:
        """How far the predictor's sync is; None before it knows the athlete."""
        answer = await self._http.get(
            f"{self.stage.predictor_url}/strava/sync/status",
            params={"athlete_id": athlete_id},
            headers={"X-API-Key": self.stage.api_key},
        )
        return None if answer.status_code == httpx.codes.NOT_FOUND else _decode(answer, SyncState)

    async def upload_route(self, gpx: bytes, person: Person = MEMBER) -> Route:
        """The course, through ayda."""
        headers = {**self.as_member(person), "Content-Type": "application/gpx+xml"}
        return _decode(await self._http.post(self._at_ayda("routes"), content=gpx, headers=headers), Route)

    async def predict(self, route_id: str, person: Person = MEMBER) -> Prediction:
        """An answer, through ayda."""
        asked = {"gpx_file_id": route_id}
        answer = await self._http.post(self._at_ayda("predictions"), json=asked, headers=self.as_member(person))
        return _decode(answer, Prediction)

    async def prediction(self, prediction_id: str, person: Person = MEMBER) -> Prediction:
        """An answer that was given before."""
        path = self._at_ayda(f"predictions/{prediction_id}")
        return _decode(await self._http.get(path, headers=self.as_member(person)), Prediction)

    async def opt_in(self, person: Person) -> None:
        """Lets others who did so too see by name whether this member suits them."""
        choice = {"opted_in": True, "name": person.first_name}
        _expect(await self._http.put(self._at_ayda("matching"), json=choice, headers=self.as_member(person)))

    async def in_telegram(self, path: str, **body: Any) -> dict[str, Any]:
        """What somebody does in the simulated Telegram."""
        return _decode(await self._http.post(f"{self.stage.telegram_url}/client/{path}", json=body), dict[str, Any])

    async def send_in_telegram(self, content: bytes, name: str, **fields: str) -> dict[str, Any]:
        """A file that somebody sends there."""
        files = {"file": (name, content, "application/gpx+xml")}
        answer = await self._http.post(f"{self.stage.telegram_url}/client/files", data=fields, files=files)
        return _decode(answer, dict[str, Any])

    async def seen_in_telegram(self, path: str, **asked: float) -> dict[str, Any]:
        """What somebody sees there."""
        answer = await self._http.get(f"{self.stage.telegram_url}/client/{path}", params=asked)
        return _decode(answer, dict[str, Any])

    def _at_ayda(self, path: str) -> str:
        return f"{self.stage.ayda_url}/api/v1/{path}"


class _Patient(httpx.AsyncHTTPTransport):
    """Comes again when told to, as people do: four servers in one process may be slow on a small machine."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; the last one, if nobody had time for so long."""
        give_up_s = time.monotonic() + _PATIENCE_S
        while True:
            answer = await super().handle_async_request(request)
            wait_s = answer.headers.get("retry-after", "")
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or not wait_s.isdecimal():
                return answer
            if time.monotonic() + int(wait_s) > give_up_s:
                return answer
            await answer.aclose()
            await asyncio.sleep(int(wait_s))


def _browser() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=60, trust_env=False, follow_redirects=False, transport=_Patient())


async def _consented(browser: httpx.AsyncClient, address: str, athlete_id: int) -> httpx.Response:
    """The page that a browser ends on which allows everything at Strava."""
    consent_url = httpx.URL(address)
    _expect(await browser.get(consent_url))
    asked = dict(consent_url.params)
    form = {**asked, "athlete_id": str(athlete_id), "granted": asked["scope"].split(","), "decision": "allow"}
    decision = await browser.post(consent_url.copy_with(query=None), data=form)
    if decision.status_code != httpx.codes.FOUND:
        _expect(decision)
    return await browser.get(decision.headers["Location"])


def _expect(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    try:
        problem = msgspec.json.decode(answer.content, type=Problem)
    except msgspec.DecodeError:
        raise Refused("unexpected_answer", f"{answer.url.path} answered {answer.status_code}.") from None
    raise Refused(problem.code, problem.detail)


def _decode(answer: httpx.Response, kind: type[T]) -> T:
    _expect(answer)
    return msgspec.json.decode(answer.content, type=kind)
