"""The processes of compose.yaml on this machine: started in their order, found well, killed and ended as it says."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.stack import stores
from tests.stack.plan import BadPlan, Planned
from tests.stack.translated import Local, Translation

_LOOK_EVERY_S = 0.3
_RESTARTS = 10
_PATIENCE = 4
"""A start may take so many times as long as the file gives it: many processes load at once here."""


@dataclass
class Running:
    """One service, which is a process or was one."""

    service: Planned
    local: Local
    folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.service.name}.log"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.local.command,
                cwd=self.folder,
                env=self.local.environment,
                user=stores.user_of(self.service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )

    def is_well(self) -> bool:
        """What its health check says; without one, that it runs."""
        if self.local.health is None or self.service.health is None:
            return self.process is not None and self.process.poll() is None
        try:
            done = subprocess.run(
                self.local.health,
                env=self.local.environment,
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                timeout=self.service.health.timeout_s * _PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def wait_until(self, condition: str) -> None:
        """Raises BadPlan when it ends, or does not come to it."""
        limit_s = 120 if self.service.health is None else self.service.health.start_period_s * _PATIENCE
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            ended = None if self.process is None else self.process.poll()
            if condition == "service_completed_successfully" and ended == 0:
                return
            if ended is not None:
                raise BadPlan(f"{self.service.name} ended with {ended}:\n{self._last_words()}")
            if condition == "service_healthy" and self.is_well():
                return
            time.sleep(_LOOK_EVERY_S)
        raise BadPlan(f"{self.service.name} is not well after {limit_s} s:\n{self._last_words()}")

    def kill(self) -> None:
        """All of its processes, as a container's are, without a goodbye."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)

    def stop(self) -> str | None:
        """Asks it to end; a sentence when it did not do so as it should."""
        if self.process is None or self.process.poll() is not None:
            return None if self.service.once else f"{self.service.name} had ended before"
        self.process.send_signal(signal.Signals[self.service.stop_signal])
        try:
            code = self.process.wait(self.service.stop_within_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return f"{self.service.name} did not end within {self.service.stop_within_s} s:\n{self._last_words()}"
        return f"{self.service.name} ended with {code}:\n{self._last_words()}" if code else None

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


class Stack:
    """All of them. Use it in a `with` block, which kills whatever is left at its end."""

    def __init__(self, planned: Mapping[str, Planned], folder: Path, say: Callable[[str], None]) -> None:
        self._say = say
        self.translation = Translation(planned, folder)
        self.each: dict[str, Running] = {}
        for name, service in planned.items():
            local = stores.adapted(service, self.translation.local(service), folder)
            self.each[name] = Running(service, local, folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for running in self.each.values():
            if running.process is not None and running.process.poll() is None:
                running.kill()

    def start(self) -> None:
        """Each once what it waits for is there; returns when all are well. Raises BadPlan."""
        for name, running in self.each.items():
            for other, condition in running.service.after.items():
                self.each[other].wait_until(condition)
            if stores.is_postgres(running.service):
                stores.prepare_postgres(running.service, running.local, running.folder)
            self._say(f"  {name}: {' '.join(running.service.command)}")
            running.start()
        for running in self.each.values():
            running.wait_until("service_completed_successfully" if running.service.once else "service_healthy")

    def restart(self, name: str) -> None:
        """Kills it, and does what its policy says."""
        running = self.each[name]
        running.kill()
        if running.service.restart != "unless-stopped":
            raise BadPlan(f"{name} would not come back: its restart policy is {running.service.restart}")
        for _ in range(_RESTARTS):
            self.translation.forget_memory(running.service)
            running.start()
            try:
                running.wait_until("service_healthy")
            except BadPlan:
                # others of a killed PostgreSQL may hold its memory for a moment longer than it lives
                if running.process is None or running.process.poll() is None:
                    raise
                time.sleep(_LOOK_EVERY_S)
            else:
                return
        raise BadPlan(f"{name} does not come back")

    def stop(self) -> None:
        """In the opposite order. Raises BadPlan when somebody did not end as they should, or wrote elsewhere."""
        wrong = [sentence for running in reversed(self.each.values()) if (sentence := running.stop())]
        wrong += [f"{name} was written outside of every volume" for name in self.translation.strays()]
        if wrong:
            raise BadPlan("\n".join(wrong))
