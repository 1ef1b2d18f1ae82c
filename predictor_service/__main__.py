"""`python -m predictor_service web|worker|migrate`."""

from __future__ import annotations

from predictor_service.app import create_app, run_worker
from predictor_service.settings import Settings
from servicekit.web.process import Service, main

PREDICTOR = Service("predictor_service", 8000, Settings.from_environ, create_app, run_worker)

if __name__ == "__main__":
    raise SystemExit(main(PREDICTOR))
