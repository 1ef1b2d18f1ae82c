"""Receipts of erasures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from servicekit.data.columns import UtcDateTime


revision = '0002_erasure'
down_revision = '0001'


def upgrade() -> None:
    op.create_table('erasure',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('owner_digest', sa.String(length=64), nullable=False),
    sa.Column('what', sa.String(length=12), nullable=False),
    sa.Column('strava', sa.String(length=20), nullable=False),
    sa.Column('predictor', sa.String(length=20), nullable=False),
    sa.Column('erased_in_ayda', sa.JSON(), nullable=False),
    sa.Column('erased_in_predictor', sa.JSON(), nullable=True),
    sa.Column('requested_at', UtcDateTime(), nullable=False),
    sa.Column('finished_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasure'))
    )
    op.create_index(op.f('ix_erasure_requested_at'), 'erasure', ['requested_at'], unique=False)


def downgrade() -> None:
    op.drop_table('erasure')
