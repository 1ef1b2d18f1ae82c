"""The four servers of the demo, in one process on free loopback ports."""

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
from servicekit.web.limits import Limits
from servicekit.web.server import listen, serving
from simulators.strava import Simulator
from simulators.strava import create_app as create_strava
from simulators.strava.application.quota import RateLimits
from simulators.telegram import Telegram
from simulators.telegram import create_app as create_telegram

HOST: Final = "127.0.0.1"
GRACE_S: Final = 3.0
BOT_NAME: Final = "ayda_bot"
_STRAVA_SEED: Final = 4242
_ROOMY: Final = RateLimits(*(100_000,) * 4)
"""Real limits make a club wait for quarters of an hour: the demo is not about them."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything listens, and what a visitor needs to talk to it."""

    strava_url: str
    ayda_url: str
    predictor_url: str
    bot_token: str
    api_key: str
    telegram_url: str = ""


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
        "TELEGRAM_BOT_NAME": BOT_NAME,
        "TELEGRAM_API_BASE": stage.telegram_url,
        "TELEGRAM_LINK_BASE": f"{stage.telegram_url}/t.me",
        "TELEGRAM_WEBHOOK_SECRET": secrets.token_urlsafe(32),
        "MINI_APP_FRAMED_BY": stage.telegram_url,
        "STRAVA_WEBHOOK_VERIFY_TOKEN": secrets.token_urlsafe(24),
    }
    predictor = {
        **shared,
        "DATABASE_URL": f"sqlite:///{folder / 'predictor.db'}",
        "AYDA_RUN_API_URL": stage.ayda_url,
        "TOKEN_ENCRYPTION_KEYS": generate_setting(),
        "BACKGROUND_SYNC_ENABLED": "true",
        # nobody's data is compared here; a club leaves this off, as Strava's terms ask
        "MATCH_ALLOW_STRAVA_DERIVED": "true",
        "IMPORTS_FOLDER": str(folder / "imports"),
    }
    return ayda, predictor


@contextlib.asynccontextmanager
async def raise_curtain(folder: Path, say: Callable[[str], None]) -> AsyncIterator[Stage]:
    """Everything running, migrated and answering; stopped again at the end of the block."""
    configure_logs("WARNING", "console")
    sockets = [listen(HOST) for _ in range(4)]
    urls = (f"http://{HOST}:{listener.getsockname()[1]}" for listener in sockets)
    strava_url, telegram_url, ayda_url, predictor_url = urls
    bot_token, api_key = f"4242:{secrets.token_urlsafe(26)}", secrets.token_urlsafe(32)
    stage = Stage(strava_url, ayda_url, predictor_url, bot_token, api_key, telegram_url)
    ayda, predictor = _environments(stage, folder)
    say("Preparing two databases …")
    for package, environ in (("ayda_service", ayda), ("predictor_service", predictor)):
        await asyncio.to_thread(upgrade, package, environ["DATABASE_URL"])
    apps = (
        create_strava(_strava()),
        create_telegram(Telegram(token=bot_token, bot_username=BOT_NAME)),
        ayda_service.app.create_app(ayda_service.settings.Settings.from_environ(ayda)),
        predictor_service.app.create_app(predictor_service.settings.Settings.from_environ(predictor)),
    )
    async with contextlib.AsyncExitStack() as stack:
        for app, listener in zip(apps, sockets, strict=True):
            await stack.enter_async_context(serving(app, listener, limits=Limits(grace_s=GRACE_S)))
        yield stage


def _strava() -> Simulator:
    simulator = Simulator(now=utc_now, seed=_STRAVA_SEED)
    simulator.quota.limits = _ROOMY
    return simulator
