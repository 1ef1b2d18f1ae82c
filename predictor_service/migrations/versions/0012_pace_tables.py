"""What many people are asked about at once is put down beside their profiles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0012_pace_tables'
down_revision = '0011_erased_members'


def upgrade() -> None:
    # rows that are there get theirs when somebody first asks
    op.add_column("profile", sa.Column("pace_table", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("profile", schema=None) as batch_op:
        batch_op.drop_column("pace_table")
