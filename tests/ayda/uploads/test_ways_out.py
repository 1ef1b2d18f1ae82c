"""No state of an upload is without a way out: it ends by itself, or when its member or an operator asks again."""

from __future__ import annotations

from typing import Final, get_args
from uuid import UUID

import pytest
from sqlalchemy import select, text

from ayda_service.uploads.jobs import replay_upload
from ayda_service.uploads.models import StravaUpload
from ayda_service.uploads.service import UploadService
from kernel.strava.uploads import UploadStatus
from simulators.strava.application.fault_menu import PlannedFault
from tests.ayda.support import MEMBER
from tests.ayda.uploads.bench import Bench, files

BY_ITSELF: Final = {"pending", "processing"}
WHEN_ASKED: Final = {"failed"}
AT_REST: Final = {"completed"}


def test_every_state_of_an_upload_is_accounted_for():
    assert set(get_args(UploadStatus)) == BY_ITSELF | WHEN_ASKED | AT_REST


async def finish(bench: Bench) -> None:
    async with bench.working():
        await bench.until_over()


async def put_in(bench: Bench, status: str) -> UUID:
    """The id of an upload in this state, whose worker is gone for good."""
    upload_id = await bench.put(files(1)[0])
    if status == "failed":
        bench.simulator.faults.order(PlannedFault("html", path="/api/v3/uploads", method="POST", count=100, status=500))
        await finish(bench)
        bench.simulator.faults.clear()
    if status == "processing":
        with bench.database.transaction() as session:
            session.get_one(StravaUpload, upload_id).status = "processing"
            session.execute(text("UPDATE job SET status = 'running', lease_until = '2026-01-01 00:00:00'"))
    with bench.database.reading() as session:
        assert session.scalars(select(StravaUpload.status)).one() == status
    return upload_id


@pytest.mark.parametrize("status", sorted(BY_ITSELF))
async def test_one_that_is_not_over_ends_by_itself(bench: Bench, status: str):
    athlete_id = await bench.connect()
    upload_id = await put_in(bench, status)
    await finish(bench)
    assert (await bench.row(upload_id)).status == "completed"
    assert len(bench.simulator.activities_of(athlete_id)) == 1


@pytest.mark.parametrize("who", ["the member", "an operator"])
async def test_one_that_was_given_up_goes_on_when_somebody_asks(bench: Bench, who: str):
    athlete_id = await bench.connect()
    upload_id = await put_in(bench, "failed")
    if who == "the member":
        link = "http://localhost/consent"
        service = UploadService(bench.database, bench.queue, automatic=False, consent_url=link, now=bench.clock.now)
        await service.request(MEMBER, str((await bench.row(upload_id)).activity_id))
    else:
        (dead,) = await bench.dead()
        assert await replay_upload(bench.database, bench.queue, dead)
    await finish(bench)
    assert (await bench.row(upload_id)).status == "completed"
    assert len(bench.simulator.activities_of(athlete_id)) == 1
    assert await bench.dead() == []
