"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from servicekit.data.columns import UtcDateTime
from servicekit.jobs.migrations import first_tables

revision = '0001'
down_revision = None


def upgrade() -> None:
    op.create_table('member',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('telegram_id', sa.BigInteger(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_member')),
    sa.UniqueConstraint('telegram_id', name=op.f('uq_member_telegram_id'))
    )
    op.create_table('oauth_state',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('telegram_id', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_oauth_state'))
    )
    op.create_index(op.f('ix_oauth_state_expires_at'), 'oauth_state', ['expires_at'], unique=False)
    op.create_table('token_hand_out',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('athlete_id', sa.BigInteger(), nullable=False),
    sa.Column('api_key_id', sa.String(length=40), nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.Column('handed_out_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_token_hand_out'))
    )
    op.create_index(op.f('ix_token_hand_out_athlete_id'), 'token_hand_out', ['athlete_id'], unique=False)
    op.create_table('prediction',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('answer', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_prediction_member_id_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prediction'))
    )
    op.create_index(op.f('ix_prediction_member_id'), 'prediction', ['member_id'], unique=False)
    op.create_table('strava_token',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.Column('athlete_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('scope', sa.String(length=300), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('access_sealed', sa.Text(), nullable=False),
    sa.Column('refresh_sealed', sa.JSON(), nullable=False),
    sa.Column('expires_at_s', sa.BigInteger(), nullable=False),
    sa.Column('obtained_at_s', sa.BigInteger(), nullable=False),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('leased_until', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_strava_token_member_id_member')),
    sa.PrimaryKeyConstraint('athlete_id', name=op.f('pk_strava_token')),
    sa.UniqueConstraint('member_id', name=op.f('uq_strava_token_member_id'))
    )
    first_tables.upgrade()


def downgrade() -> None:
    op.drop_table('strava_token')
    op.drop_table('prediction')
    op.drop_table('token_hand_out')
    op.drop_table('oauth_state')
    op.drop_table('member')
    first_tables.downgrade()
