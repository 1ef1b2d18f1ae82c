"""One log pipeline for our own events and for every library: structured, with the request id, without secrets."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final, Literal, Protocol, TextIO, TypeVar

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from servicekit.base.correlation import REQUEST_ID, TRACEPARENT
from servicekit.base.redaction import Redactor
from servicekit.base.repeats import RepeatFilter, Repeats
from servicekit.base.settings import Secret, SettingsError, load_environ

EXIT_CODE: Final = 2
LogFormat = Literal["json", "console"]
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

# These write addresses with their queries, statements with their values or every byte on the wire.
_QUIET: Final = ("httpx", "httpcore", "uvicorn.access", "sqlalchemy.engine", "asyncio", "granian.access", "urllib3")
_OWN_FIELDS: Final = frozenset({"level", "logger", "timestamp", "request_id", "trace_id"})


def configure_logs(
    level: str = "INFO",
    fmt: LogFormat = "console",
    *,
    secrets: Iterable[Secret] = (),
    stream: TextIO | None = None,
    repeats: Repeats | None = None,
) -> None:
    """Send structlog and the standard library's logging to `stream` (standard error) through one redacting pipeline.

    Our own events go there directly, as to dress them up as records of the library costs as much as all the rest.
    What repeats itself is counted (`servicekit/base/repeats.py`). `secrets` are masked wherever they appear, also
    base64 or percent-encoded. Start uvicorn with `log_config=None`, or it replaces its part of this.
    """
    redact = _redacting(Redactor(secret.reveal() for secret in secrets))
    counted = RepeatFilter(repeats or Repeats(time.monotonic))
    named: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
    ]
    shared: list[Processor] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_cause,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,  # text only: no renderer that shows local variables
        redact,
    ]
    file = stream or sys.stderr
    structlog.configure(
        processors=[*named, counted.drop_repeats, *shared, _renderer(fmt)],
        logger_factory=cache(partial(_Lines, file)),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(file)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *named, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _drop_copies, _renderer(fmt)],
        )
    )
    handler.addFilter(counted)
    _install(handler, level)


def _renderer(fmt: LogFormat) -> Processor:
    if fmt == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=repr)
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def write_repeats() -> None:
    """Say what was counted and not yet told, before the process ends."""
    for handler in logging.getLogger().handlers:
        for each in handler.filters:
            if isinstance(each, RepeatFilter):
                each.write_counts()


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
    def database_url(self) -> str:
        """The address of its database."""
        ...

    @property
    def redis_url(self) -> Secret | None:
        """That of the counters it shares, if it has any."""
        ...

    @property
    def secrets(self) -> Sequence[Secret]:
        """What must never be written."""
        ...


S = TypeVar("S", bound=ProcessSettings)


def settings_of_process(read_settings: Callable[[Mapping[str, str]], S]) -> S:
    """The settings of this process's environment, with logs set up to keep its secrets.

    For servers that want a factory, which show whatever it raises with a traceback: leaves with a line for each
    variable that is missing or bad.
    """
    try:
        settings = read_settings(load_environ())
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_CODE)
    configure_logs(settings.log_level, settings.log_format, secrets=settings.secrets)
    return settings


class _Lines(structlog.WriteLogger):
    """Whole lines to a file, under the name of whoever writes them."""

    def __init__(self, file: TextIO, name: str = "") -> None:
        super().__init__(file)
        self.name = name


def _install(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        chatty = logging.getLogger(name)
        chatty.handlers.clear()
        # a line that would be dropped is put together all the same where anybody may read it
        chatty.propagate = name not in _QUIET
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _add_cause(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    identity = REQUEST_ID.get()
    if identity is not None:
        event.setdefault("request_id", identity)
    trace = TRACEPARENT.get()
    if trace is not None:
        event.setdefault("trace_id", trace.split("-")[1])
    return event


def _drop_copies(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Without what uvicorn and other handlers leave on a record: the same event again, coloured or formatted."""
    for name in ("color_message", "message", "asctime"):
        event.pop(name, None)
    return event


def _redacting(redactor: Redactor) -> Processor:
    """The processor that masks secrets in every field of an event."""

    def field(name: str, value: Any) -> Any:
        if name.startswith("_") or name in _OWN_FIELDS:  # an underscore: structlog's own, removed before rendering
            return value
        if name in {"exception", "stack"}:
            return redactor.traceback(str(value))
        return redactor.named(name, value)

    def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {name: field(name, value) for name, value in event.items()}

    return redact
