"""Forecasts keep what is needed to compare them, and what outings took stands beside them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = '0017_the_ledger_compares_l'
down_revision = '0016_named_activities_q'


def upgrade() -> None:
    # forecasts that are there stay uncompared: nobody knows any more what they were made of
    op.add_column("prediction", sa.Column("effort", sa.String(length=8), nullable=True))
    op.add_column("prediction", sa.Column("elapsed_p10_s", sa.Integer(), nullable=True))
    op.add_column("prediction", sa.Column("elapsed_p50_s", sa.Integer(), nullable=True))
    op.add_column("prediction", sa.Column("elapsed_p90_s", sa.Integer(), nullable=True))
    op.add_column("prediction", sa.Column("stretch", sa.Float(), nullable=True))
    op.add_column("prediction", sa.Column("inputs_hash", sa.String(length=64), nullable=True))
    op.add_column("prediction", sa.Column("course_name", sa.String(length=200), nullable=True))
    op.add_column("prediction", sa.Column("course", sa.LargeBinary(), nullable=True))
    op.create_table(
        "comparison",
        sa.Column("prediction_id", sa.Uuid(), nullable=False),
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("moving_s", sa.Float(), nullable=False),
        sa.Column("elapsed_s", sa.Float(), nullable=False),
        sa.Column("moving_ratio", sa.Float(), nullable=False),
        sa.Column("elapsed_ratio", sa.Float(), nullable=False),
        sa.Column("moving_held", sa.Boolean(), nullable=False),
        sa.Column("elapsed_held", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("learned", sa.Text(), nullable=True),
        sa.Column("compared_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_comparison_activity_id_activity"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id"], ["athlete.id"], name=op.f("fk_comparison_athlete_id_athlete"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["prediction_id"], ["prediction.id"], name=op.f("fk_comparison_prediction_id_prediction"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("prediction_id", name=op.f("pk_comparison")),
        sa.UniqueConstraint("activity_id", name=op.f("uq_comparison_activity_id")),
    )
    op.create_index(op.f("ix_comparison_athlete_id_started_at"), "comparison", ["athlete_id", "started_at"])


def downgrade() -> None:
    op.drop_table("comparison")
    with op.batch_alter_table("prediction", schema=None) as batch_op:
        for name in ("course", "course_name", "inputs_hash", "stretch", "elapsed_p90_s", "elapsed_p50_s"):
            batch_op.drop_column(name)
        for name in ("elapsed_p10_s", "effort"):
            batch_op.drop_column(name)
