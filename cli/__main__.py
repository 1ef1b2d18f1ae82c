"""`python -m cli` is the `ayda` command."""

from __future__ import annotations

import sys

from cli import stopping


def run() -> None:
    """Run `ayda` with this process's arguments; a signal ends it with one line, also while it is still importing."""
    stopping.end_at_once()
    from cli.main import main  # noqa: PLC0415 - see above

    stopping.listen()
    try:
        main()
    except stopping.Stopped as asked:
        stopping.say()
        sys.exit(asked.exit_code)


if __name__ == "__main__":
    run()
