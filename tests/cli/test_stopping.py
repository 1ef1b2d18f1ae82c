from __future__ import annotations

import asyncio
import os
import signal
from importlib.util import find_spec

import pytest

from cli.stopping import Stopped, run


def test_work_runs_on_the_fastest_loop_that_is_installed():
    async def loop() -> str:
        return type(asyncio.get_running_loop()).__module__

    assert run(loop()).partition(".")[0] == ("uvloop" if find_spec("uvloop") else "asyncio")


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_raised_after_the_work_has_cleaned_up_however_often_it_comes(asked: int):
    done = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), asked)
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), asked)
            await asyncio.sleep(0.01)
            done.append("cleaned up")

    before = signal.getsignal(asked)
    with pytest.raises(Stopped) as told:
        run(work())
    assert (done, told.value.exit_code) == (["cleaned up"], 128 + asked)
    assert signal.getsignal(asked) is before
