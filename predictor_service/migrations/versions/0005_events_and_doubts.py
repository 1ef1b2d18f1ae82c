"""Events and doubts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from servicekit.data.columns import UtcDateTime

revision = '0005_webhooks'
down_revision = '0004_erasure'


def upgrade() -> None:
    op.create_table('strava_doubt',
    sa.Column('athlete_id', sa.Uuid(), nullable=False),
    sa.Column('strava_activity_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('misses', sa.Integer(), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['athlete_id'], ['athlete.id'], name=op.f('fk_strava_doubt_athlete_id_athlete'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('athlete_id', 'strava_activity_id', name=op.f('pk_strava_doubt'))
    )
    op.create_table('strava_event',
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('athlete_id', sa.Uuid(), nullable=False),
    sa.Column('strava_activity_id', sa.BigInteger(), nullable=False),
    sa.Column('aspect_type', sa.String(length=10), nullable=False),
    sa.Column('event_time_s', sa.BigInteger(), nullable=False),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['athlete_id'], ['athlete.id'], name=op.f('fk_strava_event_athlete_id_athlete'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('event_id', name=op.f('pk_strava_event'))
    )
    op.create_index(op.f('ix_strava_event_athlete_id'), 'strava_event', ['athlete_id'], unique=False)
    op.create_index(op.f('ix_strava_event_received_at'), 'strava_event', ['received_at'], unique=False)


def downgrade() -> None:
    op.drop_table('strava_event')
    op.drop_table('strava_doubt')
