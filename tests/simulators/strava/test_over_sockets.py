"""What only a real connection shows: broken, cut and silent answers, and the rounds a served simulator makes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import uvicorn

from simulators.strava import Simulator, create_app
from tests.simulators.strava.conformance import ALL_SCOPES

pytestmark = pytest.mark.system
PATIENCE_S = 120.0


@contextlib.asynccontextmanager
async def _served(app: Any) -> AsyncIterator[str]:
    """The address of this application while the block lasts."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        listener.close()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - the state of a server in this loop; nothing announces it
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "order",
    [{"kind": "reset"}, {"kind": "cut"}, {"kind": "blackhole", "seconds": 0.05}],
    ids=str,
)
async def test_sim_10_a_broken_answer_breaks_the_connection_and_no_other(order: dict[str, Any]) -> None:
    async with _served(create_app(Simulator())) as base, httpx.AsyncClient(base_url=base, trust_env=False) as http:
        await http.post("/_sim/faults", json=order | {"path": "/api/"})
        with pytest.raises(httpx.TransportError):
            await http.get("/api/v3/athlete")
        assert (await http.get("/api/v3/athlete")).status_code == 401


async def test_sim_10_a_reset_comes_before_any_byte_of_an_answer() -> None:
    async with _served(create_app(Simulator())) as base, httpx.AsyncClient(base_url=base, trust_env=False) as http:
        await http.post("/_sim/faults", json={"kind": "reset", "path": "/api/"})
        reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
        writer.write(b"GET /api/v3/athlete HTTP/1.1\r\nHost: s\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionResetError):
            await writer.wait_closed()


async def test_sim_10_a_cut_answer_ends_at_the_ordered_byte() -> None:
    async with _served(create_app(Simulator())) as base, httpx.AsyncClient(base_url=base, trust_env=False) as http:
        whole = (await http.get("/api/v3/athlete")).content
        await http.post("/_sim/faults", json={"kind": "cut", "path": "/api/", "at_byte": 7})
        reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
        writer.write(b"GET /api/v3/athlete HTTP/1.1\r\nHost: s\r\n\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        assert f"content-length: {len(whole)}".encode() in head.lower()
        assert body == whole[:7]


async def test_sim_10_a_client_that_gives_up_waiting_ends_the_silence() -> None:
    simulator = Simulator()
    async with _served(create_app(simulator)) as base, httpx.AsyncClient(base_url=base, trust_env=False) as http:
        await http.post("/_sim/faults", json={"kind": "blackhole", "path": "/api/"})
        with pytest.raises(httpx.ReadTimeout):
            await http.get("/api/v3/athlete", timeout=0.05)
        (entry,) = simulator.request_log
        assert (entry.fault, entry.status) == ("blackhole", None)


class _Application:
    """A callback that echoes challenges, and leaves the first `silent` events without an answer."""

    def __init__(self, silent: int) -> None:
        self.silent = silent
        self.events: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        body = b"{}"
        if scope["method"] == "GET":
            challenge = parse_qs(scope["query_string"].decode())["hub.challenge"][0]
            body = json.dumps({"hub.challenge": challenge}).encode()
        else:
            self.events.append(json.loads((await receive())["body"]))
            if len(self.events) <= self.silent:
                await receive()  # until the caller leaves
                return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})


async def test_sim_9_a_served_simulator_delivers_by_itself_and_tries_again_after_silence() -> None:
    simulator, application = Simulator(), _Application(silent=1)
    simulator.push.switches.answer_within_s = 0.2
    simulator.push.switches.retry_after_s = 0.0
    athlete = simulator.add_athlete()
    simulator.authorizations.consent(athlete, tuple(ALL_SCOPES.split(",")), simulator.clock.now_s())
    async with (
        _served(create_app(simulator)) as base,
        _served(application) as callback,
        httpx.AsyncClient(base_url=base, trust_env=False) as http,
    ):
        form = {"client_id": 4242, "client_secret": "simulated-secret", "verify_token": "v", "callback_url": callback}
        made = await http.post("/api/v3/push_subscriptions", data=form)
        assert made.status_code == 201
        simulator.generate_activities(athlete, 1)
        await _until(lambda: [d.state for d in simulator.push.deliveries()] == ["delivered"])
    (delivery,) = simulator.push.deliveries()
    assert [(attempt.status, attempt.trouble) for attempt in delivery.attempts] == [
        (None, "no answer within 0.2 s"),
        (200, None),
    ]
    assert application.events[0] == application.events[1]


async def test_sim_9_a_callback_nobody_listens_on_is_not_verifiable() -> None:
    async with _served(create_app(Simulator())) as base, httpx.AsyncClient(base_url=base, trust_env=False) as http:
        closed = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        closed.close()
        form = {"client_id": 4242, "client_secret": "simulated-secret", "verify_token": "v", "callback_url": url}
        refused = await http.post("/api/v3/push_subscriptions", data=form)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["code"] == "not verifiable"
