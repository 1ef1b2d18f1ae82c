from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.strava.world.files import UnreadableFile, read_activity
from tests.simulators.strava.conformance import strava_with
from tests.simulators.strava.track_files import fit, gpx
from tests.trackfiles.malformed.writers import Point, fit_of, gpx_of, tcx_of
from tests.trackfiles.outings import outing


@settings(max_examples=120, deadline=None)
@given(kind=st.sampled_from(["fit", "gpx", "fit.gz", "gpx.gz", "tcx"]), noise=st.binary(max_size=200))
def test_noise_is_unreadable_and_nothing_worse(kind: str, noise: bytes) -> None:
    with contextlib.suppress(UnreadableFile):
        read_activity(noise, kind)


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 800), value=st.integers(0, 255), is_fit=st.booleans())
def test_one_wrong_byte_gives_an_activity_or_a_sentence(at: int, value: int, *, is_fit: bool) -> None:
    content = bytearray(fit() if is_fit else gpx(20))
    content[at % len(content)] = value
    with contextlib.suppress(UnreadableFile):
        activity = read_activity(bytes(content), "fit" if is_fit else "gpx")
        assert activity.track.size >= 2
        assert activity.track.length_m >= 0


@pytest.mark.parametrize("write", [gpx_of, tcx_of, fit_of])
def test_one_outing_is_one_activity_in_every_format(write: Callable[[list[Point], str], bytes]) -> None:
    activity = read_activity(write(outing(), "hiking"), "")
    assert activity.sport_type == "Hike"
    assert activity.track.length_m == pytest.approx(4000, rel=1e-3)
    assert activity.track.elapsed_time_s == 1720


async def test_a_recording_that_never_moves_is_still_shown() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    activity = strava.simulator.add_file_activity(athlete, read_activity(fit(step_m=0), "fit"))
    token = (await strava.connect(athlete))["access_token"]
    detail = (await strava.get(f"/activities/{activity}", token)).json()
    assert (detail["distance"], detail["moving_time"], detail["elapsed_time"]) == (0.0, 0, 118)
