"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from servicekit.data.columns import UtcDateTime
from servicekit.jobs.migrations import first_tables

revision = '0001'
down_revision = None


def upgrade() -> None:
    op.create_table('athlete',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('telegram_id', sa.String(length=19), nullable=False),
    sa.Column('strava_athlete_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_athlete')),
    sa.UniqueConstraint('telegram_id', name=op.f('uq_athlete_telegram_id'))
    )
    op.create_index(op.f('ix_athlete_strava_athlete_id'), 'athlete', ['strava_athlete_id'], unique=False)
    op.create_table('idempotency_key',
    sa.Column('scope', sa.String(length=100), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('scope', 'key', name=op.f('pk_idempotency_key'))
    )
    op.create_index('ix_idempotency_key_created_at', 'idempotency_key', ['created_at'], unique=False)
    op.create_table('race',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_race'))
    )
    op.create_index(op.f('ix_race_name'), 'race', ['name'], unique=False)
    op.create_table('route',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=True),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('geometry', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_route')),
    sa.UniqueConstraint('content_hash', name=op.f('uq_route_content_hash'))
    )
    op.create_table('activity',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('athlete_id', sa.Uuid(), nullable=False),
    sa.Column('provenance', sa.String(length=20), nullable=False),
    sa.Column('strava_activity_id', sa.BigInteger(), nullable=True),
    sa.Column('content_hash', sa.String(length=64), nullable=True),
    sa.Column('sport_type', sa.String(length=40), nullable=False),
    sa.Column('sport', sa.String(length=12), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('distance_m', sa.Float(), nullable=False),
    sa.Column('moving_time_s', sa.Float(), nullable=False),
    sa.Column('elapsed_time_s', sa.Float(), nullable=False),
    sa.Column('gain_m', sa.Float(), nullable=False),
    sa.Column('features', sa.LargeBinary(), nullable=True),
    sa.Column('features_source', sa.String(length=8), nullable=True),
    sa.Column('read_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['athlete_id'], ['athlete.id'], name=op.f('fk_activity_athlete_id_athlete'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activity')),
    sa.UniqueConstraint('athlete_id', 'content_hash', name=op.f('uq_activity_athlete_id_content_hash')),
    sa.UniqueConstraint('athlete_id', 'strava_activity_id', name=op.f('uq_activity_athlete_id_strava_activity_id'))
    )
    op.create_index(op.f('ix_activity_athlete_id_started_at'), 'activity', ['athlete_id', 'started_at'], unique=False)
    op.create_table('prediction',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('athlete_id', sa.Uuid(), nullable=True),
    sa.Column('mode', sa.String(length=12), nullable=False),
    sa.Column('route_ref', sa.String(length=80), nullable=False),
    sa.Column('distance_m', sa.Float(), nullable=False),
    sa.Column('gain_m', sa.Float(), nullable=False),
    sa.Column('p10_s', sa.Integer(), nullable=False),
    sa.Column('p50_s', sa.Integer(), nullable=False),
    sa.Column('p90_s', sa.Integer(), nullable=False),
    sa.Column('personalized', sa.Boolean(), nullable=False),
    sa.Column('model', sa.String(length=40), nullable=False),
    sa.Column('start_at', UtcDateTime(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['athlete_id'], ['athlete.id'], name=op.f('fk_prediction_athlete_id_athlete'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prediction'))
    )
    op.create_index(op.f('ix_prediction_athlete_id_created_at'), 'prediction', ['athlete_id', 'created_at'], unique=False)
    op.create_table('profile',
    sa.Column('athlete_id', sa.Uuid(), nullable=False),
    sa.Column('mode', sa.String(length=12), nullable=False),
    sa.Column('described', sa.Text(), nullable=False),
    sa.Column('fitted', sa.LargeBinary(), nullable=False),
    sa.Column('provenance', sa.String(length=80), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['athlete_id'], ['athlete.id'], name=op.f('fk_profile_athlete_id_athlete'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('athlete_id', 'mode', name=op.f('pk_profile'))
    )
    op.create_table('race_distance',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('race_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('geometry', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['race_id'], ['race.id'], name=op.f('fk_race_distance_race_id_race'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_race_distance'))
    )
    op.create_index(op.f('ix_race_distance_race_id'), 'race_distance', ['race_id'], unique=False)
    op.create_table('sync_run',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('athlete_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('finished_at', UtcDateTime(), nullable=True),
    sa.Column('new_count', sa.Integer(), nullable=False),
    sa.Column('updated_count', sa.Integer(), nullable=False),
    sa.Column('pages_fetched', sa.Integer(), nullable=False),
    sa.Column('read_count', sa.Integer(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['athlete_id'], ['athlete.id'], name=op.f('fk_sync_run_athlete_id_athlete'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sync_run'))
    )
    op.create_index('ix_sync_run_athlete_id_started_at', 'sync_run', ['athlete_id', 'started_at'], unique=False)
    op.create_table('sync_state',
    sa.Column('athlete_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('activities_known', sa.Integer(), nullable=False),
    sa.Column('activities_read', sa.Integer(), nullable=False),
    sa.Column('watermark', UtcDateTime(), nullable=True),
    sa.Column('listing_top', UtcDateTime(), nullable=True),
    sa.Column('listing_before', UtcDateTime(), nullable=True),
    sa.Column('outages', sa.Integer(), nullable=False),
    sa.Column('retry_at', UtcDateTime(), nullable=True),
    sa.Column('lease_token', sa.Uuid(), nullable=True),
    sa.Column('lease_until', UtcDateTime(), nullable=True),
    sa.Column('started_at', UtcDateTime(), nullable=True),
    sa.Column('finished_at', UtcDateTime(), nullable=True),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['athlete_id'], ['athlete.id'], name=op.f('fk_sync_state_athlete_id_athlete'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('athlete_id', name=op.f('pk_sync_state'))
    )
    op.create_table('read_trouble',
    sa.Column('activity_id', sa.Uuid(), nullable=False),
    sa.Column('athlete_id', sa.Uuid(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('retry_at', UtcDateTime(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], name=op.f('fk_read_trouble_activity_id_activity'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['athlete_id'], ['athlete.id'], name=op.f('fk_read_trouble_athlete_id_athlete'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('activity_id', name=op.f('pk_read_trouble'))
    )
    op.create_index(op.f('ix_read_trouble_athlete_id'), 'read_trouble', ['athlete_id'], unique=False)
    first_tables.upgrade()


def downgrade() -> None:
    for table in (
        "read_trouble", "sync_state", "sync_run", "race_distance", "profile", "prediction",
        "activity", "route", "race", "idempotency_key", "athlete",
    ):
        op.drop_table(table)
    first_tables.downgrade()
