"""`nox -s stack`: what compose.yaml describes, as processes of this machine, and the demo's story over it.

`-- --kill` kills each of them once while people use it, and looks for what was promised and is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from cli.demo.client import Visitor
from cli.failure import Refused
from tests.stack.kills import kill_each
from tests.stack.plan import SIMULATED, BadPlan, services, variables_of
from tests.stack.running import Stack
from tests.stack.walk import stage_of, walk


def main(arguments: list[str]) -> int:
    """The exit code."""
    if set(arguments) - {"--kill"}:
        print("Known: --kill", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="ayda-stack-"))
    try:
        _perform(folder, kill="--kill" in arguments)
    except (BadPlan, Refused) as error:
        print(error, file=sys.stderr)
        print(f"Logs are kept in {folder}.", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def _perform(folder: Path, *, kill: bool) -> None:
    begun = time.monotonic()

    def say(sentence: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s  {sentence}", flush=True)

    variables = variables_of(SIMULATED)
    with Stack(services(variables, profiles={"simulated"}), folder, say) as stack:
        stack.start()
        say("All are well.")
        asyncio.run(_visit(stack, variables, say, kill=kill))
        stack.stop()
        say("All ended as they were asked to.")


async def _visit(stack: Stack, variables: dict[str, str], say: object, *, kill: bool) -> None:
    assert callable(say)
    async with contextlib.aclosing(Visitor(stage_of(stack, variables))) as visitor:
        route_id = await walk(visitor, say)
        if kill:
            await kill_each(stack, visitor, route_id, say)


if __name__ == "__main__":
    # whoever stops this must not leave the others behind
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(main(sys.argv[1:]))
