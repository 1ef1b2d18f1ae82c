"""Alembic's entry into this service."""

from __future__ import annotations

from servicekit.migrations import run_env
from predictor_service.models import Base

run_env(Base.metadata, version_table="alembic_version_predictor")
