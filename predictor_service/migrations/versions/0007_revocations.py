"""Consents of the own application to end at Strava; the state of its outages that all processes share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = '0007_revocations'
down_revision = '0006_imports'


def upgrade() -> None:
    op.create_table(
        "local_revocation",
        sa.Column("telegram_id", sa.String(length=19), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("athlete_id", sa.BigInteger(), nullable=False),
        sa.Column("access_sealed", sa.Text(), nullable=True),
        sa.Column("refresh_sealed", sa.JSON(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_revocation")),
    )
    op.create_index(op.f("ix_local_revocation_athlete_id"), "local_revocation", ["athlete_id"], unique=False)
    op.create_table(
        "local_outage",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("shut_until_s", sa.Float(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_outage")),
    )


def downgrade() -> None:
    op.drop_table("local_outage")
    op.drop_table("local_revocation")
