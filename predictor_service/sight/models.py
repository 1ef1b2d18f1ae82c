"""The table of alarms."""

from __future__ import annotations

from predictor_service.models_base import Base
from servicekit.sight.store import AlarmColumns


class AlarmRow(AlarmColumns, Base):
    """One kind of alarm that was ever seen: since when it holds, or since when it is over."""

    __tablename__ = "alarm"
