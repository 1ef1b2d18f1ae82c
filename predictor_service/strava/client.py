"""Strava's API, as far as the predictor reads it: an athlete's activities, in their name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import structlog

from kernel.strava.quota import Priority
from kernel.strava.tokens import has_scope, parse_scope
from predictor_service.strava.answers import Detail, ListPage, Named, Streams, Summary, summary_of
from predictor_service.strava.tokens import TokenSource
from servicekit.http.response import ApiResponse
from servicekit.strava.access import Access
from servicekit.strava.answers import decoded
from servicekit.strava.client import StravaClient
from servicekit.strava.errors import NotFound, ReauthRequired, ScopeMissing, TokenRefused, UnreadableAnswer

MAX_STREAMS_BYTES: Final = 64 * 1024 * 1024
READ_ACTIVITIES: Final = "activity:read"
_AN_ACTIVITY: Final = "an activity"


class AthletesActivities:
    """The activities of one athlete, for the length of one run; every method raises a StravaError.

    A refused token is renewed once in a run. What Strava says of a token ends no connection, only what its keeper says
    does: TokenRefused passes, ReauthRequired does not.
    """

    def __init__(
        self, strava: StravaClient, tokens: TokenSource, telegram_id: str, strava_athlete_id: int | None
    ) -> None:
        """`strava_athlete_id`: whose account it has to be; None while that is not known."""
        self._strava = strava
        self._tokens = tokens
        self._telegram_id = telegram_id
        self._strava_athlete_id = strava_athlete_id
        self._access = Access(self._token)
        self._foreign = False

    async def list_activities(
        self, *, before: datetime | None = None, page: int = 1, per_page: int = 200, priority: Priority
    ) -> ListPage:
        """One page of the athlete's activities, newest first and without entries past the end.

        An entry that cannot be understood is left out of the activities, and counted.
        """
        params: dict[str, Any] = {"page": page, "per_page": per_page}
        if before is not None:
            params["before"] = int(before.timestamp())
        answer = await self._get("/athlete/activities", params, priority)
        entries = decoded(answer, list[msgspec.Raw], "the list of activities")
        return ListPage(_summaries(entries), len(entries))

    async def activity(self, activity_id: int, *, priority: Priority) -> Detail:
        """The detailed activity."""
        return decoded(await self._get(f"/activities/{activity_id}", {}, priority), Detail, _AN_ACTIVITY)

    async def named(self, activity_id: int, *, priority: Priority) -> Named:
        """The activity of this id, whatever its age. Raises NotFound also for another athlete's."""
        answer = await self._get(f"/activities/{activity_id}", {}, priority)
        detail = decoded(answer, Detail, _AN_ACTIVITY)
        owner = None if detail.athlete is None else detail.athlete.id
        if None not in {owner, self._strava_athlete_id} and owner != self._strava_athlete_id:
            raise NotFound
        summary = summary_of(msgspec.Raw(answer.content))
        if summary is None:
            raise UnreadableAnswer(_AN_ACTIVITY)
        return Named(summary, detail)

    async def streams(self, activity_id: int, keys: Sequence[str], *, priority: Priority) -> Streams:
        """The streams of these keys that the activity has. Raises NotFound when it has none, as typed-in ones do."""
        params = {"keys": ",".join(keys), "key_by_type": "true"}
        answer = await self._get(f"/activities/{activity_id}/streams", params, priority)
        return decoded(answer, Streams, "the streams of an activity")

    async def _get(self, path: str, params: Mapping[str, Any], priority: Priority) -> ApiResponse:
        try:
            return await self._strava.ask(
                self._access, "GET", path, priority=priority, params=params, max_response_bytes=MAX_STREAMS_BYTES
            )
        except TokenRefused:
            self._tokens.drop(self._telegram_id)
            if self._foreign:
                raise ReauthRequired from None
            raise

    async def _token(self, *, force: bool) -> str:
        token = await self._tokens.token(self._telegram_id, force=force)
        self._access.app = token.client_id
        self._foreign = self._strava_athlete_id not in {None, token.athlete_id}
        if self._foreign:
            # someone else's account: remembered from before the member linked this one, or never theirs
            raise TokenRefused
        if not has_scope(parse_scope(token.scope), READ_ACTIVITIES):
            raise ScopeMissing
        return token.access_token


def _summaries(entries: Sequence[msgspec.Raw]) -> list[Summary]:
    """The entries that can be understood; the others are counted in the log: an odd one must not hide the rest."""
    understood = [summary for entry in entries if (summary := summary_of(entry)) is not None]
    if len(understood) < len(entries):
        structlog.get_logger(__name__).warning("activities_not_understood", count=len(entries) - len(understood))
    return understood
