"""A visitor of the demo: a browser, a Telegram Mini App and a curious operator in one."""

from __future__ import annotations

import json
from typing import Any, TypeVar

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

T = TypeVar("T")
MEMBER = {"id": 279058397, "first_name": "Demo", "language_code": "en"}


class Visitor:
    """Talks to the three servers the way people and browsers would."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._http = httpx.AsyncClient(timeout=60, trust_env=False, follow_redirects=False)

    async def aclose(self) -> None:
        """Goes home."""
        await self._http.aclose()

    def as_member(self) -> dict[str, str]:
        """Headers of the Mini App: initData signed with the bot's token, as Telegram would."""
        init_data = sign_init_data(
            {"auth_date": str(int(utc_now().timestamp())), "user": json.dumps(MEMBER)}, bot_token=self._stage.bot_token
        )
        return {"Authorization": f"tma {init_data}"}

    async def create_athlete(self, activities: int) -> int:
        """A simulated athlete with a past."""
        body = {"firstname": "Demo", "activities": activities}
        answer = await self._http.post(f"{self._stage.strava_url}/_sim/athletes", json=body)
        return int(_decode(answer, dict[str, Any])["id"])

    async def connect(self, athlete_id: int) -> None:
        """The OAuth redirects, from ayda's link to ayda's page, with the consent form in between."""
        headers = {**self.as_member(), "Accept": "application/json"}
        link = await self._http.get(f"{self._stage.ayda_url}/api/v1/strava/auth", headers=headers)
        consent_url = httpx.URL(_decode(link, dict[str, str])["authorization_url"])
        consent_page = await self._http.get(consent_url)
        _expect(consent_page)
        asked = dict(consent_url.params)
        form = {**asked, "athlete_id": str(athlete_id), "granted": asked["scope"].split(","), "decision": "allow"}
        decision = await self._http.post(consent_url.copy_with(query=None), data=form)
        if decision.status_code != httpx.codes.FOUND:
            _expect(decision)
        _expect(await self._http.get(decision.headers["Location"]))

    async def sync_state(self, athlete_id: int) -> SyncState | None:
        """How far the predictor's sync is; None before it knows the athlete."""
        answer = await self._http.get(
            f"{self._stage.predictor_url}/strava/sync/status",
            params={"athlete_id": athlete_id},
            headers={"X-API-Key": self._stage.api_key},
        )
        return None if answer.status_code == httpx.codes.NOT_FOUND else _decode(answer, SyncState)

    async def upload_route(self, gpx: bytes) -> Route:
        """The course, through ayda."""
        headers = {**self.as_member(), "Content-Type": "application/gpx+xml"}
        answer = await self._http.post(f"{self._stage.ayda_url}/api/v1/routes", content=gpx, headers=headers)
        return _decode(answer, Route)

    async def predict(self, route_id: str) -> Prediction:
        """The answer, through ayda."""
        answer = await self._http.post(
            f"{self._stage.ayda_url}/api/v1/predictions", json={"gpx_file_id": route_id}, headers=self.as_member()
        )
        return _decode(answer, Prediction)


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
