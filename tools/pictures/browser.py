"""The browser that pictures are taken with, and tests walk with."""

from __future__ import annotations

import os
import shutil


def chromium() -> str | None:
    """Where it is: AYDA_CHROMIUM, else the system's. None where there is none."""
    return os.environ.get("AYDA_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
