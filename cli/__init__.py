"""The `ayda` command."""

from __future__ import annotations

import os

# before anything imports numpy, which reads it once: on small matrices more threads cost time, also other requests'
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
