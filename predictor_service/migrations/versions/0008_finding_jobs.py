"""Jobs are found by their arguments and counted by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0008_finding_jobs'
down_revision = '0007_revocations'
branch_labels = None
depends_on = None

ABOUT = ("telegram_id", "athlete_id", "import_id")
OF_PROCRASTINATE = {
    "ayda_procrastinate_jobs_args": "USING gin ((args->'args') jsonb_path_ops) WITH (fastupdate = off)",
    "ayda_procrastinate_jobs_state": "(status, task_name, scheduled_at)",
}


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("job", schema=None) as batch_op:
        for name in ABOUT:
            batch_op.add_column(sa.Column(f"about_{name}", sa.String(length=64), nullable=True))
    for name in ABOUT:
        value = f"json_extract(args, '$.{name}')" if is_sqlite else f"args->>'{name}'"
        op.execute(f"UPDATE job SET about_{name} = {value}")
        given = sa.text(f"about_{name} IS NOT NULL")
        op.create_index(f"ix_job_about_{name}", "job", [f"about_{name}"], sqlite_where=given, postgresql_where=given)
    op.create_index("ix_job_state", "job", ["status", "name", "due"])
    if not is_sqlite:
        for name, definition in OF_PROCRASTINATE.items():
            op.execute(f"CREATE INDEX {name} ON procrastinate_jobs {definition}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name in OF_PROCRASTINATE:
            op.execute(f"DROP INDEX {name}")
    op.drop_index("ix_job_state", "job")
    for name in ABOUT:
        op.drop_index(f"ix_job_about_{name}", "job")
    with op.batch_alter_table("job", schema=None) as batch_op:
        for name in ABOUT:
            batch_op.drop_column(f"about_{name}")
