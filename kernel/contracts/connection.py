"""Messages about a member's Strava connection."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec

from kernel.contracts.ids import AthleteId, TelegramId


class StravaConnected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """ayda tells the predictor that a member has connected Strava.

    `member_id` is who they are at ayda until they are erased there, and another one when they come back: a notice that
    is late brings back nobody who was erased by this id.
    """

    telegram_id: TelegramId
    athlete_id: AthleteId
    member_id: UUID | None = None


class SyncTriggered(msgspec.Struct, frozen=True):
    """The predictor has stored the athlete and queued a priority sync; not so who was erased before, who has no id."""

    status: Literal["sync_triggered", "erased"]
    user_id: str


class StravaToken(msgspec.Struct, frozen=True):
    """A short-lived access token. `scope` is what the athlete granted; `expires_at` is epoch seconds.

    `client_id`: the Strava app that it is of, whose limits calls with it count in; an ayda of before does not say.
    """

    access_token: str
    athlete_id: AthleteId
    scope: str
    expires_at: int
    client_id: str | None = None

    def __repr__(self) -> str:
        return f"StravaToken(athlete_id={self.athlete_id}, scope={self.scope!r}, expires_at={self.expires_at})"


class StravaEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ayda passes on that something happened to an activity: a hint to look, never the truth itself.

    `event_id` is ayda's own and the same at each delivery; `event_time` is epoch seconds.
    """

    event_id: UUID
    telegram_id: TelegramId
    athlete_id: AthleteId
    object_type: Literal["activity"]
    object_id: AthleteId
    aspect_type: Literal["create", "update", "delete"]
    updates: dict[str, str]
    event_time: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class EventTaken(msgspec.Struct, frozen=True):
    """What became of an event: `accepted`, `duplicate`, or `ignored` when the athlete is not (or no longer) ours."""

    status: Literal["accepted", "duplicate", "ignored"]


MOST_EVENTS: Final = 100
"""In one batch: one request, and one transaction."""


class EventBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events of any athletes, at most a hundred, told of at once; each is judged by itself."""

    events: Annotated[list[StravaEvent], msgspec.Meta(min_length=1, max_length=MOST_EVENTS)]


class EventResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one event of a batch: as `EventTaken`, or `refused`, with the code and the sentence of a problem.

    `event_id` is as it was sent, empty where it was none.
    """

    event_id: str
    status: Literal["accepted", "duplicate", "ignored", "refused"]
    code: str | None = None
    detail: str | None = None


class EventsTaken(msgspec.Struct, frozen=True):
    """What became of each event of a batch, in their order. All that was taken was taken in one transaction."""

    results: list[EventResult]


class StravaDisconnected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """ayda tells the predictor that a member's Strava connection has ended."""

    telegram_id: TelegramId
    athlete_id: AthleteId


class ErasureReceipt(msgspec.Struct, frozen=True):
    """How many rows of each table were erased; all zero when there was nothing (any more)."""

    status: Literal["erased"]
    erased: dict[str, int]


class ExportedRow(msgspec.Struct, frozen=True):
    """One row of somebody's, as it is stored, without secrets."""

    table: str
    row: dict[str, Any]


class ExportPage(msgspec.Struct, frozen=True):
    """The next rows that are stored about somebody; `after` asks for those behind them, null after the last."""

    rows: list[ExportedRow]
    after: str | None
