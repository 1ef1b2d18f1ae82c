"""The commands of `ayda`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

import click

from cli.failure import EXIT_CODE, Refused
from cli.lazy import LazyGroup

COMMANDS: Final = {
    "predict": ("cli.commands.predict:command", "How long a route will take you, with its margin."),
    "replan": (
        "cli.commands.replan:command",
        "On the day: what is still to come, now that you came by somewhere.",
    ),
    "history": (
        "cli.commands.history:command",
        "What your past activities say: what was read, your profile, your level.",
    ),
    "compare": ("cli.commands.compare:command", "A prediction beside what really happened."),
    "demo": ("cli.commands.demo:command", "Run the whole house on this machine with a simulated Strava."),
    "sim": ("cli.commands.sim:command", "Run a simulated Strava that any Strava client can be pointed at."),
    "serve": ("cli.commands.services:serve", "Serve ayda, the predictor, or both."),
    "worker": ("cli.commands.services:worker", "Work on the jobs of ayda, the predictor, or both."),
    "migrate": ("cli.commands.services:migrate", "Bring databases to the last revision."),
    "dead": (
        "cli.commands.dead:command",
        "Jobs, events and uploads that had to be given up: show them, try them again.",
    ),
    "restore": ("cli.commands.restore:command", "After a backup: find whom it has brought back, erase them again."),
    "keys": ("cli.commands.keys:command", "The keys that Strava tokens are sealed under: add, rotate, retire."),
}
VERSION: Final = "0.1.0"


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(VERSION, prog_name="ayda", message="%(prog)s %(version)s")
def ayda() -> None:
    """How long will this route take you?"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `ayda`; whatever goes wrong ends as one sentence on stderr and exit code 2."""
    try:
        ayda.main(arguments, prog_name="ayda", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_:
        help_.show()
        sys.exit(EXIT_CODE)
    except click.ClickException as wrong:
        _refuse("bad_usage", wrong.format_message())
    except Refused as refused:
        _refuse(refused.code, str(refused))
    except BrokenPipeError:
        # the reader of the pipe has seen enough; python would complain once more when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as bug:
        if os.environ.get("AYDA_DEBUG"):
            raise
        _refuse("internal_error", f"{type(bug).__name__}: {bug}. This is a bug; AYDA_DEBUG=1 shows where it is.")


def _refuse(code: str, sentence: str) -> None:
    click.echo(f"{code}: {' '.join(sentence.split())}", err=True)
    sys.exit(EXIT_CODE)
