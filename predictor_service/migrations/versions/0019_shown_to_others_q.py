"""Beside a profile that may not be shown stands the one that may, made without Strava's data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019_shown_to_others_q"
down_revision = "0018_sight"


def upgrade() -> None:
    # rows that are there get theirs when somebody first compares
    op.add_column("profile", sa.Column("to_others", sa.Text(), nullable=True))
    op.add_column("profile", sa.Column("table_to_others", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("profile", schema=None) as batch_op:
        batch_op.drop_column("table_to_others")
        batch_op.drop_column("to_others")
