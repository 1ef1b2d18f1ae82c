"""Where the traces of a process go, by OpenTelemetry's own variables, and for how long they do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import unquote

from servicekit.base import values
from servicekit.base.metrics import Metrics
from servicekit.base.settings import Reader, Secret
from servicekit.data.drivers import TRACES, with_drivers

_PATH: Final = "/v1/traces"
_LIBRARY: Final = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """What is exported, to whom and in whose name."""

    endpoint: str | None = None
    """OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, else OTEL_EXPORTER_OTLP_ENDPOINT and `/v1/traces`. None: nothing goes out."""
    headers: Mapping[str, Secret] = field(default_factory=dict)
    """OTEL_EXPORTER_OTLP_HEADERS `name=value,...`: what the collector asks for."""
    service_name: str | None = None
    """OTEL_SERVICE_NAME. None: `ayda`, `ayda-worker`, `predictor`, `predictor-worker`."""
    share: float = 1.0
    """OTEL_TRACES_SAMPLER_ARG: of the traces, by their ids, so that both services keep the same ones."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What must never be written anywhere."""
        return tuple(self.headers.values())

    @classmethod
    def read(cls, read: Reader) -> Self:
        """These settings; where a collector is named its library must be there."""
        whole = read.optional("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", _endpoint)
        base = read.optional("OTEL_EXPORTER_OTLP_ENDPOINT", _endpoint)
        return cls(
            endpoint=whole or (None if base is None else base + _PATH),
            headers=read.parsed("OTEL_EXPORTER_OTLP_HEADERS", _headers, {}),
            service_name=read.optional_text("OTEL_SERVICE_NAME"),
            share=read.number("OTEL_TRACES_SAMPLER_ARG", 1.0, maximum=1.0),
        )


@asynccontextmanager
async def exported(settings: TraceSettings, metrics: Metrics, name: str) -> AsyncIterator[None]:
    """The spans that `metrics` is told of within the block go out, if that is wanted; `name` is the process's."""
    if settings.endpoint is None:
        yield
        return
    from servicekit.traces.otlp import Export, to_collector  # noqa: PLC0415 - an extra, which most do without

    exporter = to_collector(settings.endpoint, {name: value.reveal() for name, value in settings.headers.items()})
    metrics.spans = export = Export(exporter, settings.service_name or name, share=settings.share)
    try:
        yield
    finally:
        metrics.spans = None
        await export.close()


def _endpoint(text: str) -> str:
    address = values.url(text)
    if "@" in address:
        raise ValueError("must not hold a password; OTEL_EXPORTER_OTLP_HEADERS may")
    with_drivers(_LIBRARY, TRACES)
    return address


def _headers(text: str) -> dict[str, Secret]:
    """Raises ValueError without quoting any."""
    found = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not (name and equals and value):
            raise ValueError("must be name=value, comma separated, with %-escapes in the values")
        found[name] = Secret(unquote(value))
    return found
