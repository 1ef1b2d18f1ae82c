"""What the bot remembers of a chat, to understand what comes next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014_what_is_spoken_of"
down_revision = "0013_the_bot"


def upgrade() -> None:
    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.add_column(sa.Column("remembered", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.drop_column("remembered")
