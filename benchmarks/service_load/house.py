"""Both services and the simulated Strava with people in them: one who has a profile, a thousand who have its copy."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import create_engine, text

from ayda_service.telegram.init_data import sign_init_data
from benchmarks.service_load.load import Call, many
from benchmarks.service_load.servers import Kind, Server, databases
from kernel.strava.webhooks import path_secret
from servicekit.base.vault import generate_setting
from servicekit.data.engine import driver_url
from servicekit.data.migrations import upgrade
from trackfiles.drawn import draw_course

MEMBER = 1_000_000
"""The Telegram id of who has a past; those after it are the others."""
HISTORY = 200
"""More than a profile remembers."""
CROWD = 1_000
DAYS_OF_EACH = 0.7
"""Between two outings of who has thousands."""
INTERNAL = "/api/v1/internal"
_SYNCED_WITHIN_S = 600.0
"""On a machine that has much else to do."""
_COPY = """
INSERT INTO profile (athlete_id, mode, described, fitted, pace_table, provenance, updated_at)
SELECT a.id, p.mode, p.described, p.fitted, p.pace_table, p.provenance, p.updated_at FROM athlete a CROSS JOIN profile p
WHERE a.id <> p.athlete_id
"""


@dataclass(frozen=True)
class House:
    """What a request needs to know of the servers."""

    servers: dict[str, Server]
    key: dict[str, str]
    bot_token: str
    webhook_path: str
    member_strava_id: int = 0
    route_id: str = ""
    subscription_id: int = 1
    crowd: list[str] = field(default_factory=lambda: [str(MEMBER + 1 + i) for i in range(CROWD)])

    def url(self, name: str, path: str) -> str:
        """An address at one of the servers."""
        return self.servers[name].url + path

    def new_strava_athlete(self, activities: int) -> int:
        """The id of an athlete that the simulated Strava now has."""
        body = {"firstname": "Load", "activities": activities, "history_days": max(240.0, DAYS_OF_EACH * activities)}
        with _browser() as browser:
            return int(_ok(browser.post(self.url("strava", "/_sim/athletes"), json=body)).json()["id"])

    def connect(self, telegram_id: int, strava_id: int) -> None:
        """The way a member takes: ayda's link, Strava's consent, back to ayda."""
        user = json.dumps({"id": telegram_id, "first_name": "Load", "language_code": "en"})
        signed = sign_init_data({"auth_date": str(int(time.time())), "user": user}, bot_token=self.bot_token)
        as_member = {"Authorization": f"tma {signed}", "Accept": "application/json"}
        with _browser() as browser:
            link = _ok(browser.get(self.url("ayda", "/api/v1/strava/auth"), headers=as_member)).json()
            consent = httpx.URL(link["authorization_url"])
            asked = dict(consent.params)
            form = {**asked, "athlete_id": strava_id, "granted": asked["scope"].split(","), "decision": "allow"}
            _ok(browser.post(consent.copy_with(query=None), data=form))

    def is_synced(self, strava_id: int) -> bool:
        """Whether the predictor has read what it wants to of what the athlete did: not all of it teaches something."""
        with _browser() as browser:
            where = self.url("predictor", f"/strava/sync/status?athlete_id={strava_id}")
            answer = browser.get(where, headers=self.key)
        told = answer.json()
        return bool(answer.is_success and told["status"] == "success" and told["activities_read"])


@contextlib.contextmanager
def furnished(kind: str, folder: Path, server: Kind = "uvicorn") -> Iterator[House]:
    """The house on a database of this kind behind a server, its people moved in, and no job at work."""
    with databases(kind, folder) as urls:
        for package, url in zip(("ayda_service", "predictor_service"), urls, strict=True):
            upgrade(package, url)
        house = _built(urls, folder, server)
        try:
            for each in house.servers.values():
                each.launch()
            for each in house.servers.values():
                each.wait()
            yield _with_people(house, urls[1])
        finally:
            for each in house.servers.values():
                each.stop()


def predictor_database(house: House) -> str:
    """The address of the predictor's database."""
    return house.servers["predictor"].environ["DATABASE_URL"]


