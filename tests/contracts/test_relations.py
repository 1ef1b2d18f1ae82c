"""What no example can say: how the parts of real answers hang together, between the real services."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

from ayda_service.errors import RefusedByPredictor
from kernel.contracts.prediction import CheckpointRequest, Prediction, PredictionRequest
from kernel.tracks import MAX_GPX_BYTES
from servicekit.http.errors import UpstreamRefused
from tests.contracts.ayda_asks.courses import course
from tests.contracts.ayda_asks.shapes import MEMBER, PROFILED, ROUTE_ID, STORED, STRANGER
from tests.contracts.conftest import AydaProvider, PredictorProvider
from tests.contracts.houses import NOW, OpenAyda, OpenPredictor
from tests.contracts.predictor_asks.test_tokens import CONNECTED

HOUR_S = 3600
DAY_S = 24 * HOUR_S


def _seconds(clock: str) -> int:
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return 3600 * hours + 60 * minutes + seconds


async def _predicted(provider: PredictorProvider, ayda_at: OpenAyda, **asked: Any) -> Prediction:
    provider.states[f"{PROFILED} and {STORED}"]()
    async with ayda_at(provider.server.url) as ayda:
        return await ayda.predictions.predict(int(MEMBER), NOW, PredictionRequest(gpx_file_id=ROUTE_ID, **asked))


async def test_clock_strings_say_what_the_seconds_say(predictor_provider: PredictorProvider, ayda_at: OpenAyda):
    told = await _predicted(predictor_provider, ayda_at)
    for effort in ("fast", "moderate", "easy"):
        assert _seconds(getattr(told.times, effort)) == getattr(told.times_s, effort)
    assert _seconds(told.gap_time) == told.gap_time_s


@pytest.mark.parametrize("effort", ["fast", "moderate", "easy"])
async def test_the_median_is_the_time_of_the_effort_asked_for(
    predictor_provider: PredictorProvider, ayda_at: OpenAyda, effort: Any
):
    told = await _predicted(predictor_provider, ayda_at, effort=effort)
    assert told.interval.p50_s == getattr(told.times_s, effort)
    assert told.interval.p10_s < told.interval.p50_s < told.interval.p90_s
    assert told.times_s.fast <= told.times_s.moderate <= told.times_s.easy
    assert told.effort == effort


async def test_splits_and_terrain_cover_the_course_and_add_up(predictor_provider: PredictorProvider, ayda_at: OpenAyda):
    told = await _predicted(predictor_provider, ayda_at)
    for parts in (told.splits, told.terrain):
        assert parts[0].from_m == 0
        assert parts[-1].to_m == pytest.approx(told.route.distance_m, abs=1)
        assert all(one.to_m == other.from_m for one, other in pairwise(parts))
        assert sum(part.time_s.p50 for part in parts) == pytest.approx(told.interval.p50_s, abs=len(parts))
        assert sum(part.gain_m for part in parts) == pytest.approx(told.route.gain_m, abs=2)


async def test_causes_add_up_to_the_time_beside_the_flat_run(predictor_provider: PredictorProvider, ayda_at: OpenAyda):
    told = await _predicted(predictor_provider, ayda_at)
    explained_s = 60 * sum(cause.minutes for cause in told.minutes)
    assert explained_s == pytest.approx(told.times_s.moderate - told.flat_run_s, abs=10)


async def test_a_plan_adds_up_to_its_goal_and_stops_are_in_it(predictor_provider: PredictorProvider, ayda_at: OpenAyda):
    checkpoint = CheckpointRequest(name="CP1", at_m=1000.0, stop_s=60.0, cutoff_s=7200.0)
    told = await _predicted(predictor_provider, ayda_at, goal_s=3600.0, checkpoints=[checkpoint])
    assert told.plan is not None
    assert sum(split.time_s for split in told.plan.splits) == told.plan.goal_s == 3600
    assert told.stops_s == 60
    assert told.checkpoints[0].eta_s.p10 <= told.checkpoints[0].eta_s.p50 <= told.checkpoints[0].eta_s.p90


async def test_a_course_longer_than_allowed_is_refused_with_its_reason(
    predictor_provider: PredictorProvider, ayda_at: OpenAyda
):
    padding = b"<!--" + b" " * MAX_GPX_BYTES + b"-->"
    async with ayda_at(predictor_provider.server.url) as ayda:
        with pytest.raises(RefusedByPredictor) as refusal:
            await ayda.add_route(course().encode() + padding)
    assert (refusal.value.problem.status, refusal.value.problem.code) == (413, "file_too_large")


async def test_a_thousand_profiles_come_in_the_order_asked_for(
    predictor_provider: PredictorProvider, ayda_at: OpenAyda
):
    predictor_provider.states[PROFILED]()
    ids = [str(900_000 - step) for step in range(999)]
    asked = [*ids[:500], MEMBER, *ids[500:]]
    async with ayda_at(predictor_provider.server.url) as ayda:
        rows = await ayda.predictor.profiles(asked, "trail_run")
    assert [row.telegram_id for row in rows] == asked
    assert [row.telegram_id for row in rows if row.has_profile] == [MEMBER]


async def test_a_thousand_are_compared_in_the_order_asked_for_and_as_they_are_predicted(
    predictor_provider: PredictorProvider, ayda_at: OpenAyda
):
    predictor_provider.states[f"{PROFILED} and {STORED}"]()
    ids = [str(900_000 - step) for step in range(999)]
    asked = [*ids[:500], MEMBER, *ids[500:]]
    async with ayda_at(predictor_provider.server.url) as ayda:
        rows = await ayda.predictor.distributions(ROUTE_ID, asked, "trail_run")
        predicted = await ayda.predictions.predict(int(MEMBER), NOW, PredictionRequest(gpx_file_id=ROUTE_ID))
    assert [row.telegram_id for row in rows] == asked
    [known] = [row for row in rows if row.has_profile]
    assert known.log_time_s == pytest.approx(math.log(predicted.times_s.moderate), abs=0.03)


async def test_repeated_ids_are_answered_as_often_as_asked(predictor_provider: PredictorProvider, ayda_at: OpenAyda):
    predictor_provider.states[PROFILED]()
    asked = [MEMBER, STRANGER, MEMBER, MEMBER]
    async with ayda_at(predictor_provider.server.url) as ayda:
        rows = await ayda.predictor.profiles(asked, "trail_run")
    assert [row.telegram_id for row in rows] == asked
    assert rows[0] == rows[2] == rows[3]


async def test_a_thousand_and_one_profiles_are_too_many(predictor_provider: PredictorProvider, ayda_at: OpenAyda):
    async with ayda_at(predictor_provider.server.url) as ayda:
        with pytest.raises(UpstreamRefused) as refusal:
            await ayda.predictor.profiles([str(800_000 + step) for step in range(1001)], "trail_run")
    assert refusal.value.problem is not None
    assert refusal.value.problem.code == "validation_failed"


async def test_a_prediction_sent_twice_with_its_key_is_the_same_prediction(
    predictor_provider: PredictorProvider, ayda_at: OpenAyda
):
    predictor_provider.states[f"{PROFILED} and {STORED}"]()
    request = PredictionRequest(gpx_file_id=ROUTE_ID)
    async with ayda_at(predictor_provider.server.url) as ayda:
        first, second = [
            await ayda.predictions.predict(int(MEMBER), NOW, request, idempotency_key="once") for _ in range(2)
        ]
        other = await ayda.predictions.predict(int(MEMBER), NOW, request)
    assert first == second
    assert other.prediction_id != first.prediction_id


async def test_the_same_course_is_the_same_route(predictor_provider: PredictorProvider, ayda_at: OpenAyda):
    async with ayda_at(predictor_provider.server.url) as ayda:
        first, second = [await ayda.add_route(course().encode()) for _ in range(2)]
        shown = await ayda.predictor.route(first.id)
    assert first == second == shown


async def test_a_token_lives_for_hours_not_for_millennia(ayda_provider: AydaProvider, predictor_at: OpenPredictor):
    ayda_provider.states[CONNECTED]()
    async with predictor_at(ayda_provider.server.url) as predictor:
        token = await predictor.tokens.token(MEMBER)
    assert HOUR_S / 2 < token.expires_at - NOW.timestamp() < DAY_S


async def test_a_forced_token_is_another_one(ayda_provider: AydaProvider, predictor_at: OpenPredictor):
    ayda_provider.states[CONNECTED]()
    async with predictor_at(ayda_provider.server.url) as predictor:
        usual = await predictor.tokens.token(MEMBER)
        again = await predictor.tokens.token(MEMBER)
        forced = await predictor.tokens.token(MEMBER, force=True)
    assert again == usual
    assert forced.access_token != usual.access_token
    assert forced.athlete_id == usual.athlete_id
