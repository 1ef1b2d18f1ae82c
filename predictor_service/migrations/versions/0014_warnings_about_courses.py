"""A course knows what was wrong with its file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0014_warnings_about_courses'
down_revision = '0013_lines_and_zones_of_courses'


def upgrade() -> None:
    # the courses that are there get theirs when their file is sent again
    op.add_column("route", sa.Column("warnings", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("route", schema=None) as batch_op:
        batch_op.drop_column("warnings")
