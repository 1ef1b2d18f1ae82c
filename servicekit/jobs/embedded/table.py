"""The table of the SQL job queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import JSON, Column, Index, Integer, MetaData, String, Table, Text, Uuid, text

from servicekit.data.columns import UtcDateTime

READY, RUNNING, DEAD = STATES = ("ready", "running", "dead")
ABOUT: Final = "about"
"""In the table's `info`: the arguments that jobs are found by, each in a column of its own, which has an index."""
WAITS: Final = text("status = 'ready'")
"""Word for word what the index of waiting keys is for; with a parameter SQLite would not know it."""


def job_table(metadata: MetaData, about: Sequence[str] = ()) -> Table:
    """The queue's table; the service's own migration creates it. Jobs are forgotten by the arguments in `about`."""
    return Table(
        "job",
        metadata,
        Column("id", Uuid(), primary_key=True),
        Column("name", String(100), nullable=False),
        Column("args", JSON(), nullable=False),
        Column("status", String(16), nullable=False),
        # minus the priority, so that one plain ascending index serves the claim on both databases
        Column("rank", Integer(), nullable=False),
        Column("due", UtcDateTime(), nullable=False),
        Column("failures", Integer(), nullable=False),
        Column("claims", Integer(), nullable=False),
        Column("crashes", Integer(), nullable=False),
        Column("worker", Uuid()),
        Column("lease_until", UtcDateTime()),
        Column("unique_key", String(255)),
        Column("request_id", String(200)),
        Column("traceparent", String(55)),
        Column("error", Text()),
        Column("enqueued_at", UtcDateTime(), nullable=False),
        Column("died_at", UtcDateTime()),
        Index("ix_job_claim", "status", "rank", "due"),
        Index("ix_job_lease", "status", "lease_until"),
        Index("ix_job_state", "status", "name", "due"),
        Index("uq_job_waiting", "unique_key", unique=True, sqlite_where=WAITS, postgresql_where=WAITS),
        *_about(about),
        info={ABOUT: {name: f"about_{name}" for name in about}},
    )


def _about(names: Sequence[str]) -> Iterator[Column[str] | Index]:
    for name in names:
        given = text(f"about_{name} IS NOT NULL")
        yield Column(f"about_{name}", String(64))
        yield Index(f"ix_job_about_{name}", f"about_{name}", sqlite_where=given, postgresql_where=given)
