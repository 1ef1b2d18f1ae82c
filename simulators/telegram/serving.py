"""The simulator as a server of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from simulators.telegram.simulator import DEFAULT_TOKEN, Telegram
from simulators.telegram.web.app import create_app

_GRACE_S: Final = 1
"""A page that waits for news keeps nobody from stopping."""


@dataclass(frozen=True, slots=True)
class TelegramOptions:
    """Where to listen, and what the bot is called; without `files` what was sent is gone at the end."""

    host: str = "127.0.0.1"
    port: int = 8091
    token: str = DEFAULT_TOKEN
    bot_username: str = "ayda_bot"
    mini_app_url: str = ""
    files: Path | None = None
    seed: int = 1


def serve(options: TelegramOptions) -> None:
    """Say how to reach it and serve until Ctrl-C."""
    import uvicorn  # noqa: PLC0415 - `--help` should not wait for a server

    telegram = Telegram(
        token=options.token,
        bot_username=options.bot_username,
        mini_app_url=options.mini_app_url,
        files=options.files,
        seed=options.seed,
    )
    base = f"http://{options.host}:{options.port}"
    click.echo(
        f"Simulated Telegram: chat with @{telegram.bot.username} at {base}/\n"
        f"  Bot API      {base}/bot<token>/<method>\n"
        f"  bot token    {telegram.token}\n"
        f"  links to it  {base}/t.me/{telegram.bot.username}?start=..."
    )
    uvicorn.run(
        create_app(telegram),
        host=options.host,
        port=options.port,
        log_level="warning",
        timeout_graceful_shutdown=_GRACE_S,
    )
