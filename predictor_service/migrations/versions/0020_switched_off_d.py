"""An athlete may say that an outing was not a day of theirs: it teaches nothing until they say otherwise."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = "0020_switched_off_d"
down_revision = "0019_shown_to_others_q"


def upgrade() -> None:
    op.add_column("activity", sa.Column("switched_off_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_column("switched_off_at")
