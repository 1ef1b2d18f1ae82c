from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from kernel.pace import FEATURES_FORMAT, ActivityFeatures, SplitSample, features_of_recording, features_of_splits
from kernel.pace.categories import FLAT
from kernel.tracks import RouteGeometry, route_from_recording
from kernel.tracks.elevation import climb_and_descent
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import START, recording_of

UPS_AND_DOWNS = np.tile([0.1] * 25 + [-0.1] * 25, 20)


def climbed_m(route: RouteGeometry) -> float:
    """Metres up of the heights that its gradients are made of."""
    return climb_and_descent(route.elevation_m, 2.0)[0]


def splits_of(slopes: FloatArray, s_per_km: float):
    per_km = slopes.reshape(-1, 100).sum(axis=1) * 10
    return [SplitSample(1000.0, s_per_km, rise) for rise in per_km]


def test_a_flat_run_takes_one_unit_per_metre():
    features = features_of_recording(recording_of(np.zeros(800), 0.36), "run")
    assert features.log_unit_time == pytest.approx(math.log(8000))
    assert features.moving_s == pytest.approx(2880)
    assert (features.km, features.climb_cost) == pytest.approx((8, 0))
    assert features.category_count[FLAT] == sum(features.category_count) == 8
    assert features.category_seconds[FLAT] == pytest.approx(2880)


def test_features_survive_storage_nan_included():
    features = features_of_recording(recording_of(UPS_AND_DOWNS, 0.4), "trail_run")
    again = ActivityFeatures.from_bytes(features.to_bytes())
    assert all(math.isnan(value) for f in (features, again) for value in (f.turn, f.winding))
    known, known_again = (msgspec.structs.replace(f, turn=0.5, winding=0.1) for f in (features, again))
    assert known == known_again


@pytest.mark.parametrize("tag", [b"AF2:", b"AF3:", b"AF3.84dfdb0b:", b"AF4:", b"AF4.0123abcd:", b"FP2:", b""])
def test_features_of_another_version_are_refused_by_its_name(tag: bytes):
    body = FEATURES_FORMAT.unpack(features_of_recording(recording_of(UPS_AND_DOWNS, 0.4), "trail_run").to_bytes())
    with pytest.raises(ValueError, match=tag.decode().removesuffix(":") or "no version"):
        ActivityFeatures.from_bytes(tag + body)


def test_nothing_in_the_features_says_where_or_at_what_hour():
    early = features_of_recording(recording_of(UPS_AND_DOWNS, 0.4, START), "run")
    late = features_of_recording(recording_of(UPS_AND_DOWNS, 0.4, START.replace(hour=20)), "run")
    assert early.to_bytes() == late.to_bytes()
    assert not {"lat", "lon", "position"} & {word for f in early.__struct_fields__ for word in f.split("_")}


def test_splits_with_the_whole_gain_tell_nearly_what_the_recording_tells():
    track = recording_of(UPS_AND_DOWNS, 0.4)
    # of the heights that gradients are made of, so that both tell of the same ground
    recording, gain_m = features_of_recording(track, "trail_run"), climbed_m(route_from_recording(track))
    plain, told = (
        features_of_splits(splits_of(UPS_AND_DOWNS, 400), "trail_run", START, 4000, 4100, gain_m=gain)
        for gain in (None, gain_m)
    )
    assert told.log_unit_time == pytest.approx(recording.log_unit_time, abs=0.03)
    assert plain.log_unit_time < recording.log_unit_time - 0.05
    assert told.source == "splits"
    assert (told.elapsed_ratio, told.km) == pytest.approx((1.025, 10))


def test_an_even_climb_is_the_same_from_splits_and_from_a_recording():
    slopes = np.full(1000, 0.1)
    recording = features_of_recording(recording_of(slopes, 0.4), "hike")
    splits = features_of_splits(splits_of(slopes, 500), "hike", START, recording.moving_s, recording.moving_s)
    assert splits.log_unit_time == pytest.approx(recording.log_unit_time, abs=1e-6)
    assert splits.category_count == recording.category_count


@pytest.mark.parametrize("s_per_km", [100, 4000])
def test_a_vehicle_or_a_pause_is_no_sample(s_per_km: float):
    features = features_of_splits(splits_of(np.zeros(300), s_per_km), "run", START, 3 * s_per_km, 3 * s_per_km)
    assert sum(features.category_count) == 0


def test_what_is_too_short_or_not_on_foot_is_not_usable():
    usable, short, driven = (
        features_of_splits([SplitSample(m, s, 0.0)], "run", START, s, s)
        for m, s in ((1000.0, 360.0), (300.0, 100.0), (9000.0, 600.0))
    )
    assert (usable.usable, short.usable, driven.usable) == (True, False, False)


def test_splits_that_go_nowhere_are_refused():
    with pytest.raises(ValueError, match="goes anywhere"):
        features_of_splits([SplitSample(0.0, 10.0, 0.0)], "run", START, 10, 10)
