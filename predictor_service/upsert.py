"""See `servicekit.data.upsert`."""

from __future__ import annotations

from servicekit.data.upsert import insert_if_absent

__all__ = ["insert_if_absent"]
