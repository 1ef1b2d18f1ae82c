"""Connections of the own Strava app."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from servicekit.data.columns import UtcDateTime

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    op.create_table('local_oauth_state',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('telegram_id', sa.String(length=19), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_local_oauth_state'))
    )
    op.create_index(op.f('ix_local_oauth_state_expires_at'), 'local_oauth_state', ['expires_at'], unique=False)

    op.create_table('local_token',
    sa.Column('telegram_id', sa.String(length=19), nullable=False),
    sa.Column('athlete_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('scope', sa.String(length=300), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('access_sealed', sa.Text(), nullable=False),
    sa.Column('refresh_sealed', sa.JSON(), nullable=False),
    sa.Column('expires_at_s', sa.BigInteger(), nullable=False),
    sa.Column('obtained_at_s', sa.BigInteger(), nullable=False),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('leased_until', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('athlete_id', name=op.f('pk_local_token')),
    sa.UniqueConstraint('telegram_id', name=op.f('uq_local_token_telegram_id'))
    )


def downgrade() -> None:
    op.drop_table('local_token')
    op.drop_table('local_oauth_state')
