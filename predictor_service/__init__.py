"""The predictor: reads what athletes have done and tells how long a route will take them."""

from __future__ import annotations

import os

# before anything imports numpy, which reads it once: on small matrices more threads cost time, also other requests'
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
