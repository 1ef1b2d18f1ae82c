"""Whom a kept answer is about, so that it is erased with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0004_erasure'
down_revision = '0003'


def upgrade() -> None:
    # answers kept so far name nobody and are gone within a day; nobody should wait for that
    op.execute(sa.text("DELETE FROM idempotency_key"))
    with op.batch_alter_table('idempotency_key', schema=None) as batch_op:
        batch_op.add_column(sa.Column('telegram_id', sa.String(length=19), nullable=True))
        batch_op.create_index(batch_op.f('ix_idempotency_key_telegram_id'), ['telegram_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('idempotency_key', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_idempotency_key_telegram_id'))
        batch_op.drop_column('telegram_id')
