"""The figures: questions to the running predictor, a rebuild in this process, and a sync of a long past."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx
from sqlalchemy import create_engine, select

from benchmarks.growth.rows import grow
from benchmarks.service_load.house import INTERNAL, MEMBER, House
from benchmarks.service_load.load import Call, many
from predictor_service.athletes.models import Athlete
from predictor_service.profiles.service import ProfileService
from servicekit.base.clock import utc_now
from servicekit.data.database import Database
from servicekit.data.engine import driver_url

FEW, MANY, PAST = 60, 1_000, 5_000
_ROUNDS: Final = 5
_LONGEST_S: Final = 300.0
_AT_WORK: Final = re.compile(r"^\w*jobs\{state=\"(?:ready|running)\"\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """So many requests in each round."""

    name: str
    requests: int
    call: Call
    at_once: int = 16

    def again(self, _number: int) -> Call:
        """The same each time."""
        return self.call


def questions(house: House) -> list[Asked]:
    """What is asked about one of the crowd, and about all of them."""
    somebody = house.crowd[len(house.crowd) // 2]
    predict = {"telegram_id": somebody, "gpx_file_id": house.route_id}
    return [
        Asked("profile", 320, Call("GET", f"{INTERNAL}/profile?telegram_id={somebody}", house.key)),
        Asked("batch", 6, Call("POST", f"{INTERNAL}/profiles/batch", house.key, {"telegram_ids": house.crowd}), 2),
        Asked("predict", 96, Call("POST", f"{INTERNAL}/predict", house.key, predict)),
    ]


def answers(house: House) -> dict[str, float]:
    """Milliseconds of processor time of each kind of answer, medians of some rounds."""
    server = house.servers["predictor"]
    spent: dict[str, list[float]] = {}
    for _ in range(_ROUNDS + 1):
        for asked in questions(house):
            before_s = server.cpu_s()
            many(server.url, asked.again, range(asked.requests), at_once=asked.at_once)
            spent.setdefault(asked.name, []).append(1000 * (server.cpu_s() - before_s) / asked.requests)
    return {name: round(statistics.median(each[1:]), 3) for name, each in spent.items()}


def rebuild_ms(url: str, telegram_id: str) -> float:
    """Milliseconds of processor time to fit one athlete's profiles anew, from rows to rows."""
    database = Database(url)
    profiles = ProfileService(database, utc_now)
    spent = []
    try:
        for _ in range(_ROUNDS + 1):
            with database.transaction() as session:
                athlete_id = session.execute(select(Athlete.id).where(Athlete.telegram_id == telegram_id)).scalar_one()
            before_s = time.process_time()
            with database.transaction() as session:
                profiles.rebuild(session, athlete_id)
            spent.append(1000 * (time.process_time() - before_s))
    finally:
        database.engine.dispose()
    return round(statistics.median(spent[1:]), 2)


def grown(house: House, url: str) -> dict[str, Any]:
    """Everything at few activities and at many, and by how much many cost more."""
    engine, found = create_engine(driver_url(url)), dict[str, Any]()
    try:
        for have, wanted in ((0, FEW), (FEW, MANY)):
            grow(engine, have, wanted)
            found[f"cpu_ms_at_{wanted}"] = answers(house) | {"rebuild": rebuild_ms(url, house.crowd[1])}
    finally:
        engine.dispose()
    few, many_ = found[f"cpu_ms_at_{FEW}"], found[f"cpu_ms_at_{MANY}"]
    return {"ratio": {name: round(many_[name] / few[name], 2) for name in few}, **found}


@contextmanager
def working(house: House) -> Iterator[None]:
    """The predictor with its worker at work, and with jobs that ayda leaves."""
    for embedded in ("true", "false"):
        for name in ("ayda", "predictor"):
            house.servers[name].stop()
            house.servers[name].start(WORKER_EMBEDDED=embedded)
        if embedded == "true":
            yield


def sync_of_a_long_past(house: House) -> dict[str, float]:
    """Seconds until somebody with thousands of activities has a profile, and what it costs to look over known ones."""
    telegram_id = 3 * MEMBER
    strava_id = house.new_strava_athlete(PAST)
    server = house.servers["predictor"]
    with working(house), httpx.Client(timeout=120, trust_env=False, headers=house.key) as http:
        _make_up(house, strava_id)
        # those who were made up before have syncs that wait too, and come first
        _wait(lambda: _rests(http.get(house.url("predictor", "/metrics")).text))
        begun_s, before_s = time.monotonic(), server.cpu_s()
        house.connect(telegram_id, strava_id)
        shown = house.url("predictor", f"{INTERNAL}/profile?telegram_id={telegram_id}")
        _wait(lambda: bool(http.get(shown).json()["has_profile"]))
        first_s, first_cpu_s = time.monotonic() - begun_s, server.cpu_s() - before_s
        status = house.url("predictor", f"/strava/sync/status?athlete_id={strava_id}")
        # the list is whole before anything of it is read
        known = int(http.get(status).json()["activities_known"])
    # nobody works now: only the looking over of what is known is counted
    with httpx.Client(timeout=120, trust_env=False, headers=house.key) as http:
        before_s = server.cpu_s()
        again = http.post(
            house.url("predictor", f"/strava/sync?athlete_id={strava_id}&incremental=false&limit=200&max_pages=26")
        )
        known_s = server.cpu_s() - before_s
    return {
        "first_profile_s": round(first_s, 2),
        "first_profile_cpu_s": round(first_cpu_s, 2),
        "looked_over": again.status_code,
        "known": known,
        "cpu_ms_of_a_known_activity": round(1000 * known_s / known, 3),
    }


def _make_up(house: House, strava_id: int) -> None:
    """Has the simulated Strava make up all tracks: 3 ms each when they are first asked for, which no Strava needs."""
    app = {"client_id": "4242", "redirect_uri": house.url("ayda", "/auth/strava/callback"), "response_type": "code"}
    form = {**app, "scope": "read,activity:read_all", "athlete_id": strava_id, "decision": "allow"}
    form["granted"] = ["read", "activity:read_all"]
    with httpx.Client(timeout=120, trust_env=False, base_url=house.servers["strava"].url) as browser:
        back = browser.post("/oauth/authorize", data=form).headers["location"]
        code = {"grant_type": "authorization_code", "code": httpx.URL(back).params["code"]}
        secret = {"client_id": "4242", "client_secret": "simulated-secret"}
        token = browser.post("/oauth/token", data={**code, **secret}).json()["access_token"]
        browser.headers["Authorization"] = f"Bearer {token}"
        for page in range(1, PAST // 200 + 1):
            browser.get(f"/api/v3/athlete/activities?per_page=200&page={page}").raise_for_status()


def _rests(metrics: str) -> bool:
    """Whether no job is due or at work."""
    counts = [float(count) for count in _AT_WORK.findall(metrics)]
    return bool(counts) and not any(counts)


def _wait(holds: Any) -> None:
    until_s = time.monotonic() + _LONGEST_S
    while not holds():
        if time.monotonic() > until_s:
            raise RuntimeError("It did not happen within five minutes.")
        time.sleep(0.1)
