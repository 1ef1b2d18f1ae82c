from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.orm import Session

from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import AuthorizationDenied, AuthorizationExpired
from predictor_service.models import JOBS
from predictor_service.problems import PROBLEMS
from predictor_service.settings import Settings
from predictor_service.strava.own_app.client import open_own_app
from predictor_service.strava.own_app.routes import CALLBACK, own_app_routes
from predictor_service.strava.own_app.service import OwnApp
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.data.database import Database
from servicekit.jobs import SqlJobQueue
from servicekit.strava.errors import NotConnected, ReauthRequired, ScopeMissing, TokenUnavailable
from servicekit.web.api_keys import ApiKeys, api_key_guard
from servicekit.web.problems import problem_handlers
from simulators.strava import Simulator, create_app
from simulators.strava.application.fault_menu import PlannedFault
from tests.predictor.support import KEY
from tests.predictor.sync.world import MEMBER, SCOPE, Clock

BACK = "http://predictor/strava/local/callback"


@dataclass
class Starts:
    """Remembers whose sync was started."""

    athletes: list[UUID] = field(default_factory=list)

    def start(self, session: Session, athlete_id: UUID) -> None:
        assert session.in_transaction()
        self.athletes.append(athlete_id)


class Own:
    def __init__(self, app: OwnApp, sync: Starts, database: Database, simulator: Simulator, clock: Clock) -> None:
        self.app, self.sync, self.database, self.simulator, self.clock = app, sync, database, simulator, clock

    async def state(self, telegram_id: str = MEMBER) -> str:
        return parse_qs(urlsplit(await self.app.begin(telegram_id, BACK)).query)["state"][0]

    async def connect(self, strava_id: int, telegram_id: str = MEMBER) -> int:
        state = await self.state(telegram_id)
        code = self.simulator.authorizations.consent(strava_id, tuple(SCOPE.split(",")), self.clock().timestamp())
        return await self.app.finish(state=state, code=code, scope=SCOPE)

    def refreshes(self) -> int:
        return len([entry for entry in self.simulator.request_log if entry.grant_type == "refresh_token"])


@pytest.fixture
async def own(database: Database, settings: Settings) -> AsyncIterator[Own]:
    clock = Clock()
    simulator = Simulator(now=clock)
    sync = Starts()
    mine = replace(
        settings,
        strava_client_id=str(simulator.client_id),
        strava_client_secret=Secret(simulator.client_secret),
        strava_oauth_base="http://strava",
        vault=Vault.from_setting("k1:" + base64.b64encode(b"0" * 32).decode()),
    )
    transport = httpx.ASGITransport(create_app(simulator))
    queue = SqlJobQueue(database, JOBS, now=clock)
    app = open_own_app(mine, database, queue, sync.start, (transport, None), quota=None, now=clock)
    assert app is not None
    yield Own(app, sync, database, simulator, clock)
    await app.close()


async def test_a_connection_stores_the_athlete_starts_the_sync_and_gives_tokens(own: Own):
    strava_id = own.simulator.add_athlete()
    assert await own.connect(strava_id) == strava_id
    with own.database.reading() as session:
        athlete = AthleteStore(session).by_strava_id(strava_id)
    assert athlete is not None
    assert athlete.telegram_id == MEMBER
    assert own.sync.athletes == [athlete.id]
    token = await own.app.token(MEMBER)
    assert token.athlete_id == strava_id
    assert token.scope == "read,activity:read_all"
    assert own.simulator.authorizations.find_access(token.access_token, own.clock().timestamp())[0] is not None


async def test_a_state_is_good_once_for_ten_minutes_and_only_if_it_is_ours(own: Own):
    strava_id = own.simulator.add_athlete()
    state = await own.state()
    code = own.simulator.authorizations.consent(strava_id, tuple(SCOPE.split(",")), own.clock().timestamp())
    await own.app.finish(state=state, code=code, scope=SCOPE)
    old = await own.state()
    own.clock.pass_(minutes=10)
    for bad in (state, old, "", "made-up"):
        with pytest.raises(AuthorizationExpired):
            await own.app.finish(state=bad, code=code, scope=SCOPE)


async def test_a_refusal_a_used_code_and_a_missing_scope_connect_nobody(own: Own):
    with pytest.raises(AuthorizationDenied):
        await own.app.finish(state=await own.state(), code=None, scope=None)
    with pytest.raises(AuthorizationExpired):
        await own.app.finish(state=await own.state(), code="used", scope=SCOPE)
    with pytest.raises(ScopeMissing):
        await own.app.finish(state=await own.state(), code="any", scope="read")
    assert own.sync.athletes == []
    with pytest.raises(NotConnected):
        await own.app.token(MEMBER)


async def test_an_old_token_is_refreshed_and_a_revoked_one_asks_to_reconnect(own: Own):
    strava_id = own.simulator.add_athlete()
    await own.connect(strava_id)
    first = await own.app.token(MEMBER)
    own.clock.pass_(hours=5, minutes=30)
    second = await own.app.token(MEMBER)
    assert second.access_token != first.access_token
    assert own.refreshes() == 1
    own.simulator.authorizations.revoke_athlete(strava_id)
    own.clock.pass_(hours=6)
    with pytest.raises(ReauthRequired):
        await own.app.token(MEMBER)


