"""What is remembered of erasures; and nothing names an athlete whom nobody is connected with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = '0010_erasure_marks'
down_revision = '0009_bounded_and_sealed_files'


def upgrade() -> None:
    op.create_table(
        "erasure_mark",
        sa.Column("owner_digest", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("owner_digest", "what", name=op.f("pk_erasure_mark")),
    )
    op.create_index(op.f("ix_erasure_mark_erased_at"), "erasure_mark", ["erased_at"], unique=False)
    op.create_table(
        "listed_erasures",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("through", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed_erasures")),
    )
    # connections that ended before this was written left the athlete's id behind
    op.execute(
        "UPDATE token_hand_out SET athlete_id = NULL, salt = NULL WHERE athlete_id IS NOT NULL "
        "AND athlete_id NOT IN (SELECT athlete_id FROM strava_token)"
    )
    op.execute("DELETE FROM webhook_event WHERE owner_id NOT IN (SELECT athlete_id FROM strava_token)")


def downgrade() -> None:
    op.drop_table("listed_erasures")
    op.drop_table("erasure_mark")
