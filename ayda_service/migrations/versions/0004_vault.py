"""Authorizations bound to a browser, the audit as a chain, revocations that wait for Strava.

Authorizations under way are forgotten: they live ten minutes and know no browser. Hand-outs written before there was a
chain prove nothing and are dropped.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = '0004_vault'
down_revision = '0003_webhooks'


def upgrade() -> None:
    op.execute("DELETE FROM oauth_state")
    with op.batch_alter_table("oauth_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("browser_digest", sa.String(length=64), nullable=False))
        batch_op.add_column(sa.Column("used_at", UtcDateTime(), nullable=True))
    op.drop_table("token_hand_out")
    op.create_table(
        "token_hand_out",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("athlete_id", sa.BigInteger(), nullable=True),
        sa.Column("salt", sa.String(length=32), nullable=True),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("api_key_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("handed_out_at", UtcDateTime(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_token_hand_out")),
    )
    op.create_index(op.f("ix_token_hand_out_athlete_id"), "token_hand_out", ["athlete_id"], unique=False)
    op.create_index(op.f("ix_token_hand_out_handed_out_at"), "token_hand_out", ["handed_out_at"], unique=False)
    op.create_table(
        "token_hand_out_chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("removed_seq", sa.BigInteger(), nullable=False),
        sa.Column("removed_digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_hand_out_chain")),
    )
    op.create_table(
        "strava_revocation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("athlete_id", sa.BigInteger(), nullable=False),
        sa.Column("refresh_sealed", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strava_revocation")),
    )
    op.create_table(
        "oauth_code_seen",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_oauth_code_seen")),
    )
    op.create_index(op.f("ix_oauth_code_seen_expires_at"), "oauth_code_seen", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_table("oauth_code_seen")
    op.drop_table("strava_revocation")
    op.drop_table("token_hand_out_chain")
    op.drop_table("token_hand_out")
    op.create_table(
        "token_hand_out",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("athlete_id", sa.BigInteger(), nullable=False),
        sa.Column("api_key_id", sa.String(length=40), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("handed_out_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_hand_out")),
    )
    op.create_index(op.f("ix_token_hand_out_athlete_id"), "token_hand_out", ["athlete_id"], unique=False)
    with op.batch_alter_table("oauth_state", schema=None) as batch_op:
        batch_op.drop_column("used_at")
        batch_op.drop_column("browser_digest")
