"""checkpoints and start of routes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    with op.batch_alter_table('route', schema=None) as batch_op:
        batch_op.add_column(sa.Column('checkpoints', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('start_lat_deg', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('start_lon_deg', sa.Float(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('route', schema=None) as batch_op:
        batch_op.drop_column('start_lon_deg')
        batch_op.drop_column('start_lat_deg')
        batch_op.drop_column('checkpoints')