async def test_an_outage_of_strava_is_no_verdict(own: Own):
    await own.connect(own.simulator.add_athlete())
    own.clock.pass_(hours=7)
    own.simulator.faults.order(PlannedFault("html", "/oauth/token", count=5))
    with pytest.raises(TokenUnavailable):
        await own.app.token(MEMBER)


async def test_connecting_again_replaces_the_connection(own: Own):
    first, second = own.simulator.add_athlete(), own.simulator.add_athlete()
    await own.connect(first)
    await own.connect(second)
    assert (await own.app.token(MEMBER)).athlete_id == second
    await own.connect(second, "777")
    assert (await own.app.token("777")).athlete_id == second
    with pytest.raises(NotConnected):
        await own.app.token(MEMBER)


async def test_neither_tokens_nor_states_are_stored_in_clear(own: Own):
    await own.connect(own.simulator.add_athlete())
    token, state = (await own.app.token(MEMBER)).access_token, await own.state()
    with own.database.reading() as session:
        rows = [*(session.execute(text("SELECT * FROM local_token")))]
        rows += [*(session.execute(text("SELECT * FROM local_oauth_state")))]
    assert rows
    assert token not in str(rows)
    assert state not in str(rows)


@asynccontextmanager
async def browser_of(own: Own, public_url: str = "http://predictor") -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar(
        [own_app_routes(own.app, api_key_guard(ApiKeys.parse(KEY)), public_url)],
        exception_handlers=problem_handlers(PROBLEMS),
        logging_config=None,
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=public_url) as http:
        yield http


async def way_back(own: Own) -> dict[str, str]:
    """What Strava sends a browser back with."""
    state, strava_id = await own.state(), own.simulator.add_athlete()
    code = own.simulator.authorizations.consent(strava_id, tuple(SCOPE.split(",")), own.clock().timestamp())
    return {"state": state, "code": code, "scope": SCOPE}


def assert_page(answer: httpx.Response, status: int, text: str) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert text in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert answer.headers["cache-control"] == "no-store"


async def test_over_http_a_browser_is_sent_out_and_comes_back_to_a_page(own: Own):
    async with browser_of(own) as http:
        assert (await http.get("/strava/local/auth", params={"telegram_id": MEMBER})).status_code == 401
        asked = await http.get("/strava/local/auth", params={"telegram_id": MEMBER}, headers={"X-API-Key": KEY})
        address = urlsplit(asked.json()["authorization_url"])
        query = parse_qs(address.query)
        assert (address.path, query["redirect_uri"]) == ("/oauth/authorize", [BACK])
        back = {**await way_back(own), "state": query["state"][0]}
        assert_page(await http.get(CALLBACK, params=back), 200, "<h1>Strava is connected.</h1>")


async def test_the_browser_that_has_connected_is_told_so_however_often_it_asks_and_no_other(own: Own):
    back = await way_back(own)
    async with browser_of(own) as http, browser_of(own) as other:
        for _ in range(3):
            assert_page(await http.get(CALLBACK, params=back), 200, "<h1>Strava is connected.</h1>")
        assert len(own.sync.athletes) == 1
        assert_page(await other.get(CALLBACK, params=back), 400, "<h1>Strava is not connected.</h1>")
        unknown = await http.get(CALLBACK, params={**back, "state": "another"})
        assert_page(unknown, 400, "has expired or was already used")


@pytest.mark.parametrize(("public_url", "name"), [("http://p", ""), ("https://p", "__Host-")])
async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites_and_short_lived(
    own: Own, public_url: str, name: str
):
    async with browser_of(own, public_url) as http:
        cookie = (await http.get(CALLBACK, params=await way_back(own))).headers["set-cookie"]
    assert cookie.startswith(f"{name}predictor_connected=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=600"} <= attributes
    assert ("secure" in attributes) is bool(name)


async def test_whatever_goes_wrong_is_a_page_with_the_status_of_its_problem(own: Own):
    async with browser_of(own) as http:
        denied = {"state": await own.state(), "error": "access_denied"}
        assert_page(await http.get(CALLBACK, params=denied), 403, "the permission was not given")
        assert_page(await http.get(CALLBACK, params={**await way_back(own), "scope": "read"}), 409, "<h1>Strava is not")
        for wrong in ({}, {"state": "x", "error": "access_denied"}, {"state": "s" * 5000}, {"code": "c" * 5000}):
            assert_page(await http.get(CALLBACK, params=wrong), 400, "<h1>Strava is not connected.</h1>")
        back = await way_back(own)
        own.simulator.faults.order(PlannedFault("html", "/oauth/token", count=50))
        away = await http.get(CALLBACK, params=back)
        assert_page(away, 503, "<h1>Strava is not connected.</h1>")
        assert int(away.headers["retry-after"]) >= 1
    assert own.sync.athletes == []


async def test_a_browser_that_only_looks_ahead_uses_nothing_up(own: Own):
    back = await way_back(own)
    async with browser_of(own) as http:
        assert (await http.get(CALLBACK, params=back, headers={"Sec-Purpose": "prefetch"})).status_code == 204
        assert_page(await http.get(CALLBACK, params=back), 200, "<h1>Strava is connected.</h1>")


async def test_the_page_speaks_the_browsers_language_first(own: Own):
    async with browser_of(own) as http:
        answer = await http.get(CALLBACK, params=await way_back(own), headers={"Accept-Language": "ru"})
    assert answer.text.startswith('<!doctype html><html lang="ru">')
    assert_page(answer, 200, "Эту страницу можно закрыть.")
