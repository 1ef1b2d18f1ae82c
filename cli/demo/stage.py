"""The three servers of the demo, in one process on free loopback ports."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ayda_service.app
import ayda_service.settings
import predictor_service.app
import predictor_service.settings
from servicekit.base.clock import utc_now
from servicekit.base.logs import configure_logs
from servicekit.base.vault import generate_setting
from servicekit.data.migrations import upgrade
from servicekit.web.server import listen, serving
from simulators.strava import Simulator
from simulators.strava import create_app as create_simulator_app

HOST: Final = "127.0.0.1"
GRACE_S: Final = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything listens, and what a visitor needs to talk to it."""

    strava_url: str
    ayda_url: str
    predictor_url: str
    bot_token: str
    api_key: str


def _environments(stage: Stage, folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The environment each service would be started with."""
    shared = {
        "CROSS_SERVICE_API_KEY": stage.api_key,
        "STRAVA_OAUTH_BASE": stage.strava_url,
        "STRAVA_API_BASE": f"{stage.strava_url}/api/v3",
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "console",
    }
    ayda = {
        **shared,
        "DATABASE_URL": f"sqlite:///{folder / 'ayda.db'}",
        "GPX_PREDICTOR_API_URL": stage.predictor_url,
        "PUBLIC_URL": stage.ayda_url,
        "STRAVA_CLIENT_ID": "4242",
        "STRAVA_CLIENT_SECRET": "simulated-secret",
        "TOKEN_ENCRYPTION_KEYS": generate_setting(),
        "TELEGRAM_BOT_TOKEN": stage.bot_token,
        "STRAVA_WEBHOOK_VERIFY_TOKEN": secrets.token_urlsafe(24),
    }
    predictor = {
        **shared,
        "DATABASE_URL": f"sqlite:///{folder / 'predictor.db'}",
        "AYDA_RUN_API_URL": stage.ayda_url,
        "BACKGROUND_SYNC_ENABLED": "true",
        "IMPORTS_FOLDER": str(folder / "imports"),
    }
    return ayda, predictor


@contextlib.asynccontextmanager
async def raise_curtain(folder: Path, say: Callable[[str], None]) -> AsyncIterator[Stage]:
    """Everything running, migrated and answering; stopped again at the end of the block."""
    configure_logs("WARNING", "console")
    sockets = [listen(HOST) for _ in range(3)]
    strava_url, ayda_url, predictor_url = (f"http://{HOST}:{listener.getsockname()[1]}" for listener in sockets)
    bot_token, api_key = f"4242:{secrets.token_urlsafe(26)}", secrets.token_urlsafe(32)
    stage = Stage(strava_url, ayda_url, predictor_url, bot_token, api_key)
    ayda, predictor = _environments(stage, folder)
    say("Preparing two databases …")
    for package, environ in (("ayda_service", ayda), ("predictor_service", predictor)):
        await asyncio.to_thread(upgrade, package, environ["DATABASE_URL"])
    apps = (
        create_simulator_app(Simulator(now=utc_now, seed=4242)),
        ayda_service.app.create_app(ayda_service.settings.Settings.from_environ(ayda)),
        predictor_service.app.create_app(predictor_service.settings.Settings.from_environ(predictor)),
    )
    async with contextlib.AsyncExitStack() as stack:
        for app, listener in zip(apps, sockets, strict=True):
            await stack.enter_async_context(serving(app, listener, grace_s=GRACE_S))
        yield stage
