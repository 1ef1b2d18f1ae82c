"""Who connected last, and which archives lie on disk, are found without reading everybody's rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021_found_by_an_index_j"
down_revision = "0020_switched_off_d"

_CONNECTED = sa.text("strava_athlete_id IS NOT NULL")
_LIES = sa.text("size_bytes > 0")


def upgrade() -> None:
    # those who were linked before the column was there would come first on one database, and last on the other
    op.execute(
        "UPDATE athlete SET connected_at = created_at WHERE connected_at IS NULL AND strava_athlete_id IS NOT NULL"
    )
    op.create_index(
        "ix_athlete_connected",
        "athlete",
        ["connected_at", "id"],
        sqlite_where=_CONNECTED,
        postgresql_where=_CONNECTED,
    )
    op.create_index(
        "ix_history_import_lying", "history_import", ["id"], sqlite_where=_LIES, postgresql_where=_LIES
    )


def downgrade() -> None:
    op.drop_index("ix_history_import_lying", "history_import")
    op.drop_index("ix_athlete_connected", "athlete")
