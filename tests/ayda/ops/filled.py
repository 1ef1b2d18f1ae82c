"""Services whose operations pages have something to show: rows of all states, long words, and more than one page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle
from typing import Any, Final, get_args

from sqlalchemy import insert
from sqlalchemy.orm import Session

import ayda_service.activities.models as of_ayda
import ayda_service.sight.models as sight_of_ayda
import predictor_service.activities.models as of_predictor
import predictor_service.sight.models as sight_of_predictor
from ayda_service.audit.models import TokenHandOut
from ayda_service.members.models import Member
from ayda_service.strava.models import StravaToken
from ayda_service.uploads.models import StravaUpload
from ayda_service.webhooks.models import EventState, WebhookEvent
from kernel.contracts.sync import SyncStatus
from kernel.strava.uploads import UploadStatus
from predictor_service.athletes.models import Athlete
from predictor_service.predictions.models import LedgerEntry
from predictor_service.sync.models import ReadTroubleRow, SyncRunRow, SyncStateRow
from servicekit.base.clock import utc_now
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.jobs import Job, JobQueue
from servicekit.ops.lists import MOST, PAGE
from servicekit.strava.tokens.seals import TokenState

SOME: Final = PAGE + 5
"""More than a page."""
MANY: Final = MOST + 30
"""More than are looked through."""
LONG: Final = (
    "UpstreamUnavailable: https://www.strava.com/api/v3/activities/12345678901234567890/streams?keys=time,distance,latlng,"
    "altitude,velocity_smooth,moving,grade_smooth answered 503 after 3 tries <b>&amp; said nothing</b>"
)
SHORT: Final = "Strava does not answer."


async def fill_ayda(parts: Any) -> None:
    """Events, more than are looked through; uploads, connections, hand-outs, jobs given up, and alarms."""
    now = utc_now()
    members = [{"id": uuid7(), "telegram_id": 9_000_000_000 + n, "created_at": now} for n in range(SOME)]
    ids = [member["id"] for member in members]
    activities = [_activity(member_id, now) | {"format": "fit"} for member_id in ids]
    await _keep(
        parts.database,
        (Member, members),
        (of_ayda.Activity, [{**row, "member_id": row["owner"]} for row in activities]),
        (WebhookEvent, _events(now)),
        (StravaUpload, _uploads(activities, now)),
        (StravaToken, _tokens(ids, now)),
        (TokenHandOut, _hand_outs(now)),
        (sight_of_ayda.AlarmRow, _alarms(now)),
    )
    await _give_up(parts.queue, SOME)


async def fill_predictor(parts: Any) -> None:
    """Runs of syncs, more than are looked through; syncs, unread activities, predictions, jobs given up, alarms."""
    now = utc_now()
    athletes = [{"id": uuid7(), "telegram_id": str(9_000_000_000 + n), "created_at": now} for n in range(SOME)]
    ids = [athlete["id"] for athlete in athletes]
    activities = [_activity(athlete_id, now) | {"sport_type": "TrailRun"} for athlete_id in ids]
    await _keep(
        parts.database,
        (Athlete, athletes),
        (of_predictor.Activity, [{**row, "athlete_id": row["owner"]} for row in activities]),
        (SyncStateRow, _syncs(ids, now)),
        (SyncRunRow, _runs(ids, now)),
        (ReadTroubleRow, _troubles(activities, now)),
        (LedgerEntry, _ledger(ids, now)),
        (sight_of_predictor.AlarmRow, _alarms(now)),
    )
    await _give_up(parts.queue, SOME)


async def _keep(database: Database, *tables: tuple[Any, list[dict[str, Any]]]) -> None:
    for model, rows in tables:
        known = {column.key for column in model.__table__.columns}
        kept = [{name: value for name, value in row.items() if name in known} for row in rows]
        await database.write(partial(_insert, model, kept))


def _insert(model: Any, rows: list[dict[str, Any]], session: Session) -> None:
    session.execute(insert(model), rows)


async def _give_up(queue: JobQueue, count: int) -> None:
    """So many jobs that fail at once, a second apart by nobody's clock but the queue's own."""

    async def fails(_args: object) -> None:
        raise ValueError(LONG)

    for number in range(count):
        await queue.put("read_a_past", {"telegram_id": 9_000_000_000 + number, "import_id": str(uuid7())})
    working = asyncio.create_task(queue.work([Job("read_a_past", fails)]))
    while len(await queue.dead(count)) < count:  # noqa: ASYNC110 - a condition
        await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


def _activity(owner: Any, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(), "owner": owner, "content_hash": uuid7().hex, "provenance": "upload", "sport": "run",
        "started_at": now, "distance_m": 12_000.0, "moving_time_s": 4_000.0, "elapsed_time_s": 4_100.0, "gain_m": 300.0,
        "created_at": now,
    }  # fmt: skip


def _events(now: datetime) -> list[dict[str, Any]]:
    states = cycle(get_args(EventState))
    return [
        {
            "id": uuid7(), "subscription_id": 1, "object_type": "activity", "object_id": 10_000_000_000 + n,
            "aspect_type": "create", "event_time_s": n, "updates_digest": "", "owner_id": 100_000_000 + n,
            "updates": {}, "signed": True, "state": (state := next(states)), "tries": n % 9,
            "received_at": now - timedelta(seconds=n), "error": LONG if state == "dead" else None,
        }
        for n in range(MANY)
    ]  # fmt: skip


def _uploads(activities: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    states = cycle(get_args(UploadStatus))
    return [
        {
            "id": uuid7(), "activity_id": each["id"], "member_id": each["owner"], "status": (status := next(states)),
            "retry_count": n, "error_message": LONG if status == "failed" else None, "sent": 1, "fence": 1,
            "retry_at": now + timedelta(minutes=n) if status == "pending" else None,
            "created_at": now - timedelta(minutes=n),
        }
        for n, each in enumerate(activities)
    ]  # fmt: skip


def _tokens(member_ids: list[Any], now: datetime) -> list[dict[str, Any]]:
    states = cycle(get_args(TokenState))
    return [
        {
            "athlete_id": 100_000_000 + n, "scope": "read,activity:read_all,activity:write", "state": next(states),
            "access_sealed": "", "refresh_sealed": [], "expires_at_s": int(now.timestamp()) + n, "obtained_at_s": 0,
            "fence": 1, "member_id": member_id, "updated_at": now - timedelta(hours=n),
        }
        for n, member_id in enumerate(member_ids)
    ]  # fmt: skip


def _hand_outs(now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "seq": n, "subject": "s", "api_key_id": "k1", "reason": "asked", "digest": "d", "salt": "s",
            "athlete_id": 100_000_000 + n, "request_id": uuid7().hex, "handed_out_at": now + timedelta(seconds=n),
        }
        for n in range(1, SOME + 1)
    ]  # fmt: skip


def _syncs(athlete_ids: list[Any], now: datetime) -> list[dict[str, Any]]:
    states = cycle(get_args(SyncStatus))
    return [
        {
            "athlete_id": athlete_id, "status": (status := next(states)), "activities_known": 1_234 + n,
            "activities_read": 1_000 + n, "started_at": now - timedelta(minutes=n), "finished_at": now,
            "retry_at": now + timedelta(minutes=15) if status == "waiting" else None, "detail": _words(n),
        }
        for n, athlete_id in enumerate(athlete_ids)
    ]  # fmt: skip


def _runs(athlete_ids: list[Any], now: datetime) -> list[dict[str, Any]]:
    athletes = cycle(athlete_ids)
    return [
        {
            "id": uuid7(), "athlete_id": next(athletes), "status": "success" if n % 3 else "failed", "new_count": n,
            "updated_count": 1, "pages_fetched": 7, "read_count": n % 40, "detail": _words(n),
            "started_at": now - timedelta(minutes=n), "finished_at": now - timedelta(minutes=n - 1),
        }
        for n in range(MANY)
    ]  # fmt: skip


def _troubles(activities: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "activity_id": each["id"], "athlete_id": each["owner"], "tries": n,
            "retry_at": now + timedelta(minutes=n) if n % 2 else None, "reason": _words(n) or SHORT,
        }
        for n, each in enumerate(activities)
    ]  # fmt: skip


def _ledger(athlete_ids: list[Any], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": uuid7(), "athlete_id": athlete_id if n % 2 else None, "mode": "population", "route_ref": "gpx:0",
            "distance_m": 1.0, "gain_m": 1.0, "p10_s": 90_000 + n, "p50_s": 100_000 + n, "p90_s": 110_000 + n,
            "personalized": False, "model": "pace-17+stops-4+night-2@2026-06-13",
            "created_at": now - timedelta(hours=n),
        }
        for n, athlete_id in enumerate(athlete_ids)
    ]  # fmt: skip


def _alarms(now: datetime) -> list[dict[str, Any]]:
    held = (("JobsWait", 12_345.0), ("JobsGivenUp", 30.0), ("QuotaNearlyUsed", 91.0))
    return [
        {"name": name, "figure": figure, "since": now - timedelta(hours=2), "seen_at": now, "told": True}
        for name, figure in held
    ]


def _words(number: int) -> str | None:
    return (LONG, SHORT, None)[number % 3]


FILL: Final[dict[str, Callable[[Any], Any]]] = {"ayda": fill_ayda, "predictor": fill_predictor}
