"""The lists of ayda's operations page. None shows a token, or more of a person than an id."""

from __future__ import annotations

from typing import Final, get_args
from uuid import UUID

from ayda_service.audit.models import TokenHandOut
from ayda_service.ops.models import OperatorAction
from ayda_service.strava.models import StravaToken
from ayda_service.uploads.jobs import UPLOAD, replay_upload
from ayda_service.uploads.models import StravaUpload
from ayda_service.webhooks.jobs import replay_event
from ayda_service.webhooks.models import EventState, WebhookEvent
from kernel.strava.uploads import UploadStatus
from languages.voice import mark
from servicekit.data.database import Database
from servicekit.jobs import DeadJob, JobQueue
from servicekit.ops.dead_jobs import dead_jobs
from servicekit.ops.lists import ListColumn, OpsList
from servicekit.ops.store import InTable, actions
from servicekit.strava.tokens.seals import TokenState

_EVENTS: Final = (
    ListColumn("received_at", mark("Received"), "moment"),
    ListColumn("state", mark("State")),
    ListColumn("object_type", mark("About")),
    ListColumn("aspect_type", mark("What")),
    ListColumn("object_id", mark("Its id")),
    ListColumn("owner_id", mark("Athlete")),
    ListColumn("tries", mark("Tries"), "number"),
    ListColumn("error", mark("Trouble"), "words"),
)
_UPLOADS: Final = (
    ListColumn("created_at", mark("Since"), "moment"),
    ListColumn("status", mark("State")),
    ListColumn("retry_count", mark("Tries"), "number"),
    ListColumn("retry_at", mark("Next try"), "moment"),
    ListColumn("error_message", mark("Trouble"), "words"),
    ListColumn("id", mark("Its id")),
)
_CONNECTIONS: Final = (
    ListColumn("athlete_id", mark("Athlete")),
    ListColumn("state", mark("State")),
    ListColumn("scope", mark("Allowed"), "words"),
    ListColumn("expires_at_s", mark("Token lives until"), "epoch_s"),
    ListColumn("updated_at", mark("Connected"), "moment"),
)
_TOKENS: Final = (
    ListColumn("seq", mark("Number")),
    ListColumn("handed_out_at", mark("When"), "moment"),
    ListColumn("reason", mark("What")),
    ListColumn("api_key_id", mark("By")),
    ListColumn("athlete_id", mark("Athlete")),
    ListColumn("request_id", mark("Request"), "words"),
)


def lists_of(database: Database, queue: JobQueue) -> tuple[OpsList, ...]:
    """All of them; what was given up can be replayed."""

    async def replay_job(job: DeadJob) -> bool:
        return await (replay_upload(database, queue, job) if job.name == UPLOAD else queue.replay(job.id))

    tokens = InTable(database, StravaToken)
    return (
        dead_jobs(queue, replay_job),
        _events(database, queue),
        _list(mark("Uploads"), _UPLOADS, InTable(database, StravaUpload), "created_at", name="uploads", state="status"),
        _list(mark("Connections"), _CONNECTIONS, tokens, "updated_at", name="connections", state="state"),
        _list(mark("Tokens"), _TOKENS, InTable(database, TokenHandOut), "seq", name="tokens", state="reason"),
        actions(database, OperatorAction),
    )


_SEARCHED: Final = {
    "uploads": (("error_message",), ("id", "strava_activity_id")),
    "connections": (("state", "scope"), ("athlete_id",)),
    "tokens": (("api_key_id", "request_id", "reason"), ("athlete_id", "seq", "request_id")),
}
_STATES: Final = {
    "uploads": get_args(UploadStatus),
    "connections": get_args(TokenState),
    "tokens": ("asked", "refused", "connected", "refreshed", "lost", "revoked", "rotated"),
}


def _list(title: str, columns: tuple[ListColumn, ...], source: InTable, sort: str, *, name: str, state: str) -> OpsList:
    searched, ids = _SEARCHED[name]
    return OpsList(
        name=name,
        title=title,
        columns=columns,
        source=source,
        sort=sort,
        searched=searched,
        ids=ids,
        state=state,
        states=_STATES[name],
    )


def _events(database: Database, queue: JobQueue) -> OpsList:
    async def replay(event_id: str) -> bool:
        try:
            return await replay_event(database, queue, UUID(event_id))
        except ValueError:
            return False

    return OpsList(
        name="events",
        title=mark("Strava's events"),
        columns=_EVENTS,
        source=InTable(database, WebhookEvent),
        sort="received_at",
        searched=("object_type", "aspect_type", "error"),
        ids=("owner_id", "object_id"),
        state="state",
        states=get_args(EventState),
        replay=replay,
        replays=lambda event: event.state == "dead",
    )
