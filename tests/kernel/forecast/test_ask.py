from __future__ import annotations

import numpy as np
import pytest

from kernel.contracts.prediction import CheckpointRequest
from kernel.forecast import CheckpointBeyondRoute, Course, Place, Question, ask, course_of, facts_of, predict
from kernel.tracks import Track, Waypoint
from tests.kernel.forecast.synthetic import flat_route, profile_of

HUT = CheckpointRequest("Hut", 3_000.0, stop_s=600.0)
LAKE = CheckpointRequest("Lake", 7_000.0, stop_s=60.0, cutoff_s=3_600.0)


def track() -> Track:
    """Ten kilometres due north of the equator, with a name halfway."""
    lat_deg = np.linspace(0.0, 0.09, 1001)
    named = (Waypoint("Half", 0.045, 77.0),)
    return Track(lat_deg, np.full(1001, 77.0), np.full(1001, 500.0), None, waypoints=named)


def test_a_course_has_the_places_its_track_names_and_begins_where_it_begins():
    course, _ = course_of(track())
    assert [place.name for place in course.checkpoints] == ["Half"]
    assert course.place == Place(0.0, 77.0)
    assert facts_of(course.route).distance_m == pytest.approx(10_000, abs=20)


def test_a_place_is_told_to_a_tenth_of_a_degree():
    assert Place(43.2578, 76.9512).coarse() == Place(43.3, 77.0)


def test_checkpoints_of_the_question_stand_in_for_those_of_the_course():
    course = Course(flat_route(10_000), [HUT])
    own, asked = (ask(course, Question(checkpoints=each), None) for each in ((), [LAKE]))
    assert [arrival.name for arrival in own.checkpoints] == ["Hut"]
    assert [arrival.name for arrival in asked.checkpoints] == ["Lake"]


def test_a_profile_is_asked_in_its_own_mode():
    with pytest.raises(ValueError, match="describes hiking, not trail_run"):
        ask(Course(flat_route(5_000)), Question(), profile_of("hiking", 3, 1))


def test_a_forecast_tells_of_any_place_what_it_would_tell_of_it_as_a_checkpoint():
    route, profile = flat_route(10_000), profile_of("trail_run", 20, 3)
    marks_m = [1_000.0, 5_000.0, 9_000.0]
    told = ask(Course(route), Question(checkpoints=[LAKE, HUT]), profile).arrivals(marks_m)
    marks = [CheckpointRequest("mark", at_m) for at_m in marks_m]
    anew = predict(route, mode="trail_run", profile=profile, checkpoints=[*marks, LAKE, HUT])
    assert told == anew.checkpoints
    with pytest.raises(CheckpointBeyondRoute):
        anew.arrivals([12_000.0])
