"""The predictor as ayda sees it (the GPXPredictorClient of the founding documents)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal

from ayda_service.errors import PredictorNotConfigured, RefusedByPredictor
from ayda_service.predictor.courses import INTERNAL, UPLOAD_TIMEOUT_S, CourseCalls
from ayda_service.predictor.readings import readings
from kernel.contracts.accuracy import Accuracy, OutingLink
from kernel.contracts.activity import (
    ImportState,
    KnownOuting,
    KnownOutings,
    OutingChoice,
    OwnPaths,
    OwnPathsChoice,
    SportTag,
    StoredActivity,
)
from kernel.contracts.alarm import Alarms
from kernel.contracts.connection import (
    ErasureReceipt,
    EventBatch,
    EventResult,
    EventsTaken,
    ExportPage,
    StravaConnected,
    StravaDisconnected,
    SyncTriggered,
)
from kernel.contracts.distribution import Distribution, Distributions, DistributionsRequest
from kernel.contracts.guest import ReadingLine
from kernel.contracts.prediction import Mode, Prediction, PredictRequest
from kernel.contracts.problem import BUSY
from kernel.contracts.profile import Profile, ProfileBatch, ProfilesRequest
from kernel.contracts.sync import SyncState
from servicekit.http.errors import UpstreamRefused, UpstreamUnavailable
from servicekit.web.lines import MOST_SILENT_S
from servicekit.web.turns import Busy

MANY_FILES_TIMEOUT_S: Final = 55.0
"""For 250 MiB from one machine to the next."""
MAX_PAGE_BYTES: Final = 16 * 1024 * 1024
THE_MEMBERS_FAULT: Final = frozenset({400, 404, 409, 413, 422})
"""Refusals of the predictor that a member can do something about; any other one is between the services."""


class PredictorClient(CourseCalls):
    """Typed calls. Each raises an UpstreamError (`servicekit.http`); a refusal carries the predictor's problem."""

    async def connected(self, notice: StravaConnected) -> SyncTriggered:
        """Tells that a member has connected Strava; telling it again is harmless, so it is retried."""
        answer = await self._client.request("POST", f"{INTERNAL}/strava/connected", json=notice, retry=True)
        return answer.expect(200).decode(SyncTriggered)

    async def events(self, batch: EventBatch) -> list[EventResult]:
        """Tells what happened to activities; the ids of the events make telling it again harmless."""
        answer = await self._client.request("POST", f"{INTERNAL}/strava/events/batch", json=batch, retry=True)
        return answer.expect(202).decode(EventsTaken).results

    async def sync_state(self, athlete_id: int, *, timeout_s: float | None = None) -> SyncState:
        """How far the reading of an athlete's Strava is."""
        query = {"athlete_id": str(athlete_id)}
        answer = await self._client.request("GET", "/strava/sync/status", params=query, timeout_s=timeout_s)
        return answer.expect(200).decode(SyncState)

    async def disconnected(self, notice: StravaDisconnected) -> ErasureReceipt:
        """Has everything erased that came from a member's Strava; the second time there is nothing left to erase."""
        answer = await self._client.request("POST", f"{INTERNAL}/strava/disconnected", json=notice, retry=True)
        return answer.expect(200).decode(ErasureReceipt)

    async def erase(self, telegram_id: str, *, member_id: str | None = None) -> ErasureReceipt:
        """Has everything erased that is stored about a member; no notice about that `member_id` brings them back."""
        params = {} if member_id is None else {"member_id": member_id}
        answer = await self._client.request("DELETE", f"{INTERNAL}/athletes/{telegram_id}", params=params)
        return answer.expect(200).decode(ErasureReceipt)

    async def export_page(self, telegram_id: str, after: str | None = None) -> ExportPage:
        """The rows that are stored about a member, from the beginning or after those of another page."""
        path = f"{INTERNAL}/athletes/{telegram_id}/export/page"
        query = {} if after is None else {"after": after}
        answer = await self._client.request(
            "GET", path, params=query, max_response_bytes=MAX_PAGE_BYTES, timeout_s=UPLOAD_TIMEOUT_S
        )
        return await asyncio.to_thread(answer.expect(200).decode, ExportPage)

    async def predict(self, request: PredictRequest, *, idempotency_key: str | None = None) -> Prediction:
        """How long a route takes a member."""
        made = await self._client.request("POST", f"{INTERNAL}/predict", json=request, idempotency_key=idempotency_key)
        return made.expect(200).decode(Prediction)

    async def predict_sent(self, request: bytes | Path) -> Prediction:
        """The same for an encoded `PredictRequest` with a whole course in it; from a file it is read as it is sent."""
        headers = {"Content-Type": "application/json"}
        answer = await self._client.request(
            "POST", f"{INTERNAL}/predict", content=request, headers=headers, timeout_s=UPLOAD_TIMEOUT_S
        )
        return answer.expect(200).decode(Prediction)

    @asynccontextmanager
    async def guest_profile(
        self, files: Path, content_type: str, sport: SportTag | None
    ) -> AsyncIterator[AsyncGenerator[ReadingLine, None]]:
        """Has a guest's files read, in a body as they came: how far it is, then the profile or a problem.

        For the length of the block: leaving it ends the reading. The lines raise UpstreamUnavailable and
        BadUpstreamResponse.
        """
        async with self._client.lines(
            "POST",
            f"{INTERNAL}/guest-profiles",
            params={"sport": sport},
            content=files,
            headers={"Content-Type": content_type},
            idle_s=MOST_SILENT_S,
            timeout_s=MANY_FILES_TIMEOUT_S,
        ) as lines:
            yield readings(lines)

    async def profile(self, telegram_id: str, mode: Mode) -> Profile:
        """One member's profile."""
        query = {"telegram_id": telegram_id, "type": mode}
        answer = await self._client.request("GET", f"{INTERNAL}/profile", params=query)
        return answer.expect(200).decode(Profile)

    async def accuracy(self, telegram_id: str) -> Accuracy:
        """How right forecasts for a member were."""
        answer = await self._client.request("GET", f"{INTERNAL}/athletes/{telegram_id}/accuracy")
        return answer.expect(200).decode(Accuracy)

    async def link_outing(self, telegram_id: str, prediction_id: str, link: OutingLink) -> Accuracy:
        """Has a forecast compared with an outing of the member's; the same again changes nothing."""
        path = f"{INTERNAL}/athletes/{telegram_id}/forecasts/{prediction_id}/outing"
        answer = await self._client.request("PUT", path, json=link)
        return answer.expect(200).decode(Accuracy)

    async def outings(self, telegram_id: str, before: str | None = None) -> KnownOutings:
        """What a member's profile rests on, the newest first or what came before one."""
        path, query = f"{INTERNAL}/athletes/{telegram_id}/outings", {"before": before}
        answer = await self._client.request("GET", path, params=query)
        return answer.expect(200).decode(KnownOutings)

    async def own_paths(self, telegram_id: str) -> OwnPaths:
        """Whether a member's paths are remembered."""
        answer = await self._client.request("GET", f"{INTERNAL}/athletes/{telegram_id}/own-paths")
        return answer.expect(200).decode(OwnPaths)

    async def choose_own_paths(self, telegram_id: str, choice: OwnPathsChoice) -> OwnPaths:
        """Has a member's paths remembered, or all forgotten; the same again changes nothing."""
        answer = await self._client.request("PUT", f"{INTERNAL}/athletes/{telegram_id}/own-paths", json=choice)
        return answer.expect(200).decode(OwnPaths)

    async def choose_outing(self, telegram_id: str, outing_id: str, choice: OutingChoice) -> KnownOuting:
        """Has an outing of the member's count, or not; the same again changes nothing."""
        path = f"{INTERNAL}/athletes/{telegram_id}/outings/{outing_id}"
        answer = await self._client.request("PUT", path, json=choice)
        return answer.expect(200).decode(KnownOuting)

    async def profiles(
        self, telegram_ids: list[str], mode: Mode, *, purpose: Literal["own", "matching"] = "own"
    ) -> list[Profile]:
        """Profiles of up to 1,000 members, in the order asked for."""
        request = ProfilesRequest(telegram_ids=telegram_ids, type=mode, purpose=purpose)
        answer = await self._client.request("POST", f"{INTERNAL}/profiles/batch", json=request, retry=True)
        return answer.expect(200).decode(ProfileBatch).profiles

    async def distributions(self, route_id: str, telegram_ids: list[str], mode: Mode) -> list[Distribution]:
        """What to expect of up to 1,000 members on a stored course, in the order asked for: what others may know."""
        request = DistributionsRequest(telegram_ids=telegram_ids, purpose="matching", route_id=route_id, type=mode)
        answer = await self._client.request("POST", f"{INTERNAL}/distributions", json=request, retry=True)
        return answer.expect(200).decode(Distributions).distributions

    async def add_activity(
        self,
        telegram_id: str,
        recording: bytes,
        sport: SportTag,
        provenance: Literal["user_file", "telegram_upload"],
    ) -> StoredActivity:
        """Has a member's recording learned from; the same one again is a duplicate, so it is retried."""
        answer = await self._client.request(
            "POST",
            f"{INTERNAL}/activities",
            params={"telegram_id": telegram_id, "sport": sport, "provenance": provenance},
            content=recording,
            headers={"Content-Type": "application/octet-stream"},
            retry=True,
            timeout_s=UPLOAD_TIMEOUT_S,
        )
        return answer.expect(200, 201).decode(StoredActivity)

    async def add_import(self, telegram_id: str, archive: bytes | Path) -> ImportState:
        """Has a member's whole history read; the same archive again is the same import, so it is retried."""
        answer = await self._client.request(
            "POST",
            f"{INTERNAL}/imports",
            params={"telegram_id": telegram_id},
            content=archive,
            headers={"Content-Type": "application/zip"},
            retry=True,
            timeout_s=UPLOAD_TIMEOUT_S,
        )
        return answer.expect(202).decode(ImportState)

    async def import_status(self, telegram_id: str, import_id: str) -> ImportState:
        """How far an import of this member's is."""
        query = {"telegram_id": telegram_id}
        answer = await self._client.request("GET", f"{INTERNAL}/imports/{import_id}", params=query)
        return answer.expect(200).decode(ImportState)

    async def alarms(self) -> Alarms:
        """The alarms that hold there."""
        return (await self._client.request("GET", f"{INTERNAL}/alarms", retry=False)).expect(200).decode(Alarms)

    async def live(self) -> None:
        """Returns when it answers. Raises UpstreamUnavailable."""
        await self._client.request("GET", "/health/live", retry=False)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


@asynccontextmanager
async def asking(predictor: PredictorClient | None) -> AsyncIterator[PredictorClient]:
    """The predictor, asked for a member: what it answers becomes what the member can act on.

    Raises PredictorNotConfigured, RefusedByPredictor and Busy; an outage stays what it is.
    """
    if predictor is None:
        raise PredictorNotConfigured
    try:
        yield predictor
    except UpstreamRefused as refusal:
        if refusal.problem is None or refusal.status not in THE_MEMBERS_FAULT:
            raise
        raise RefusedByPredictor(refusal.problem) from refusal
    except UpstreamUnavailable as outage:
        if outage.problem is not None and outage.problem.code == BUSY:
            raise Busy from outage
        raise
