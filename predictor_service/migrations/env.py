"""Alembic's entry into this service."""

from __future__ import annotations

from predictor_service.models import Base
from servicekit.data.migrations import run_env

run_env(Base.metadata)
