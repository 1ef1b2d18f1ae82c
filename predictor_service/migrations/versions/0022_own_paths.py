"""The paths of who has asked to have them remembered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = "0022_own_paths"
down_revision = "0021_found_by_an_index_j"


def upgrade() -> None:
    op.create_table(
        "path_memory",
        sa.Column("athlete_id", sa.Uuid(), sa.ForeignKey("athlete.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("asked_id", sa.Uuid(), nullable=False),
        sa.Column("key_sealed", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "activity_paths",
        sa.Column("activity_id", sa.Uuid(), sa.ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("athlete_id", sa.Uuid(), sa.ForeignKey("athlete.id", ondelete="CASCADE"), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_activity_paths_athlete_id", "activity_paths", ["athlete_id"])


def downgrade() -> None:
    op.drop_table("activity_paths")
    op.drop_table("path_memory")
