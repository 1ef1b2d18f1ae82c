"""Where no collector is named there is nothing of OpenTelemetry, and where one is its library is needed."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from servicekit.base.metrics import Metrics
from servicekit.traces.export import TraceSettings, exported

ROOT = Path(__file__).parents[3]
WITHOUT_LIBRARY = """
import sys
sys.modules["opentelemetry"] = None
from cli.__main__ import run
sys.argv = ["ayda", *sys.argv[1:]]
sys.exit(run())
"""
NEEDED = {
    "TOKEN_ENCRYPTION_KEYS": f"k1:{base64.b64encode(bytes(32)).decode()}",
    "STRAVA_CLIENT_ID": "77",
    "STRAVA_CLIENT_SECRET": "0" * 40,
    "TELEGRAM_BOT_TOKEN": f"123456789:{'A' * 35}",
}


def test_services_that_tell_no_collector_load_none_of_its_library():
    modules = "ayda_service.app, ayda_service.parts, predictor_service.app, predictor_service.parts"
    code = f"import sys, {modules}; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


async def test_unless_a_collector_is_named_nobody_is_told_of_spans():
    metrics = Metrics()
    async with exported(TraceSettings(), metrics, "ayda"):
        assert metrics.spans is None


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize("service", ["ayda", "predictor"])
@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_a_start_without_the_library_says_in_one_sentence_what_is_missing(
    command: str, service: str, variable: str, tmp_path: Path
):
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), variable: "http://127.0.0.1:4318", **NEEDED}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_LIBRARY, command, service],
        check=False, capture_output=True, text=True, timeout=120, cwd=tmp_path, env=environ,
    )  # fmt: skip
    sentence = "needs the package opentelemetry.sdk, which is not installed: pip install 'ayda[traces]'"
    assert (done.returncode, done.stderr) == (2, f"{variable}: {sentence}\n")
