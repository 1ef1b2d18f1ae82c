"""Metrics that note each span."""

from __future__ import annotations

import pytest

from servicekit.base.metrics import Metrics
from servicekit.base.spans import EndedSpan


@pytest.fixture
def told() -> list[EndedSpan]:
    """The spans so far."""
    return []


@pytest.fixture
def metrics(told: list[EndedSpan]) -> Metrics:
    """What is handed to whoever tells spans."""
    measured = Metrics()
    measured.spans = told.append
    return measured
