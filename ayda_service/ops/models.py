"""The table of what operators did."""

from __future__ import annotations

from ayda_service.models_base import Base
from servicekit.ops.store import OperatorActionColumns


class OperatorAction(OperatorActionColumns, Base):
    """One thing that an operator did at the operations page, in which session and for which request."""

    __tablename__ = "operator_action"
