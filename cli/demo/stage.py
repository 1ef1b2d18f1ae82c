"""The three servers of the demo, in one process on free loopback ports."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import uvicorn

import ayda_service.app
import ayda_service.settings
import predictor_service.app
import predictor_service.settings
from servicekit.base.clock import utc_now
from servicekit.base.logs import configure_logs
from servicekit.data.migrations import upgrade
from simulators.strava import Simulator
from simulators.strava import create_app as create_simulator_app

HOST = "127.0.0.1"
START_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything listens, and what a visitor needs to talk to it."""

    strava_url: str
    ayda_url: str
    predictor_url: str
    bot_token: str
    api_key: str


def listen() -> socket.socket:
    """A listening socket on a free port; bound here so that every service knows its neighbours before it starts."""
    # without the protocol named, asyncio does not recognise TCP and leaves 40 ms of delay in each answer
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, 0))
    return listener


def _url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


def _environments(stage: Stage, folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The environment each service would be started with."""
    shared = {
        "CROSS_SERVICE_API_KEY": stage.api_key,
        "STRAVA_OAUTH_BASE": stage.strava_url,
        "STRAVA_API_BASE": f"{stage.strava_url}/api/v3",
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "console",
    }
    vault_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    ayda = {
        **shared,
        "DATABASE_URL": f"sqlite:///{folder / 'ayda.db'}",
        "GPX_PREDICTOR_API_URL": stage.predictor_url,
        "PUBLIC_URL": stage.ayda_url,
        "STRAVA_CLIENT_ID": "4242",
        "STRAVA_CLIENT_SECRET": "simulated-secret",
        "TOKEN_ENCRYPTION_KEYS": f"demo:{vault_key}",
        "TELEGRAM_BOT_TOKEN": stage.bot_token,
    }
    predictor = {**shared, "DATABASE_URL": f"sqlite:///{folder / 'predictor.db'}", "AYDA_RUN_API_URL": stage.ayda_url}
    return ayda, predictor


async def _migrate(ayda: dict[str, str], predictor: dict[str, str]) -> None:
    await asyncio.to_thread(upgrade, "ayda_service", ayda["DATABASE_URL"])
    await asyncio.to_thread(upgrade, "predictor_service", predictor["DATABASE_URL"])


class _Server(uvicorn.Server):
    """A server whose signals are left to the demo: three of them share one process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


async def serve(
    app: Any,
    listener: socket.socket,
    servers: list[uvicorn.Server],
    tasks: list[asyncio.Task[None]],
    lifespan: Literal["on", "off"] = "on",
) -> None:
    """Serve the app on the socket, and return when it listens."""
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan=lifespan, timeout_graceful_shutdown=3)
    server = _Server(config)
    servers.append(server)
    tasks.append(asyncio.create_task(server.serve(sockets=[listener])))
    async with asyncio.timeout(START_TIMEOUT_S):
        while not server.started:
            if tasks[-1].done():
                await tasks[-1]
                message = "a server of the demo ended before it listened; see the log above"
                raise RuntimeError(message)
            await asyncio.sleep(0.01)


async def stop(servers: Sequence[uvicorn.Server], tasks: Sequence[asyncio.Task[None]]) -> None:
    """End the servers and wait for them."""
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def raise_curtain(folder: Path, say: Callable[[str], None]) -> AsyncIterator[Stage]:
    """Everything running, migrated and answering; stopped again at the end of the block."""
    configure_logs("WARNING", "console")
    sockets = [listen() for _ in range(3)]
    strava_url, ayda_url, predictor_url = (_url(listener) for listener in sockets)
    bot_token, api_key = f"4242:{secrets.token_urlsafe(26)}", secrets.token_urlsafe(32)
    stage = Stage(strava_url, ayda_url, predictor_url, bot_token, api_key)
    ayda, predictor = _environments(stage, folder)
    say("Preparing two databases …")
    await _migrate(ayda, predictor)
    ayda_settings = ayda_service.settings.Settings.from_environ(ayda)
    predictor_settings = predictor_service.settings.Settings.from_environ(predictor)
    apps = (
        create_simulator_app(Simulator(now=utc_now, seed=4242)),
        ayda_service.app.create_app(ayda_settings, now=utc_now),
        predictor_service.app.create_app(predictor_settings, now=utc_now),
    )
    servers: list[uvicorn.Server] = []
    tasks: list[asyncio.Task[None]] = []
    try:
        for app, listener in zip(apps, sockets, strict=True):
            await serve(app, listener, servers, tasks)
        yield stage
    finally:
        await stop(servers, tasks)
        for listener in sockets:
            listener.close()
