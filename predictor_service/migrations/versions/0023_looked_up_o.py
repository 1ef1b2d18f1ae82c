"""What operators look for, what is counted for alarms and whose sync is due is found by an index."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0023_looked_up_o"
down_revision = "0022_own_paths"

_FOUND_BY: Final = (
    ("sync_state", ("started_at",)),
    ("sync_state", ("status", "started_at")),
    ("sync_state", ("status", "finished_at")),
    ("sync_state", ("retry_at",)),
    ("read_trouble", ("tries",)),
    ("local_token", ("state",)),
    ("comparison", ("compared_at",)),
)

_NEVER: Final = """
INSERT INTO sync_state (athlete_id, status, activities_known, activities_read, outages, looks_window, looks_spent)
SELECT id, 'never', 0, 0, 0, 0, 0 FROM athlete WHERE strava_athlete_id IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM sync_state WHERE sync_state.athlete_id = athlete.id)
"""


def upgrade() -> None:
    # whoever is connected has a row, with the same commit: who is due is looked for among these rows alone
    op.execute(_NEVER)
    for table, columns in _FOUND_BY:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def downgrade() -> None:
    for table, columns in reversed(_FOUND_BY):
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
