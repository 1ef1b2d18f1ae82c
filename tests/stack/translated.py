"""A service of compose.yaml as a process of this machine: the same words, with ports and folders that are here."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.stack.plan import ROOT, BadPlan, Planned
from tests.system.processes import HOST, free_port

OURS = "ayda:"
_KEPT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")
_FOLDERS = ("/data/", "/run/", "/tmp/", "/var/")
_ADDRESS = re.compile(r"([\w.-]+):(\d+)")


@dataclass(frozen=True)
class Local:
    """What is run."""

    command: list[str]
    health: list[str] | None
    environment: dict[str, str]
    port: int | None
    """Where it listens."""


@dataclass
class Translation:
    """From the names of the containers' world to this machine's, for all services alike."""

    services: Mapping[str, Planned]
    folder: Path
    draw_port: Callable[[], int] = free_port
    ports: dict[tuple[str, int], int] = field(init=False)
    """Free ports of this machine by service and the port it has in its container."""

    def __post_init__(self) -> None:
        each = [(service.name, port) for service in self.services.values() for port in service.ports]
        self.ports = {key: self.draw_port() for key in each}
        self._hosts = {host: service.name for service in self.services.values() for host in service.hosts}

    def url(self, name: str) -> str:
        """Where a service that has one port is reached."""
        (port,) = self.services[name].ports
        return f"http://{HOST}:{self.ports[name, port]}"

    def local(self, service: Planned) -> Local:
        """The process of a service."""
        health = None if service.health is None else self._words(service, service.health.command)
        environment = {name: self._text(service, value) for name, value in service.environment.items()}
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        own = next((self.ports[service.name, port] for port in service.ports), None)
        environment = {**kept, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", **environment}
        return Local([*_entrypoint(service), *self._words(service, service.command)], health, environment, own)

    def folder_of(self, service: Planned, seen_at: str) -> Path:
        """The folder that is here what a volume is there, made if need be."""
        place = self._place(service, seen_at)
        place.mkdir(mode=0o700, exist_ok=True)
        return place

    def strays(self) -> list[str]:
        """What was written where a container could not: beside its volumes and its memory."""
        mounts = ((service, seen_at) for service in self.services.values() for seen_at in service.mounts)
        known = {self._place(service, seen_at).name for service, seen_at in mounts}
        known |= {"postgres", *(f"{name}.log" for name in self.services)}
        return sorted({each.name for each in self.folder.iterdir()} - known)

    def forget_memory(self, service: Planned) -> None:
        """What lies in memory there is gone when a container is started again."""
        for seen_at, source in service.mounts.items():
            if source is None:
                shutil.rmtree(self.folder_of(service, seen_at))
                self.folder_of(service, seen_at)

    def _place(self, service: Planned, seen_at: str) -> Path:
        source = service.mounts[seen_at]
        return self.folder / (f"{service.name}{seen_at.replace('/', '-')}" if source is None else f"volume-{source}")

    def _words(self, service: Planned, command: tuple[str, ...]) -> list[str]:
        return [self._word(service, word) for word in command]

    def _word(self, service: Planned, word: str) -> str:
        if word.isdecimal() and int(word) in service.ports:
            return str(self.ports[service.name, int(word)])
        return {"0.0.0.0": HOST, "python": sys.executable}.get(word) or self._text(service, word)  # noqa: S104

    def _text(self, service: Planned, text: str) -> str:
        """With addresses of services, and folders, that are here."""
        text = _ADDRESS.sub(self._address, text)
        if text.startswith("/app/"):
            return str(ROOT / text.removeprefix("/app/"))
        for seen_at in service.mounts:
            if text == seen_at or text.startswith(f"{seen_at}/"):
                return f"{self.folder_of(service, seen_at)}{text.removeprefix(seen_at)}"
        if text.startswith(_FOLDERS):
            raise BadPlan(f"{service.name}: {text} is in no volume, and its root cannot be written to")
        return text

    def _address(self, match: re.Match[str]) -> str:
        name = self._hosts.get(match[1])
        if name is None:
            return match[0]
        port = self.ports.get((name, int(match[2])))
        if port is None:
            raise BadPlan(f"{match[0]}: {name} does not listen there")
        return f"{HOST}:{port}"


def _entrypoint(service: Planned) -> list[str]:
    if service.image.startswith(OURS):
        return [sys.executable, "-m", "cli"]  # what deploy/ayda does, the image's entry point
    return []


def program(name: str, *folders: Path) -> Path:
    """A program of this machine. Raises BadPlan."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)]))
    if found is None:
        raise BadPlan(f"{name} is not installed; .ci/services installs PostgreSQL and Redis")
    return Path(found)
