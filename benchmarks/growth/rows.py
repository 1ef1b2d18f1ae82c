"""Activities of the crowd, made in the database out of those of the one member who has a past."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Engine, text

from benchmarks.service_load.house import HISTORY, MEMBER

_AS_IT_IS: Final = (
    *("provenance", "sport_type", "sport", "distance_m", "moving_time_s", "elapsed_time_s", "gain_m"),
    *("features", "features_source", "read_at", "aside", "left_out"),
)
_NEW_ID: Final = {
    "sqlite": "printf('%032x', {number})",
    "postgresql": "CAST(lpad(to_hex({number}), 32, '0') AS uuid)",
}
_EARLIER: Final = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', past.started_at, '-' || (copy.n * 250) || ' days')",
    "postgresql": "past.started_at - copy.n * interval '250 days'",
}
_MADE: Final = """
WITH RECURSIVE copy(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM copy WHERE n < :copies),
past AS (
    SELECT activity.*, row_number() OVER (ORDER BY started_at DESC) AS place FROM activity
    JOIN athlete ON athlete.id = activity.athlete_id WHERE athlete.telegram_id = :member
),
somebody AS (
    SELECT id, row_number() OVER (ORDER BY telegram_id) AS place FROM athlete WHERE telegram_id <> :member
)
INSERT INTO activity (id, athlete_id, strava_activity_id, started_at, {as_it_is})
SELECT {new_id}, somebody.id, past.strava_activity_id + copy.n * 1000000000000, {earlier}, {of_past}
FROM somebody CROSS JOIN copy CROSS JOIN past
WHERE copy.n * {history} + past.place > :have AND copy.n * {history} + past.place <= :wanted
"""


def grow(engine: Engine, have: int, wanted: int) -> None:
    """Gives everybody but the member `wanted` activities, of whom each has `have` so far."""
    kind = engine.dialect.name
    number = f"(1 + somebody.place) * 1000000 + copy.n * {HISTORY} + past.place"
    made = _MADE.format(
        as_it_is=", ".join(_AS_IT_IS),
        of_past=", ".join(f"past.{name}" for name in _AS_IT_IS),
        new_id=_NEW_ID[kind].format(number=number),
        earlier=_EARLIER[kind],
        history=HISTORY,
    )
    with engine.begin() as connection:
        given = {"member": str(MEMBER), "copies": wanted // HISTORY, "have": have, "wanted": wanted}
        connection.execute(text(made), given)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # as the database's own upkeep does in time
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)" if kind == "sqlite" else "VACUUM ANALYZE"))
