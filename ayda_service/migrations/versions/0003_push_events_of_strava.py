"""Push events of Strava."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from servicekit.data.columns import UtcDateTime

revision = '0003_webhooks'
down_revision = '0002_erasure'


def upgrade() -> None:
    op.create_table('webhook_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subscription_id', sa.BigInteger(), nullable=False),
    sa.Column('object_type', sa.String(length=20), nullable=False),
    sa.Column('object_id', sa.BigInteger(), nullable=False),
    sa.Column('aspect_type', sa.String(length=20), nullable=False),
    sa.Column('event_time_s', sa.BigInteger(), nullable=False),
    sa.Column('updates_digest', sa.String(length=64), nullable=False),
    sa.Column('owner_id', sa.BigInteger(), nullable=False),
    sa.Column('updates', sa.JSON(), nullable=False),
    sa.Column('signed', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_event')),
    sa.UniqueConstraint('subscription_id', 'object_type', 'object_id', 'aspect_type', 'event_time_s', 'updates_digest', 'owner_id', name='uq_webhook_event_identity')
    )
    op.create_index('ix_webhook_event_owner_id_state', 'webhook_event', ['owner_id', 'state'], unique=False)
    op.create_index('ix_webhook_event_state_received_at', 'webhook_event', ['state', 'received_at'], unique=False)
    op.create_table('webhook_subscription',
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('subscription_id', sa.BigInteger(), nullable=True),
    sa.Column('callback_digest', sa.String(length=64), nullable=False),
    sa.Column('next_at', UtcDateTime(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('calls', sa.Integer(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_webhook_subscription'))
    )


def downgrade() -> None:
    op.drop_table('webhook_subscription')
    op.drop_table('webhook_event')
