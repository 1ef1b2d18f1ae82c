"""Where `open_queue` stood; imports come from `servicekit.jobs`."""

from __future__ import annotations

from servicekit.jobs import open_queue

__all__ = ["open_queue"]
