"""The simulator as a server of its own: from a configuration and a file that keeps its truth to a listening port."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import DatabaseError
from typing import Annotated, Any

import click
import msgspec

from simulators.base.switches import change
from simulators.strava.application.switches import PushSwitches, Switches
from simulators.strava.simulator import Simulator
from simulators.strava.web.admin_bodies import Limits, NewAthlete, apply_limits
from simulators.strava.web.app import create_app


class BadConfiguration(Exception):
    """`str()` is a sentence about what is wrong with the configuration or the file of the truth."""


class Configuration(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A TOML file: the application's credentials, who is there at the start, and the same settings as the admin paths.

    `athletes` are created once, when the truth has none yet.
    """

    client_id: Annotated[int, msgspec.Meta(ge=1)] = 4242
    client_secret: Annotated[str, msgspec.Meta(min_length=1)] = "simulated-secret"  # noqa: S105 - a made-up secret of a simulation
    seed: Annotated[int, msgspec.Meta(ge=0)] = 1
    athletes: tuple[NewAthlete, ...] = (NewAthlete(activities=120),)
    settings: dict[str, Any] = {}
    push: dict[str, Any] = {}
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        """Raises msgspec.ValidationError for a switch that there is not, or not so."""
        msgspec.convert(self.settings, Switches)
        msgspec.convert(self.push, PushSwitches)


@dataclass(frozen=True, slots=True)
class Options:
    """Where to listen and what to keep; without `database` everything is forgotten at the end."""

    host: str = "127.0.0.1"
    port: int = 8090
    database: Path | None = None
    configuration: Configuration = field(default_factory=Configuration)


def read_configuration(path: Path) -> Configuration:
    """The configuration in a TOML file. Raises BadConfiguration."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Configuration)
    except OSError as unreadable:
        raise BadConfiguration(f"{path} cannot be read: {unreadable.strerror}.") from unreadable
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise BadConfiguration(f"{path} is no TOML: {broken}.") from broken
    except msgspec.ValidationError as wrong:
        raise BadConfiguration(f"{path} is not right: {wrong}.") from wrong


def build(options: Options) -> Simulator:
    """The configured simulator with the truth of its file. Raises BadConfiguration when that file is no truth."""
    wanted = options.configuration
    try:
        simulator = Simulator(
            seed=wanted.seed,
            client_id=wanted.client_id,
            client_secret=wanted.client_secret,
            database=options.database,
        )
    except (DatabaseError, msgspec.MsgspecError) as unusable:
        raise BadConfiguration(f"{options.database} cannot keep the simulator's truth: {unusable}.") from unusable
    if not simulator.athletes():
        for athlete in wanted.athletes:
            simulator.add_athlete(**msgspec.structs.asdict(athlete))
    change(simulator.switches, wanted.settings)
    change(simulator.push.switches, wanted.push)
    apply_limits(simulator, wanted.limits)
    simulator.save()
    return simulator


def serve(options: Options) -> None:
    """Say how to reach it and serve until Ctrl-C. Raises BadConfiguration."""
    import uvicorn  # noqa: PLC0415 - reading a bad configuration should not wait for a server

    simulator = build(options)
    base = f"http://{options.host}:{options.port}"
    kept = "in memory, gone at the end" if options.database is None else f"kept in {options.database}"
    click.echo(
        f"Simulated Strava: {base}/ explains it; its truth is {kept}\n"
        f"  STRAVA_OAUTH_BASE={base}\n"
        f"  STRAVA_API_BASE={base}/api/v3\n"
        f"  client id {simulator.client_id}, client secret {simulator.client_secret}"
    )
    try:
        uvicorn.run(create_app(simulator), host=options.host, port=options.port, log_level="warning")
    finally:
        simulator.close()
