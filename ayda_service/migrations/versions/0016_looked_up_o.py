"""What operators look for, and what is counted for alarms, is found by an index."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0016_looked_up_o"
down_revision = "0015_sight"

_FOUND_BY: Final = (
    ("webhook_event", ("received_at",)),
    ("webhook_event", ("object_id",)),
    ("strava_upload", ("created_at",)),
    ("strava_upload", ("status", "created_at")),
    ("strava_upload", ("strava_activity_id",)),
    ("strava_token", ("updated_at",)),
    ("strava_token", ("state", "updated_at")),
    ("token_hand_out", ("reason", "seq")),
    ("token_hand_out", ("request_id",)),
)


def upgrade() -> None:
    for table, columns in _FOUND_BY:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def downgrade() -> None:
    for table, columns in reversed(_FOUND_BY):
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
