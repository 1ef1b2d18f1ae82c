"""The root of the predictor's tables."""

from __future__ import annotations

from sqlalchemy.orm import DeclarativeBase

from servicekit.data.columns import new_metadata


class Base(DeclarativeBase):
    """Every table of the predictor, and of no other service."""

    metadata = new_metadata()
