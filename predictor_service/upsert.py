"""See `servicekit.upsert`."""

from __future__ import annotations

from servicekit.upsert import insert_if_absent

__all__ = ["insert_if_absent"]
