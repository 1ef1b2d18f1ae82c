"""Placeholder."""

from __future__ import annotations

from benchmarks.tables import Table


def field_tables() -> list[Table]:
    """None yet."""
    return []
