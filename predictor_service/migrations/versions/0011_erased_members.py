"""What is remembered of erasures, and of what an athlete's connection was when something was made of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = '0011_erased_members'
down_revision = '0010_bounded_and_sealed_files'


def upgrade() -> None:
    op.create_table(
        "erased_member",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_erased_member")),
    )
    op.create_index(op.f("ix_erased_member_erased_at"), "erased_member", ["erased_at"], unique=False)
    with op.batch_alter_table("athlete", schema=None) as batch_op:
        batch_op.add_column(sa.Column("connected_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("generation", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("athlete", schema=None) as batch_op:
        batch_op.drop_column("generation")
        batch_op.drop_column("connected_at")
    op.drop_table("erased_member")
