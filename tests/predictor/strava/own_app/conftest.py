"""The own application is tested once its tables are among the service's (`predictor_service.models`)."""

from __future__ import annotations

import predictor_service.models

collect_ignore_glob = [] if hasattr(predictor_service.models, "LocalToken") else ["test_*.py"]
