"""`ayda sim`."""

from __future__ import annotations

from typing import Final

import click

from cli import stopping
from cli.failure import Refused
from cli.lazy import LazyGroup

_STRAVA: Final = "strava"
_SIMULATORS: Final = {
    _STRAVA: (
        "simulators.strava.__main__:command",
        "A Strava with athletes, limits, events and every kind of trouble.",
    ),
    "telegram": (
        "simulators.telegram.__main__:command",
        "A Telegram with the Bot API, a page to chat in, two people and a group.",
    ),
}


class Simulators(LazyGroup):
    """The simulators by name; without one it is Strava's, so its options may follow at once."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts the name in front where it is left out."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = [_STRAVA, *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> None:
        """Runs it until it is stopped. Raises Refused when its configuration is not right."""
        from simulators.strava.serving import BadConfiguration  # noqa: PLC0415 - `ayda sim --help` is instant

        try:
            super().invoke(ctx)
        except BadConfiguration as wrong:
            raise Refused("bad_configuration", str(wrong)) from wrong
        except stopping.Stopped:
            stopping.say()


@click.group("sim", cls=Simulators, lazy=_SIMULATORS)
def command() -> None:
    """Run a simulator of a neighbour; `ayda sim` alone runs Strava's, whose options `ayda sim strava --help` shows."""
