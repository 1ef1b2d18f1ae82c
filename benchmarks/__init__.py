"""Measurements of the kernel: how right it is and how fast."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""As in production: on small matrices a second thread costs time. Read when numpy is first imported."""
