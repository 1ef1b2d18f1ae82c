"""`python -m ayda_service web|worker|migrate`."""

from __future__ import annotations

from ayda_service.app import create_app, run_worker
from ayda_service.settings import Settings
from servicekit.web.process import Service, main

AYDA = Service("ayda_service", 8001, Settings.from_environ, create_app, run_worker)

if __name__ == "__main__":
    raise SystemExit(main(AYDA))
