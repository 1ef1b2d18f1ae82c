"""Groups of commands that are imported one by one, when they run: so `--help` stays instant."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """The commands in `summaries`, each the `command` of a module, whose name `place` makes of the command's."""

    def __init__(self, *arguments: Any, summaries: Mapping[str, str], place: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._summaries = summaries
        self._place = place

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names in the order people meet them."""
        return list(self._summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of that name, None when there is none."""
        if cmd_name not in self._summaries:
            return None
        command: click.Command = import_module(self._place.format(cmd_name)).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The list of commands in `--help`, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._summaries.items()))
