"""`python -m simulators.telegram`: the simulated Telegram alone, on a loopback port. Also `ayda sim telegram`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from simulators.telegram.serving import TelegramOptions, serve
from simulators.telegram.simulator import DEFAULT_TOKEN

_TOKEN: Final = re.compile(r"[1-9]\d{0,18}:[A-Za-z0-9_-]+")
_USERNAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")


def _fitting(pattern: re.Pattern[str], sentence: str) -> Callable[[click.Context, click.Parameter, str], str]:
    def checked(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
        if not pattern.fullmatch(value):
            raise click.BadParameter(sentence)
        return value

    return checked


@click.command("telegram")
@click.option("--port", type=click.IntRange(1, 65535), default=8091, show_default=True, help="Where to listen.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--token",
    callback=_fitting(_TOKEN, "A bot token is digits, a colon, and letters and digits."),
    default=DEFAULT_TOKEN,
    show_default=True,
    help="The token of the one bot there is.",
)
@click.option(
    "--bot",
    "bot_username",
    callback=_fitting(_USERNAME, "A user name has 4 to 32 letters, digits and _."),
    default="ayda_bot",
    show_default=True,
    help="Its user name.",
)
@click.option("--mini-app", "mini_app_url", default="", metavar="URL", help="What its direct links open.")
@click.option("--files", type=click.Path(path_type=Path), metavar="FOLDER", help="Keep what is sent in this folder.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Other luck in trouble.")
def command(
    *, port: int, host: str, token: str, bot_username: str, mini_app_url: str, files: Path | None, seed: int
) -> None:
    """Run a simulated Telegram until Ctrl-C; its page at / is a chat with the bot."""
    serve(TelegramOptions(host, port, token, bot_username, mini_app_url, files, seed))


if __name__ == "__main__":
    command.main(prog_name="python -m simulators.telegram")
