"""One queue of consents to end at Strava; the state of an outage that all processes share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = '0006_revocations'
down_revision = '0005_uploads'


def upgrade() -> None:
    with op.batch_alter_table("strava_revocation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("access_sealed", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("fence", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("leased_until", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("member_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("receipt_id", sa.Uuid(), nullable=True))
        for column in ("athlete_id", "member_id", "receipt_id"):
            batch_op.create_index(batch_op.f(f"ix_strava_revocation_{column}"), [column], unique=False)
    with op.batch_alter_table("strava_revocation", schema=None) as batch_op:
        batch_op.alter_column("fence", server_default=None)
    op.create_table(
        "strava_outage",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("shut_until_s", sa.Float(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strava_outage")),
    )


def downgrade() -> None:
    op.drop_table("strava_outage")
    with op.batch_alter_table("strava_revocation", schema=None) as batch_op:
        for column in ("athlete_id", "member_id", "receipt_id"):
            batch_op.drop_index(batch_op.f(f"ix_strava_revocation_{column}"))
        for column in ("receipt_id", "member_id", "leased_until", "fence", "access_sealed"):
            batch_op.drop_column(column)
