"""Migrations are a process of their own: what answers requests does not carry their tools."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("service", ["ayda_service", "predictor_service"])
def test_the_web_process_of_a_service_loads_no_alembic(service: str):
    asked = f"import sys, {service}.app; print('alembic' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"
