"""The root of the predictor's tables, and the tables that belong to no noun."""

from __future__ import annotations

from advanced_alchemy.base import AdvancedDeclarativeBase
from sqlalchemy.orm import DeclarativeBase

from servicekit.data.columns import TYPES, bound
from servicekit.jobs import job_table
from servicekit.web.idempotency.store import idempotency_table


class Base(AdvancedDeclarativeBase, DeclarativeBase):
    """Every table of the predictor, and of no other service."""

    __bind_key__ = bound("predictor")
    type_annotation_map = TYPES


JOBS = job_table(Base.metadata, about=("telegram_id", "athlete_id", "import_id"))
IDEMPOTENCY_KEYS = idempotency_table(Base.metadata)
