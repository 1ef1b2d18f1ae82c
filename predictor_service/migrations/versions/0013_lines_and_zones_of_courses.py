"""Where courses run, sealed, and the time zones they start in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0013_lines_and_zones_of_courses'
down_revision = '0012_pace_tables'


def upgrade() -> None:
    with op.batch_alter_table("route", schema=None) as batch_op:
        batch_op.add_column(sa.Column("time_zone", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("line", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("line_key", sa.Text(), nullable=True))
    with op.batch_alter_table("race", schema=None) as batch_op:
        batch_op.add_column(sa.Column("time_zone", sa.String(length=64), server_default="UTC", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("race", schema=None) as batch_op:
        batch_op.drop_column("time_zone")
    with op.batch_alter_table("route", schema=None) as batch_op:
        batch_op.drop_column("line_key")
        batch_op.drop_column("line")
        batch_op.drop_column("time_zone")
