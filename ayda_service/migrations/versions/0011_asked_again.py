"""A browser that comes back to its authorization is told how that ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = '0011_asked_again'
down_revision = '0010_erasure_marks'


def upgrade() -> None:
    with op.batch_alter_table("oauth_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code_digest", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("connected_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("oauth_state", schema=None) as batch_op:
        batch_op.drop_column("connected_at")
        batch_op.drop_column("code_digest")
