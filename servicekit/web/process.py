"""What a service's process reads of its environment before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from servicekit.base.logs import LogFormat, configure_logs
from servicekit.base.settings import Secret, load_environ


class ProcessSettings(Protocol):
    """What running a process needs to know of a service's settings."""

    @property
    def log_level(self) -> str:
        """Lowest level that is written."""
        ...

    @property
    def log_format(self) -> LogFormat:
        """How lines are written."""
        ...

    @property
    def secrets(self) -> Sequence[Secret]:
        """What must never be written."""
        ...


S = TypeVar("S", bound=ProcessSettings)


def settings_of_process(read_settings: Callable[[Mapping[str, str]], S]) -> S:
    """The settings of this process's environment, with logs set up to keep its secrets. Raises SettingsError."""
    settings = read_settings(load_environ())
    configure_logs(settings.log_level, settings.log_format, secrets=settings.secrets)
    return settings
