"""The root of ayda's tables."""

from __future__ import annotations

from advanced_alchemy.base import AdvancedDeclarativeBase
from sqlalchemy.orm import DeclarativeBase

from servicekit.data.columns import TYPES, bound


class Base(AdvancedDeclarativeBase, DeclarativeBase):
    """Every table of ayda, and of no other service."""

    __bind_key__ = bound("ayda")
    type_annotation_map = TYPES
