"""X6: the services connect to the addresses of their settings and to nothing else, whatever anybody answers."""

from __future__ import annotations

import ast
import asyncio
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayda_service.app import create_app as create_ayda
from predictor_service.app import create_app as create_predictor
from servicekit.http.call import address
from simulators.strava.simulator import Simulator
from simulators.strava.web.app import create_app as create_strava
from tests.ayda.support import CLIENT_SECRET, KEY_OUT, MEMBER, Ayda, FakePredictor
from tests.drills.both_services import ayda_settings, predictor_settings
from tests.drills.reporting import report
from tests.predictor.tracks import gpx
from tests.servicekit.strava.support import Clock
from tests.support_server import LoopbackServer

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
_watchers: list[list[tuple[str, int]]] = []


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        for seen in _watchers:
            seen.append((str(arguments[1][0]), int(arguments[1][1])))


sys.addaudithook(_listen)  # it cannot be taken away again, so it asks who listens


@pytest.fixture
def connects() -> Iterator[list[tuple[str, int]]]:
    """Every connect of this process, by whatever library."""
    seen: list[tuple[str, int]] = []
    _watchers.append(seen)
    yield seen
    _watchers.remove(seen)


class Trap:
    """A listener nobody has any business with; it counts who comes and hangs up."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.visits = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                visitor, _ = self.socket.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    """Set as the proxy of everything, and where redirects lead."""
    trap = Trap()
    for name in PROXIES:
        monkeypatch.setenv(name, trap.url)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    yield trap
    trap.socket.shutdown(socket.SHUT_RDWR)
    trap.socket.close()


class Place:
    """An address whose app is known later, and may be replaced by one that sends everybody to the trap."""

    def __init__(self, trap: Trap) -> None:
        self.app: Any = None
        self.trap = trap
        self.astray = False
        self.sent_away = 0
        self.server = LoopbackServer(self)
        self.url = self.server.url

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not self.astray or scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.sent_away += 1
        status = (301, 302, 303, 307, 308)[self.sent_away % 5]
        headers = [(b"location", f"{self.trap.url}{scope['path']}".encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


@pytest.mark.system
async def test_no_connection_leaves_the_list(tmp_path: Path, trap: Trap, connects: list[tuple[str, int]]):
    clock = Clock()
    simulator = Simulator(now=clock.now, seed=1, rotation="strict", client_secret=CLIENT_SECRET)
    strava, at_ayda, at_predictor = (Place(trap) for _ in range(3))
    strava.app = create_strava(simulator)
    mine = ayda_settings(tmp_path, public_url=at_ayda.url, predictor_url=at_predictor.url, strava_oauth_base=strava.url)
    theirs = predictor_settings(
        tmp_path, ayda_url=at_ayda.url, strava_api_base=f"{strava.url}/api/v3", worker_embedded=True
    )
    at_ayda.app, at_predictor.app = create_ayda(mine, now=clock.now), create_predictor(theirs, now=clock.now)
    with ExitStack() as servers:
        for place in (strava, at_predictor, at_ayda):
            servers.enter_context(place.server)
        async with httpx.AsyncClient(base_url=at_ayda.url, trust_env=False, timeout=120) as http:
            async with httpx.AsyncClient(trust_env=True) as careless:
                with pytest.raises(httpx.HTTPError):
                    await careless.get(strava.url)
            caught, trap.visits = trap.visits, 0
            connects.clear()
            ayda = Ayda(http, at_ayda.app, clock, simulator, httpx.AsyncHTTPTransport(), FakePredictor())  # type: ignore[arg-type]
            await walk(ayda, simulator)
            on_the_way = len(connects)
            strava.astray = True
            statuses = await lead_astray(ayda, at_predictor)
    listed = {
        (parts.hostname or "", parts.port or 0) for parts in (urlsplit(p.url) for p in (strava, at_ayda, at_predictor))
    }
    elsewhere = [each for each in connects if each not in listed]
    sent_away = strava.sent_away + at_predictor.sent_away
    report(
        "X6", connects=len(connects), before_redirects=on_the_way, sent_away=sent_away, off_the_list=len(elsewhere),
        trap_visits=trap.visits, trap_works=caught > 0,
    )  # fmt: skip
    assert caught > 0, "a trap that catches nobody proves nothing"
    assert sent_away >= 4
    assert elsewhere == []
    assert trap.visits == 0
    assert statuses["token"] == 503
    assert statuses["predict"] in {502, 503}
    assert statuses["disconnect"] == 200


async def walk(ayda: Ayda, simulator: Simulator) -> None:
    """A member connects, is synced, predicts and exports."""
    await ayda.connect(MEMBER, simulator.add_athlete(activities=5))
    async with asyncio.timeout(30):
        while True:
            exported = await ayda.http.get("/api/v1/me/export", headers=ayda.as_member())
            runs = exported.json()["predictor"].get("sync_run", []) if exported.status_code == 200 else []
            if any(run["status"] == "success" for run in runs):
                break  # a sync under way would meet the redirects, and have its refused token renewed
            await asyncio.sleep(0.05)
    body = {"gpx": gpx().decode()}
    answer = await ayda.http.post("/api/v1/predictions", json=body, headers=ayda.as_member())
    assert answer.status_code == 201, answer.text
    assert (await ayda.token()).status_code == 200


async def lead_astray(ayda: Ayda, at_predictor: Place) -> dict[str, int]:
    """Everybody the services ask sends them elsewhere."""
    ayda.clock.advance(7 * 3600)
    token = await ayda.token(force="true")
    async with httpx.AsyncClient(base_url=at_predictor.url, trust_env=False, timeout=120) as http:
        await http.get("/strava/import-latest", headers={"X-API-Key": KEY_OUT})
    at_predictor.astray = True
    body = {"gpx": gpx().decode()}
    predict = await ayda.http.post("/api/v1/predictions", json=body, headers=ayda.as_member())
    disconnect = await ayda.http.post("/api/v1/strava/disconnect", headers=ayda.as_member())
    return {
        "token": token.status_code,
        "predict": predict.status_code,
        "disconnect": disconnect.status_code,
    }


@given(st.text(max_size=40), st.sampled_from(["http://strava.test", "https://a.test:8443/api/v3"]))
def test_no_path_leads_off_the_base_address(path: str, base: str):
    try:
        url = httpx.URL(address(base, path))
    except (ValueError, httpx.InvalidURL):
        return
    home = httpx.URL(base)
    assert (url.scheme, url.host, url.port) == (home.scheme, home.host, home.port)
    assert url.path.startswith(home.path.rstrip("/"))


PACKAGES = ("kernel", "trackfiles", "takealong", "servicekit", "ayda_service", "predictor_service", "simulators", "cli")
OTHER_WAYS = {"urllib.request", "http.client", "requests", "aiohttp", "urllib3", "ftplib", "smtplib", "websockets"}
CLIENTS = {"servicekit/http/client.py", "simulators/base/client.py", "cli/demo/client.py"}


def test_every_client_ignores_the_environment_and_follows_no_redirect():
    """The list of those who can open a connection over HTTP at all: one for the services, the simulator, the demo."""
    made, careless, others = set[str](), [], []
    for path in (each for package in PACKAGES for each in Path(package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                others += [(str(path), name) for name in names if name in OTHER_WAYS]
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if ast.unparse(node.func) in {"httpx.Client", "httpx.AsyncClient"}:
                made.add(path.as_posix())
                given = {each.arg: ast.unparse(each.value) for each in node.keywords}
                if given.get("trust_env") != "False" or given.get("follow_redirects", "False") != "False":
                    careless.append(path.as_posix())
            elif ast.unparse(node.func) in {f"httpx.{verb}" for verb in ("get", "post", "request", "stream", "put")}:
                careless.append(path.as_posix())
    report("X6", clients=len(made), careless=len(careless), other_libraries=len(others))
    assert made == CLIENTS
    assert careless == []
    assert others == []
