"""Why an activity teaches nothing, and kilometres that were read without their time's own metres are read again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0015_left_out_i'
down_revision = '0014_warnings_about_courses'


def upgrade() -> None:
    op.add_column("activity", sa.Column("aside", sa.String(length=24), nullable=True))
    op.add_column("activity", sa.Column("left_out", sa.String(length=24), nullable=True))
    # their features stay in use until then
    op.execute("UPDATE activity SET read_at = NULL WHERE features_source = 'splits'")


def downgrade() -> None:
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_column("left_out")
        batch_op.drop_column("aside")
