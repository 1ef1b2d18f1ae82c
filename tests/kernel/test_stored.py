"""What is stored depends on what was fitted: the tag of stored bytes moves with the numbers behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np
import pytest

from kernel.contracts.activity import SportTag
from kernel.contracts.prediction import Mode
from kernel.fitted import (
    CURVE_PERCENT,
    CURVE_RELATIVE_PACE,
    FADE,
    FADE_FROM_S,
    NIGHT_S,
    PACE,
    PRIOR_LOG_S_PER_M,
    STOPS,
    STUDENT_NU,
    UNTOLD_SD,
    USUAL_LOG_STOPS,
    USUAL_NOISE_FACTOR,
    WINDING_RAD,
    Kind,
)
from kernel.forecast.fitted_profile import PROFILE_FORMAT, profile_format
from kernel.pace import FEATURES_FORMAT, ActivityFeatures, features_of_recording, features_of_splits
from kernel.pace.features import features_format, features_of_paced_route
from kernel.stored import Format, digest_of
from kernel.tracks import route_from_recording
from tests.kernel.forecast.synthetic import START, profile_of, recording_of
from tests.kernel.pace.test_features import UPS_AND_DOWNS, climbed_m, splits_of

OTHER: dict[Kind, Kind] = {"run": "walk", "walk": "run"}
SPORT: dict[Kind, SportTag] = {"run": "trail_run", "walk": "hike"}
MODE: dict[Kind, Mode] = {"run": "trail_run", "walk": "hiking"}
KNOTS = [(kind, knot) for kind in OTHER for knot in range(len(CURVE_PERCENT))]

MEASURED = {"run": ("AF4.a90e00cb", "39b3aab7"), "walk": ("AF4.efcc4a99", "ae8e8552")}
FITTED = {"run": ("FP5.80bd3664", "e7867690"), "walk": ("FP5.80bd3664", "e2032fb3")}
"""Of each kind the tag, and a digest of what made-up features or a made-up profile are under it.

