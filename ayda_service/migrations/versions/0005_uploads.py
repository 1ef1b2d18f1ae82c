"""Activities and their uploads to Strava."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from servicekit.data.columns import UtcDateTime

revision = '0005_uploads'
down_revision = '0004_vault'


def upgrade() -> None:
    op.create_table('strava_upload_slot',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('upload_id', sa.Uuid(), nullable=True),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('held_until', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_strava_upload_slot'))
    )
    op.create_table('activity',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('provenance', sa.String(length=20), nullable=False),
    sa.Column('format', sa.String(length=3), nullable=False),
    sa.Column('sport', sa.String(length=12), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('distance_m', sa.Float(), nullable=False),
    sa.Column('moving_time_s', sa.Float(), nullable=False),
    sa.Column('elapsed_time_s', sa.Float(), nullable=False),
    sa.Column('gain_m', sa.Float(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_activity_member_id_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activity')),
    sa.UniqueConstraint('member_id', 'content_hash', name=op.f('uq_activity_member_id_content_hash'))
    )
    op.create_index(op.f('ix_activity_member_id_started_at'), 'activity', ['member_id', 'started_at'], unique=False)
    op.create_table('activity_file',
    sa.Column('activity_id', sa.Uuid(), nullable=False),
    sa.Column('packed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], name=op.f('fk_activity_file_activity_id_activity'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('activity_id', name=op.f('pk_activity_file'))
    )
    op.create_table('strava_upload',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('activity_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('retry_count', sa.Integer(), nullable=False),
    sa.Column('error_message', sa.Text(), nullable=True),
    sa.Column('strava_upload_id', sa.BigInteger(), nullable=True),
    sa.Column('strava_activity_id', sa.BigInteger(), nullable=True),
    sa.Column('sent', sa.Integer(), nullable=False),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('retry_at', UtcDateTime(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('completed_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], name=op.f('fk_strava_upload_activity_id_activity'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_strava_upload_member_id_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_strava_upload')),
    sa.UniqueConstraint('activity_id', name=op.f('uq_strava_upload_activity_id'))
    )
    op.create_index(op.f('ix_strava_upload_member_id_created_at'), 'strava_upload', ['member_id', 'created_at'], unique=False)


def downgrade() -> None:
    op.drop_table('strava_upload')
    op.drop_table('activity_file')
    op.drop_table('activity')
    op.drop_table('strava_upload_slot')
