"""What OpenTelemetry's own variables mean to a service."""

from __future__ import annotations

import pytest

from servicekit.base.settings import Reader, SettingsError
from servicekit.traces.export import TraceSettings

CANARY = "canary-key-of-the-collector"


def read(**environ: str) -> TraceSettings:
    with Reader({f"OTEL_{name}": value for name, value in environ.items()}) as reader:
        return TraceSettings.read(reader)


def test_nothing_goes_out_unless_a_collector_is_named():
    assert read() == TraceSettings()
    assert read(SERVICE_NAME="x", EXPORTER_OTLP_HEADERS="a=b").endpoint is None


@pytest.mark.parametrize(
    ("environ", "endpoint"),
    [
        ({"EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, "http://c:4318/v1/traces"),
        ({"EXPORTER_OTLP_ENDPOINT": "https://c/otlp/"}, "https://c/otlp/v1/traces"),
        ({"EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/here"}, "http://c:4318/here"),
        ({"EXPORTER_OTLP_ENDPOINT": "http://a", "EXPORTER_OTLP_TRACES_ENDPOINT": "http://b/t"}, "http://b/t"),
    ],
)
def test_a_collector_has_a_path_for_traces_unless_the_whole_address_is_named(environ: dict[str, str], endpoint: str):
    assert read(**environ).endpoint == endpoint


def test_headers_are_secrets_and_their_values_may_be_escaped():
    settings = read(EXPORTER_OTLP_HEADERS=f"Authorization=Bearer%20{CANARY}, x-team=a=b ,")
    assert {name: value.reveal() for name, value in settings.headers.items()} == {
        "Authorization": f"Bearer {CANARY}",
        "x-team": "a=b",
    }
    assert CANARY not in repr(settings)
    assert {secret.reveal() for secret in settings.secrets} == {f"Bearer {CANARY}", "a=b"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXPORTER_OTLP_ENDPOINT", f"ftp://{CANARY}"),
        ("EXPORTER_OTLP_ENDPOINT", f"https://user:{CANARY}@collector"),
        ("EXPORTER_OTLP_TRACES_ENDPOINT", f"https://collector/v1/traces?key={CANARY}"),
        ("EXPORTER_OTLP_HEADERS", CANARY),
        ("EXPORTER_OTLP_HEADERS", f"={CANARY}"),
        ("TRACES_SAMPLER_ARG", "1.5"),
        ("TRACES_SAMPLER_ARG", "-0.1"),
        ("TRACES_SAMPLER_ARG", "half"),
    ],
)
def test_a_bad_value_is_one_line_that_does_not_quote_it(name: str, value: str):
    with pytest.raises(SettingsError) as refused:
        read(**{name: value})
    assert len(refused.value.problems) == 1
    assert str(refused.value).startswith(f"OTEL_{name}: ")
    assert value not in str(refused.value)
    assert CANARY not in str(refused.value)