def _built(urls: tuple[str, str], folder: Path, kind: Kind) -> House:
    key, bot_token, verify = secrets.token_urlsafe(32), f"4242:{secrets.token_urlsafe(26)}", secrets.token_urlsafe(24)
    # whoever else works on the machine must not end the measuring
    shared = {"CROSS_SERVICE_API_KEY": key, "LOG_LEVEL": "WARNING", "DATABASE_WAIT_S": "30"}
    strava = Server("strava", {}, folder)
    ayda, predictor = Server("ayda", {}, folder, kind), Server("predictor", {}, folder, kind)
    of_strava = {"STRAVA_OAUTH_BASE": strava.url, "STRAVA_API_BASE": f"{strava.url}/api/v3"}
    ayda.environ = {
        **shared,
        **of_strava,
        "DATABASE_URL": urls[0],
        "PUBLIC_URL": ayda.url,
        "GPX_PREDICTOR_API_URL": predictor.url,
        "STRAVA_CLIENT_ID": "4242",
        "STRAVA_CLIENT_SECRET": "simulated-secret",
        "TOKEN_ENCRYPTION_KEYS": generate_setting(),
        "TELEGRAM_BOT_TOKEN": bot_token,
        "STRAVA_WEBHOOK_VERIFY_TOKEN": verify,
    }
    predictor.environ = {
        **shared,
        **of_strava,
        "DATABASE_URL": urls[1],
        "AYDA_RUN_API_URL": ayda.url,
        "TOKEN_ENCRYPTION_KEYS": generate_setting(),
        "IMPORTS_FOLDER": str(folder / "imports"),
        "MATCH_ALLOW_STRAVA_DERIVED": "true",
        "STRAVA_READ_LIMITS": "100000,1000000",
        "STRAVA_OVERALL_LIMITS": "100000,1000000",
    }
    bare = [Server(each, {}, folder, kind) for each in ("asgi", "bare")]
    servers = [*bare, Server("empty", shared, folder, kind), strava, ayda, predictor]
    path = f"/webhooks/strava/{path_secret(verify)}"
    return House({server.app: server for server in servers}, {"X-API-Key": key}, bot_token, path)


def _with_people(house: House, predictor_database: str) -> House:
    plenty = dict.fromkeys(("overall_quarter", "overall_day", "read_quarter", "read_day"), 100_000)
    with _browser() as browser:
        _ok(browser.post(house.url("strava", "/_sim/limits"), json=plenty))
    strava_id = house.new_strava_athlete(HISTORY)
    house.connect(MEMBER, strava_id)
    until_s = time.monotonic() + _SYNCED_WITHIN_S
    while not house.is_synced(strava_id):
        if time.monotonic() > until_s:
            raise RuntimeError("The sync did not end within ten minutes.")
        time.sleep(0.5)
    gpx = {**house.key, "Content-Type": "application/gpx+xml"}
    subscriptions = "/api/v3/push_subscriptions?client_id=4242&client_secret=simulated-secret"
    with _browser() as browser:
        course = browser.post(house.url("predictor", f"{INTERNAL}/routes"), content=draw_course(20_000), headers=gpx)
        route = _ok(course).json()
        known = _ok(browser.get(house.url("strava", subscriptions))).json()
    for name in ("ayda", "predictor"):
        house.servers[name].stop()
        house.servers[name].launch(WORKER_EMBEDDED="false")
    for name in ("ayda", "predictor"):
        house.servers[name].wait()
    notice = f"{INTERNAL}/strava/connected"
    people = [{"telegram_id": each, "athlete_id": 10**9 + int(each)} for each in house.crowd]
    many(house.servers["predictor"].url, lambda i: Call("POST", notice, house.key, people[i]), range(CROWD))
    with create_engine(driver_url(predictor_database)).begin() as connection:
        connection.execute(text(_COPY))
    subscription = known[0]["id"] if known else 1
    return House(
        house.servers, house.key, house.bot_token, house.webhook_path, strava_id, route["id"], subscription, house.crowd
    )


def _browser() -> httpx.Client:
    return httpx.Client(timeout=60, trust_env=False, follow_redirects=True)


def _ok(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise RuntimeError(f"{answer.url.path} answered {answer.status_code}: {answer.text[:300]}")
    return answer
