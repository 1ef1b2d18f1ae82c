"""What is shown of a profile comes before what predicts, which SQLite would read through to find it."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0024_small_before_large"
down_revision = "0023_looked_up_o"

_ORDER: Final = (
    *("athlete_id", "mode", "provenance", "updated_at"),
    *("described", "to_others", "pace_table", "table_to_others", "fitted"),
)


def upgrade() -> None:
    # PostgreSQL keeps what is large elsewhere
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("profile", recreate="always", partial_reordering=[_ORDER]):
            pass


def downgrade() -> None:
    """Columns are found by their names, in whichever order."""
