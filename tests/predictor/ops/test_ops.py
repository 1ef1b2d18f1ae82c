from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from predictor_service.settings import Settings
from predictor_service.sync.models import SyncRunRow
from servicekit.base.settings import Secret
from tests.ayda.ops.support import KEY, Operator
from tests.predictor.support import Predictor, assert_problem, running
from tests.predictor.tracks import gpx

LISTS = ("jobs", "syncs", "runs", "troubles", "ledger", "actions")


@pytest.fixture
async def predictor(settings: Settings, now: datetime) -> AsyncIterator[Predictor]:
    async with running(replace(settings, operator_key=Secret(KEY)), lambda: now) as opened:
        yield opened


@pytest.fixture
async def operator(predictor: Predictor) -> Operator:
    visiting = Operator(predictor.http)
    assert (await visiting.sign_in()).status_code == 303
    return visiting


async def test_a_key_of_the_services_is_no_key_of_the_operator(predictor: Predictor):
    assert_problem(await predictor.http.get("/ops"), 401, "operator_unknown")


async def test_the_first_page_has_syncs_predictions_and_the_queue(predictor: Predictor, operator: Operator):
    await predictor.connected("42", 77)
    assert (await predictor.predict(gpx=gpx().decode(), flat_pace=330)).status_code == 200
    shown = " ".join((await operator.text()).split())
    assert "queued 1" in shown
    assert "population 1" in shown
    assert "Reads, today 0 / 3,000" in shown


async def test_the_first_page_has_the_reads_of_the_day_by_the_hour(
    predictor: Predictor, operator: Operator, now: datetime
):
    athlete_id = UUID((await predictor.connected("42", 77)).json()["user_id"])
    runs = [(timedelta(minutes=2), 30), (timedelta(minutes=3), 12), (timedelta(hours=5), 7), (timedelta(hours=30), 9)]
    rows = [SyncRunRow(athlete_id=athlete_id, status="success", started_at=now - ago, read_count=n) for ago, n in runs]
    with predictor.parts.database.transaction() as session:
        session.add_all(rows)
    shown = " ".join((await operator.text()).split())
    early, late = ((now - ago).strftime("%H:00") for ago in (timedelta(hours=5), timedelta(minutes=2)))
    assert f"Reads of syncs, by the hour (UTC) {early} 7 {late} 42" in shown


async def test_the_first_page_says_how_right_forecasts_were(predictor: Predictor, operator: Operator):
    assert "How right forecasts were, from start to finish -" in " ".join((await operator.text()).split())


@pytest.mark.parametrize("path", ["/ops", *(f"/ops/lists/{name}" for name in LISTS)])
async def test_pages_run_nothing_and_show_no_track(predictor: Predictor, operator: Operator, path: str):
    await predictor.connected("42", 77)
    await predictor.predict(gpx=gpx().decode(), flat_pace=330)
    answer = await operator.get(path)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script|\son\w+=|style=|https?://|gpx:", answer.text)


async def test_a_sync_is_found_by_its_athlete_and_state(predictor: Predictor, operator: Operator):
    athlete = (await predictor.connected("42", 77)).json()["user_id"]
    await predictor.connected("43", 78)
    assert "2 in all" in await operator.text("/ops/lists/syncs")
    assert "1 in all" in await operator.text("/ops/lists/syncs", q=athlete)
    assert "2 in all" in await operator.text("/ops/lists/syncs", state="queued")
    assert "0 in all" in await operator.text("/ops/lists/syncs", state="failed")


async def test_alarms_are_told_to_who_has_the_key(predictor: Predictor):
    answer = await predictor.http.get("/api/v1/internal/alarms")
    assert (answer.status_code, answer.json()) == (200, {"alarms": []})
