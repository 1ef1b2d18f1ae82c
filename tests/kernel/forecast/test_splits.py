from __future__ import annotations

import numpy as np
import pytest

from kernel.contracts.prediction import CheckpointRequest
from kernel.forecast import CheckpointBeyondRoute, forecast_to_wire, predict
from kernel.units import format_hms
from tests.kernel.forecast.synthetic import flat_route, profile_of, route_of


def test_steep_climbs_are_walked_and_flats_run():
    slopes = np.concatenate((np.zeros(200), np.full(200, 0.25), np.zeros(200)))
    splits = predict(route_of(slopes), mode="trail_run", profile=None).splits
    assert [split.mode for split in splits] == ["run", "run", "walk", "walk", "run", "run"]
    assert {split.mode for split in predict(route_of(slopes), mode="hiking", profile=None).splits} == {"walk"}


def test_the_climb_of_the_splits_is_the_climb_of_the_route():
    forecast = predict(route_of(np.tile([0.1] * 50 + [-0.1] * 50, 8)), mode="trail_run", profile=None)
    assert sum(split.gain_m for split in forecast.splits) == pytest.approx(forecast.route.gain_m)
    assert sum(split.loss_m for split in forecast.splits) == pytest.approx(forecast.route.loss_m)


def test_the_second_half_of_a_long_hilly_route_is_about_five_percent_slower():
    route = route_of(np.tile([0.1] * 50 + [-0.1] * 50, 30))
    splits = predict(route, mode="trail_run", profile=None).splits
    first, second = (sum(split.p50_s for split in half) for half in (splits[:15], splits[15:]))
    assert 1.03 < second / first < 1.06


def test_a_short_flat_run_keeps_its_pace():
    splits = predict(flat_route(8000), mode="trail_run", profile=None, flat_pace_s_per_km=300).splits
    assert max(s.p50_s for s in splits) - min(s.p50_s for s in splits) <= 1


def test_earlier_stops_delay_an_arrival_and_its_own_does_not():
    """Within a hundredth: stops that are planned take the place of some that were to be expected on the way."""
    profile, route = profile_of("trail_run", 12, 1), flat_route(20_000)
    places = [CheckpointRequest("B", 10_000, stop_s=300), CheckpointRequest("A", 5_000, stop_s=120)]
    plain = [CheckpointRequest("A", 5_000), CheckpointRequest("B", 10_000)]
    stops, none = (
        predict(route, mode="trail_run", profile=profile, checkpoints=c).checkpoints for c in (places, plain)
    )
    assert [c.name for c in stops] == ["A", "B"]
    assert stops[0].eta_s.p50 == pytest.approx(none[0].eta_s.p50, rel=0.01)
    assert stops[1].eta_s.p50 == pytest.approx(none[1].eta_s.p50 + 120, rel=0.01)


def test_the_chance_of_a_cutoff_at_a_quantile_is_that_quantile():
    route, profile = flat_route(20_000), profile_of("trail_run", 12, 1)
    clock = predict(route, mode="trail_run", profile=profile).clock
    places = [
        CheckpointRequest("finish", route.length_m, cutoff_s=clock.total_at(score))
        for score in (-1.2816, -0.6745, 0.0, 0.6745, 1.2816)
    ]
    arrivals = predict(route, mode="trail_run", profile=profile, checkpoints=places).checkpoints
    assert [a.p_in_time for a in arrivals] == pytest.approx([0.1, 0.25, 0.5, 0.75, 0.9], abs=1e-3)


def test_a_checkpoint_at_the_start_is_reached_at_once():
    place = CheckpointRequest("start", 0.0, cutoff_s=60)
    (arrival,) = predict(flat_route(5000), mode="hiking", profile=None, checkpoints=[place]).checkpoints
    assert (arrival.eta_s.p10, arrival.eta_s.p90, arrival.p_in_time) == (0, 0, 1.0)


def test_a_checkpoint_just_past_the_end_is_the_finish_and_one_far_past_it_an_error():
    route = flat_route(10_000)
    forecast = predict(route, mode="trail_run", profile=None, checkpoints=[CheckpointRequest("end", 10_200)])
    assert forecast.checkpoints[0].eta_s.p50 == round(forecast.clock.total_at(0.0))
    with pytest.raises(CheckpointBeyondRoute, match=r"'far' is set at 30\.0 km, but the route ends at 10\.0 km"):
        predict(route, mode="trail_run", profile=None, checkpoints=[CheckpointRequest("far", 30_000)])


def test_the_answer_on_the_wire_says_what_it_rests_on():
    profile = profile_of("trail_run", 12, 1)
    answer = forecast_to_wire(predict(flat_route(10_000), mode="trail_run", profile=profile), "p-1")
    assert (answer.prediction_id, answer.personalized, answer.model) == ("p-1", True, "pace-curve/3")
    assert answer.profile_stats is not None
    assert answer.profile_stats.total_activities == 12
    assert answer.profile_stats.gradient_coverage.endswith("/11")
    assert answer.times.moderate == format_hms(answer.times_s.moderate)
    stranger = forecast_to_wire(predict(flat_route(10_000), mode="trail_run", profile=None), "p-2")
    assert (stranger.personalized, stranger.profile_stats) == (False, None)
