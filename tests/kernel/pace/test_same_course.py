"""An outing is recognised along a course by how hard both are, and nothing of it says where they lie."""

from __future__ import annotations

from typing import get_type_hints

import msgspec
import numpy as np
import pytest
from hypothesis import given

from kernel.pace import features_of_recording
from kernel.pace.same_course import COURSE_FORMAT, CourseFeatures, course_features, unlikeness, went_along
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import gradients, recording_of, route_of

HILLS = np.tile(np.repeat([0.0, 0.12, -0.12, 0.05], 50), 4)


@given(gradients)
def test_whoever_goes_a_course_is_recognised_at_any_pace(slopes: FloatArray):
    course = course_features(route_of(slopes), "run")
    for s_per_m in (0.25, 0.9):
        outing = features_of_recording(recording_of(slopes, s_per_m), "trail_run")
        assert went_along(course, outing)
        assert unlikeness(course, outing) < 0.2


@pytest.mark.parametrize(
    "other",
    [np.concatenate((HILLS, np.zeros(100))), 1.4 * HILLS, 0.5 * HILLS, np.full(len(HILLS), HILLS.mean())],
    ids=["longer", "steeper", "gentler", "as high, without hills"],
)
def test_another_course_is_not_taken_for_it(other: FloatArray):
    course = course_features(route_of(HILLS), "run")
    assert not went_along(course, features_of_recording(recording_of(other, 0.4), "trail_run"))


def test_a_walk_is_no_run_along_a_course():
    course = course_features(route_of(HILLS), "run")
    assert not went_along(course, features_of_recording(recording_of(HILLS, 0.8), "hike"))


def test_what_is_kept_of_a_course_has_no_place_and_no_order():
    kept = get_type_hints(CourseFeatures)
    assert not {"lat", "lon", "position", "elevation"} & {word for name in kept for word in name.split("_")}
    # swapping its kilometres changes nothing that is kept
    halves = np.concatenate((np.full(300, 0.08), np.full(300, -0.05)))
    there, back = (course_features(route_of(slopes), "run") for slopes in (halves, halves[::-1]))
    assert there.log_unit_time == pytest.approx(back.log_unit_time, abs=2e-3)
    assert len(there.to_bytes()) < 300


def test_a_course_survives_storage_and_one_of_other_numbers_is_refused_by_its_name():
    course = msgspec.structs.replace(course_features(route_of(HILLS), "run"), turn=0.5)
    assert CourseFeatures.from_bytes(course.to_bytes()) == course
    body = COURSE_FORMAT.unpack(course.to_bytes())
    with pytest.raises(ValueError, match=r"CS1\.0123abcd"):
        CourseFeatures.from_bytes(b"CS1.0123abcd:" + body)


@pytest.mark.parametrize(("turn", "alike"), [(float("nan"), True), (0.6, True), (1.4, False)])
def test_turning_counts_where_it_is_known(turn: float, alike: bool):
    course = msgspec.structs.replace(course_features(route_of(HILLS), "run"), turn=0.5)
    outing = features_of_recording(recording_of(HILLS, 0.4), "trail_run")
    assert went_along(course, msgspec.structs.replace(outing, turn=turn)) is alike
