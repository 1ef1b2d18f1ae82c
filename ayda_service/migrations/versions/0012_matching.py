"""Who wants to be found by the other members, and under which name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = '0012_matching'
down_revision = '0011_asked_again'


def upgrade() -> None:
    op.create_table(
        "matching_consent",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("opted_in_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_matching_consent_member_id_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_matching_consent")),
    )


def downgrade() -> None:
    op.drop_table("matching_consent")