Where only the digest differs, code has changed what is stored: count the version of its format up.
"""


def knot_moved(kind: Kind, knot: int) -> dict[Kind, tuple[float, ...]]:
    pace = list(CURVE_RELATIVE_PACE[kind])
    pace[knot] *= 1.03
    return {**CURVE_RELATIVE_PACE, kind: tuple(pace)}


def other_profiles() -> Iterator[tuple[str, Format]]:
    """The format of profiles with one number moved that both kinds rest on."""
    for kind, knot in KNOTS:
        yield f"knot {kind} {knot}", profile_format(features_format(relative_pace=knot_moved(kind, knot)).digests)
    for each in fields(PACE):
        for i, numbers in enumerate((PACE, STOPS)):
            pair = [PACE, STOPS]
            pair[i] = replace(numbers, **{each.name: 0.001 + 1.03 * getattr(numbers, each.name)})
            yield f"{each.name} of {('pace', 'stops')[i]}", profile_format(processes=(pair[0], pair[1]))
    yield "student", profile_format(student_nu=1.03 * STUDENT_NU)
    yield "fade", profile_format(fade=(1.03 * FADE, FADE_FROM_S))
    yield "untold", profile_format(untold_sd=1.03 * UNTOLD_SD)
    yield "night", profile_format(night_s=(1.03 * NIGHT_S[0], NIGHT_S[1]))
    yield "walk before a night", profile_format(night_s=(NIGHT_S[0], 1.03 * NIGHT_S[1]))
    for kind in OTHER:
        yield f"fade {kind}", profile_format(fade=(FADE, {**FADE_FROM_S, kind: 1.03 * FADE_FROM_S[kind]}))
        prior = {**PRIOR_LOG_S_PER_M, kind: 1.03 * PRIOR_LOG_S_PER_M[kind]}
        stops = {**USUAL_LOG_STOPS, kind: 1.03 * USUAL_LOG_STOPS[kind]}
        yield f"prior {kind}", profile_format(usual=(prior, USUAL_LOG_STOPS))
        yield f"stops {kind}", profile_format(usual=(PRIOR_LOG_S_PER_M, stops))


@pytest.mark.parametrize(("kind", "knot"), KNOTS)
def test_a_moved_knot_makes_features_of_its_kind_and_no_others_be_measured_again(kind: Kind, knot: int):
    changed, other = features_format(relative_pace=knot_moved(kind, knot)), OTHER[kind]
    old = FEATURES_FORMAT.pack(kind, b"old")
    assert FEATURES_FORMAT.unpack(old) == b"old"
    with pytest.raises(ValueError, match="these bytes are of AF4"):
        changed.unpack(old)
    assert changed.unpack(FEATURES_FORMAT.pack(other, b"kept")) == b"kept"


def test_what_counts_as_winding_is_behind_the_features_of_both_kinds():
    changed = features_format(winding_rad=1.03 * WINDING_RAD)
    assert not set(changed.tags) & set(FEATURES_FORMAT.tags)


def test_each_number_that_profiles_rest_on_makes_them_be_fitted_again():
    unmoved = [name for name, changed in other_profiles() if set(changed.tags) & set(PROFILE_FORMAT.tags)]
    assert unmoved == []


@pytest.mark.parametrize("kind", OTHER)
def test_how_wide_a_newcomers_band_is_is_behind_the_profiles_of_its_kind_only(kind: Kind):
    changed = profile_format(noise_factor={**USUAL_NOISE_FACTOR, kind: 1.03 * USUAL_NOISE_FACTOR[kind]})
    assert {each for each in OTHER if changed.digests[each] != PROFILE_FORMAT.digests[each]} == {kind}


@pytest.mark.parametrize("kind", OTHER)
def test_features_and_their_tag_change_together(kind: Kind):
    recording, sport = recording_of(UPS_AND_DOWNS, 0.4), SPORT[kind]
    route = route_from_recording(recording)
    winding = route.with_turn(np.linspace(0.0, 3.0, len(route.gradient)))
    made = [
        features_of_recording(recording, sport),
        features_of_paced_route(recording, winding, sport),
        features_of_splits(splits_of(UPS_AND_DOWNS, 400), sport, START, 4000, 4100, gain_m=climbed_m(route)),
    ]
    numbers = [rounded(value) for one in made for value in values_of(one)]
    assert (tag_of(made[0].to_bytes()), digest_of(numbers)) == MEASURED[kind]


@pytest.mark.parametrize("kind", OTHER)
def test_a_profile_and_its_tag_change_together(kind: Kind):
    profile = profile_of(MODE[kind], 40, 3)
    outings = [getattr(profile.outings, each.name) for each in fields(profile.outings)]
    usual = [getattr(profile.usual, each.name) for each in fields(profile.usual)]
    learned = [profile.pace.posterior, profile.stops.posterior]
    arrays = [*outings, *usual, *(each for one in learned for each in (one.alpha, one.noise, one.left_out_z))]
    numbers = [rounded(value) for each in arrays for value in each.tolist()]
    numbers += [rounded(value) for one in learned for value in (one.level, one.noise_factor)]
    numbers += [rounded(profile.facts.flat_pace_s_per_km), rounded(profile.facts.longest_km)]
    assert (tag_of(profile.to_bytes()), digest_of(numbers)) == FITTED[kind]


def tag_of(packed: bytes) -> str:
    return packed[: packed.index(b":")].decode()


def values_of(features: ActivityFeatures) -> Iterator[object]:
    for name in features.__struct_fields__:
        value = getattr(features, name)
        yield from value if isinstance(value, tuple) else (value,)


def rounded(value: object) -> object:
    """To a millionth, as machines differ in the last bits."""
    return f"{value + 0.0:.6f}".replace("-0.000000", "0.000000") if isinstance(value, float) else value
