"""The two services as commands see them: what each is called, and what of one environment is for which."""

from __future__ import annotations

import socket
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from cli.failure import EXIT_CODE, Refused
from servicekit.base.clock import utc_now
from servicekit.base.logs import ProcessSettings, configure_logs
from servicekit.base.settings import Reader, SettingsError, load_environ
from servicekit.base.vault import KeySetting
from servicekit.data.engine import database_url

if TYPE_CHECKING:
    from servicekit.web.parts import ServiceParts


@dataclass(frozen=True, slots=True)
class Service:
    """A service by its name; its code is imported when it is needed."""

    name: str
    port: int
    neighbour_url: str
    """The setting that tells it where the other one is."""

    @property
    def package(self) -> str:
        """Where it lives, and the name of its migrations."""
        return f"{self.name}_service"

    def settings(self, environ: Mapping[str, str]) -> ProcessSettings:
        """Raises SettingsError."""
        read: ProcessSettings = import_module(f"{self.package}.settings").Settings.from_environ(environ)
        return read

    def database_url(self, environ: Mapping[str, str]) -> str:
        """The one setting a migration needs. Raises SettingsError, also for wrong values of others."""
        try:
            self.settings(environ)
        except SettingsError as error:
            if error.wrong:
                raise SettingsError(error.wrong) from None
        default: str = import_module(f"{self.package}.settings").DATABASE_URL
        with Reader(environ) as read:
            return read.parsed("DATABASE_URL", database_url, default)

    def app(self, settings: ProcessSettings) -> Any:
        """The ASGI app."""
        return import_module(f"{self.package}.app").create_app(settings)

    def work(self, settings: ProcessSettings, listener: socket.socket | None = None) -> Coroutine[Any, Any, None]:
        """Works on jobs until cancelled; whoever connects to `listener` is told how that goes."""
        parts: ServiceParts = import_module(f"{self.package}.parts").assemble(settings, now=utc_now)
        return parts.work() if listener is None else _seen_work(parts, listener)

    @property
    def metrics_port(self) -> int:
        """Where its workers tell what they measure unless another port is named."""
        return self.port + _METRICS_ABOVE


AYDA: Final = Service("ayda", 8001, "GPX_PREDICTOR_API_URL")
PREDICTOR: Final = Service("predictor", 8000, "AYDA_RUN_API_URL")
SERVICES: Final = {service.name: service for service in (AYDA, PREDICTOR)}
OF_EACH: Final = ("DATABASE_URL", "PUBLIC_URL", "STRAVA_CLIENT_ID", "STRAVA_CLIENT_SECRET", "TOKEN_ENCRYPTION_KEYS")
"""What two services that share an environment cannot share: as it stands it is ayda's."""
_KEYS: Final = "TOKEN_ENCRYPTION_KEYS"
PREFIX: Final = "PREDICTOR_"
"""And so it is the predictor's."""

_METRICS_ABOVE: Final = 1100

argument: Final = click.argument("service", type=click.Choice(tuple(SERVICES)), required=False)


def variable_of(name: str, service: Service) -> str:
    """What the setting of this service is called in the environment of this process."""
    own = PREFIX + name
    return own if service is PREDICTOR and own in load_environ() else name


def environments(named: str | None) -> dict[Service, dict[str, str]]:
    """The environment of the named service, or those of both, who then know each other's addresses."""
    environ = load_environ()
    own = {name: environ[PREFIX + name] for name in OF_EACH if PREFIX + name in environ}
    if named is not None:
        service = SERVICES[named]
        return {service: environ | own if service is PREDICTOR else environ}
    if "DATABASE_URL" in environ and "DATABASE_URL" not in own:
        raise Refused(
            "one_database_each", f"Set {PREFIX}DATABASE_URL too, or name one service: each has its own database."
        )
    shared = {name: value for name, value in environ.items() if name not in OF_EACH}
    both = {AYDA: environ, PREDICTOR: shared | _derived_keys(environ, own) | own}
    for service, other in ((AYDA, PREDICTOR), (PREDICTOR, AYDA)):
        both[service].setdefault(service.neighbour_url, f"http://127.0.0.1:{other.port}")
    return both


def _derived_keys(environ: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Keys for the predictor where it has none of its own: made from ayda's, whose seals they do not open.

    None beside a Strava app of its own: tokens must outlive a rotation of ayda's keys, archives need not.
    """
    if "STRAVA_CLIENT_ID" in own:
        return {}
    try:
        return {_KEYS: KeySetting.parse(environ[_KEYS]).derived("ayda: the predictor's keys").text}
    except (KeyError, ValueError):  # ayda's own settings say what is wrong with them
        return {}


def configured(environs: Mapping[Service, Mapping[str, str]]) -> dict[Service, ProcessSettings]:
    """Each service's settings, with logs set up to keep the secrets of all. Leaves with a line for each bad setting."""
    try:
        settings = {service: service.settings(environ) for service, environ in environs.items()}
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_CODE)
    first: ProcessSettings = next(iter(settings.values()))
    secrets = [secret for each in settings.values() for secret in each.secrets]
    configure_logs(first.log_level, first.log_format, secrets=secrets)
    return settings


def configured_app(service: str) -> Any:
    """The app of a named service, from this process's environment."""
    ((each, settings),) = configured(environments(service)).items()
    return each.app(settings)


def database_urls(environs: Mapping[Service, Mapping[str, str]]) -> dict[Service, str]:
    """Each service's database. Raises Refused."""
    try:
        return {service: service.database_url(environ) for service, environ in environs.items()}
    except SettingsError as error:
        raise Refused("bad_settings", f"{error}.") from None


async def _seen_work(parts: ServiceParts, listener: socket.socket) -> None:
    from servicekit.web.sight_port import seen  # noqa: PLC0415 - a server, which most commands do without

    async with seen(parts, listener):
        await parts.work()
