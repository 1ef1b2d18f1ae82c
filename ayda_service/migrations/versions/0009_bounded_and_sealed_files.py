"""What a member's files take, the keys they are sealed under, and what was asked for today."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0009_bounded_and_sealed_files'
down_revision = '0008_finding_jobs'

_UNSEALED = sa.text("file_key_sealed IS NULL")


def upgrade() -> None:
    # not in a batch, which would write every row of a table anew
    op.add_column("activity", sa.Column("file_bytes", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("activity", sa.Column("file_key_sealed", sa.Text(), nullable=True))
    lies = "SELECT length(packed) FROM activity_file WHERE activity_file.activity_id = activity.id"
    op.execute(f"UPDATE activity SET file_bytes = COALESCE(({lies}), 0)")
    op.create_index(
        "ix_activity_unsealed", "activity", ["id"], sqlite_where=_UNSEALED, postgresql_where=_UNSEALED
    )
    op.add_column("prediction", sa.Column("key_digest", sa.String(length=64), nullable=True))
    op.drop_index(op.f("ix_prediction_member_id"), "prediction")
    op.create_index(op.f("ix_prediction_member_id_created_at"), "prediction", ["member_id", "created_at"], unique=False)
    op.create_table(
        "daily_use",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_daily_use_member_id_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "what", name=op.f("pk_daily_use")),
    )


def downgrade() -> None:
    unreadable = op.get_bind().execute(sa.text("SELECT count(*) FROM activity WHERE file_key_sealed IS NOT NULL"))
    if unreadable.scalar_one():
        raise RuntimeError("Sealed files could not be opened any more; this revision is not taken back.")
    op.drop_table("daily_use")
    op.drop_index(op.f("ix_prediction_member_id_created_at"), "prediction")
    op.create_index(op.f("ix_prediction_member_id"), "prediction", ["member_id"], unique=False)
    op.drop_index("ix_activity_unsealed", "activity")
    with op.batch_alter_table("prediction", schema=None) as batch_op:
        batch_op.drop_column("key_digest")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_column("file_key_sealed")
        batch_op.drop_column("file_bytes")
