"""compose.yaml as this project uses it: which processes there are, what each is told, and what waits for what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "compose.yaml"
SIMULATED = ROOT / "deploy" / "simulated" / "env"
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?:(:?[-?])([^}]*))?\})")
_SECONDS = {"s": 1, "m": 60}


class BadPlan(Exception):
    """`str()` says what is wrong with the file or its variables."""


@dataclass(frozen=True)
class Health:
    """How a supervisor finds out whether a service is well."""

    command: tuple[str, ...]
    interval_s: int
    timeout_s: int
    start_period_s: int


@dataclass(frozen=True)
class Planned:
    """A service of the file, with its variables filled in."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    health: Health | None
    after: Mapping[str, str]
    """Conditions by the names of the services it waits for."""
    ports: tuple[int, ...]
    aliases: tuple[str, ...]
    mounts: Mapping[str, str | None]
    """Volumes, or None for memory, by the folder they are seen at."""
    restart: str
    stop_signal: str
    stop_within_s: int

    @property
    def once(self) -> bool:
        """It ends by itself."""
        return self.restart == "no"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Under which names the others reach it."""
        return (self.name, *self.aliases)


def variables_in(text: str) -> set[str]:
    """The variables that a text of the file asks for."""
    return {match[1] for match in _VARIABLE.finditer(text) if match[1]}


def filled_in(text: str, variables: Mapping[str, str]) -> str:
    """As compose does it: `${A}`, `${A:-default}`, `${A:?sentence}`, and `$$` for `$`. Raises BadPlan."""

    def value(match: re.Match[str]) -> str:
        name, mark, rest = match.groups()
        if name is None:
            return "$"
        found = variables.get(name)
        if mark is None:
            return found or ""
        absent = found is None or (mark.startswith(":") and not found)
        if absent and mark.endswith("?"):
            raise BadPlan(f"{name}: {rest}")
        return rest if absent else str(found)

    return _VARIABLE.sub(value, text)


@cache
def document() -> dict[str, Any]:
    """The file as it stands, anchors resolved."""
    found = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def variables_of(file: Path) -> dict[str, str]:
    """The variables of a file for `--env-file`."""
    return {name: value or "" for name, value in dotenv_values(file, interpolate=False).items()}


def services(variables: Mapping[str, str], *, profiles: set[str]) -> dict[str, Planned]:
    """The services of these profiles and of none, each after those it waits for. Raises BadPlan."""
    found = {
        name: _planned(name, entry, variables)
        for name, entry in document()["services"].items()
        if not entry.get("profiles") or profiles & set(entry["profiles"])
    }
    return {name: found[name] for name in _in_order(found)}


def _planned(name: str, entry: Mapping[str, Any], variables: Mapping[str, str]) -> Planned:
    networks = entry["networks"]
    named = networks.values() if isinstance(networks, dict) else ()
    ports = [str(port) for port in (*entry.get("expose", ()), *entry.get("ports", ()))]
    return Planned(
        name=name,
        image=filled_in(entry["image"], variables),
        command=tuple(filled_in(part, variables) for part in entry["command"]),
        environment=dict(_environment(entry.get("environment", {}), variables)),
        health=_health(entry.get("healthcheck")),
        after={other: needed["condition"] for other, needed in entry.get("depends_on", {}).items()},
        ports=tuple(int(port.rpartition(":")[2]) for port in ports),
        aliases=tuple(alias for network in named for alias in (network or {}).get("aliases", ())),
        mounts=dict(_mounts(entry)),
        restart=entry["restart"],
        stop_signal=entry.get("stop_signal", "SIGTERM"),
        stop_within_s=_seconds(entry["stop_grace_period"]),
    )


def _environment(entry: Mapping[str, str | None], variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in entry.items():
        if text is not None:
            yield name, filled_in(text, variables)
        elif name in variables:
            yield name, variables[name]


def _mounts(entry: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    for folder in entry.get("tmpfs", ()):
        yield folder, None
    for volume in entry.get("volumes", ()):
        source, folder, *_ = volume.split(":")
        yield folder, source


def _health(entry: Mapping[str, Any] | None) -> Health | None:
    if entry is None:
        return None
    kind, *command = entry["test"]
    if kind != "CMD":
        raise BadPlan("a health check is a command without a shell")
    times = [_seconds(entry[name]) for name in ("interval", "timeout", "start_period")]
    return Health(tuple(command), *times)


def _seconds(text: str) -> int:
    return int(text[:-1]) * _SECONDS[text[-1]]


def _in_order(found: Mapping[str, Planned]) -> Iterator[str]:
    """Names, each after those it waits for. Raises BadPlan for a circle, and for one that is not there."""
    left = dict(found)
    while left:
        ready = [name for name, service in left.items() if not service.after.keys() & left.keys()]
        unknown = {other for service in left.values() for other in service.after} - found.keys()
        if not ready or unknown:
            raise BadPlan(f"services wait for {', '.join(sorted(unknown or left))}")
        yield from ready
        for name in ready:
            del left[name]
