"""Jobs are found by their arguments, each in a column of its own, and counted by an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from alembic import op

_OF_PROCRASTINATE: Final = {
    "ayda_procrastinate_jobs_args": "USING gin ((args->'args') jsonb_path_ops) WITH (fastupdate = off)",
    "ayda_procrastinate_jobs_state": "(status, task_name, scheduled_at)",
}


def upgrade(about: Sequence[str]) -> None:
    """Of the jobs that wait the columns are filled."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("job") as batch_op:
        for name in about:
            batch_op.add_column(sa.Column(f"about_{name}", sa.String(length=64), nullable=True))
    for name in about:
        value = f"json_extract(args, '$.{name}')" if is_sqlite else f"args->>'{name}'"
        op.execute(f"UPDATE job SET about_{name} = {value}")  # noqa: S608 - constants only
        given = sa.text(f"about_{name} IS NOT NULL")
        op.create_index(f"ix_job_about_{name}", "job", [f"about_{name}"], sqlite_where=given, postgresql_where=given)
    op.create_index("ix_job_state", "job", ["status", "name", "due"])
    if not is_sqlite:
        for name, definition in _OF_PROCRASTINATE.items():
            op.execute(f"CREATE INDEX {name} ON procrastinate_jobs {definition}")


def downgrade(about: Sequence[str]) -> None:
    """The columns and the indices go."""
    if op.get_bind().dialect.name == "postgresql":
        for name in _OF_PROCRASTINATE:
            op.execute(f"DROP INDEX {name}")
    op.drop_index("ix_job_state", "job")
    for name in about:
        op.drop_index(f"ix_job_about_{name}", "job")
    with op.batch_alter_table("job") as batch_op:
        for name in about:
            batch_op.drop_column(f"about_{name}")
