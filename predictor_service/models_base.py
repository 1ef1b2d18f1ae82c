"""The root of the predictor's tables."""

from __future__ import annotations

from advanced_alchemy.base import AdvancedDeclarativeBase
from sqlalchemy.orm import DeclarativeBase

from servicekit.data.columns import TYPES, bound


class Base(AdvancedDeclarativeBase, DeclarativeBase):
    """Every table of the predictor, and of no other service."""

    __bind_key__ = bound("predictor")
    type_annotation_map = TYPES
