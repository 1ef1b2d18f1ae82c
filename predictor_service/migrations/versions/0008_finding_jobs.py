"""Jobs are found by their arguments and counted by an index."""

from __future__ import annotations

from servicekit.jobs.migrations import finding_jobs

revision = '0008_finding_jobs'
down_revision = '0007_revocations'

ABOUT = ("telegram_id", "athlete_id", "import_id")


def upgrade() -> None:
    finding_jobs.upgrade(ABOUT)


def downgrade() -> None:
    finding_jobs.downgrade(ABOUT)
