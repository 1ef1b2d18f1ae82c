"""A guest's profile opens for its sealer, for a month, for this version of the program, and unchanged."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kernel.contracts.guest import GuestQuestion
from kernel.contracts.prediction import Mode
from kernel.forecast import MODEL, FittedProfile, fit_profile
from predictor_service.errors import BadGuestProfile, GuestProfileExpired
from predictor_service.guests.seals import GUEST_PROFILE, KEPT, GuestSeals
from servicekit.base.vault import Vault
from tests.kernel.forecast.synthetic import TODAY_DAY, history_of, profile_of
from tests.predictor.support import VAULT

NOW = datetime(2026, 6, 1, 12, 0, 0, 250_000, tzinfo=UTC)
SEALS = GuestSeals(VAULT)
FITTED = profile_of("trail_run", 3, 1)
SEALED, UNTIL = SEALS.seal({"trail_run": FITTED}, NOW)
HEAD = SEALED[: SEALED.rindex(".") + 1]
ALPHABET = "ABCXYZabcxyz0189-_.=+/ é"


def inside(**changes: object) -> str:
    """A seal of ours with something else in it."""
    packed = base64.b85encode(FITTED.to_bytes()).decode()
    content = {"model": MODEL, "expires_at": UNTIL, "fitted": {"trail_run": packed}, **changes}
    return VAULT.seal(msgspec.json.encode(content).decode(), subject="guest", purpose=GUEST_PROFILE)


def test_it_opens_to_what_was_fitted_and_to_nothing_of_another_mode():
    opened = SEALS.open(SEALED, "trail_run", NOW)
    assert opened is not None
    assert opened.to_bytes() == FITTED.to_bytes()
    assert SEALS.open(SEALED, "hiking", NOW) is None
    assert SEALS.open(inside(), "trail_run", NOW) is not None


def test_it_opens_for_thirty_days_and_not_a_second_longer():
    assert NOW.replace(microsecond=0) + timedelta(days=30) == UNTIL
    assert SEALS.open(SEALED, "trail_run", UNTIL - timedelta(seconds=1)) is not None
    for later in (UNTIL, UNTIL + timedelta(days=1)):
        with pytest.raises(GuestProfileExpired):
            SEALS.open(SEALED, "trail_run", later)


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "pace-curve/0"},
        {"fitted": {"trail_run": base64.b85encode(b"FP2.00000000:" + FITTED.to_bytes()[13:]).decode()}},
        {"fitted": {"trail_run": "no base 85 \x00"}},
        {"fitted": {"flying": ""}},
        {"expires_at": None},
    ],
    ids=["another model", "other numbers", "no bytes", "another mode", "no time"],
)
def test_one_of_another_version_is_out_of_date(changes: dict[str, object]):
    with pytest.raises(GuestProfileExpired):
        SEALS.open(inside(**changes), "trail_run", NOW)


@settings(max_examples=1500, deadline=None)
@given(position=st.integers(0, len(SEALED) - 1), character=st.one_of(st.sampled_from(ALPHABET), st.characters()))
def test_no_changed_character_opens(position: int, character: str):
    changed = SEALED[:position] + character + SEALED[position + 1 :]
    assume(changed != SEALED)
    with pytest.raises(BadGuestProfile):
        SEALS.open(changed, "trail_run", NOW)


@settings(max_examples=300, deadline=None)
@given(length=st.integers(0, len(SEALED)), tail=st.text(max_size=9))
def test_none_that_was_cut_or_grew_opens(length: int, tail: str):
    changed = SEALED[:length] + tail
    assume(changed != SEALED)
    with pytest.raises(BadGuestProfile):
        SEALS.open(changed, "trail_run", NOW)


@given(st.text(max_size=300))
def test_no_other_text_opens(text: str):
    with pytest.raises(BadGuestProfile):
        SEALS.open(text, "trail_run", NOW)
    with pytest.raises(BadGuestProfile):
        SEALS.open(HEAD + text, "trail_run", NOW)


def test_what_the_vault_seals_for_others_opens_as_no_profile():
    for subject, purpose in (("guest", "import_archive_key"), ("athlete:7", GUEST_PROFILE)):
        with pytest.raises(BadGuestProfile):
            SEALS.open(VAULT.seal("{}", subject=subject, purpose=purpose), "trail_run", NOW)


def test_it_opens_after_a_rotation_until_its_key_is_gone():
    old, new = bytes(range(32)), bytes(32)
    assert GuestSeals(Vault({"k2": new, "k1": old})).open(SEALED, "trail_run", NOW) is not None
    with pytest.raises(BadGuestProfile):
        GuestSeals(Vault({"k2": new})).open(SEALED, "trail_run", NOW)


def test_the_longest_past_of_both_ways_to_go_fits_into_a_question():
    history = [*history_of("trail_run", 200, 1), *history_of("hiking", 200, 2)]
    modes: tuple[Mode, ...] = ("trail_run", "hiking")
    fitted: dict[Mode, FittedProfile] = {}
    for mode in modes:
        found = fit_profile(history, mode, today_day=TODAY_DAY)
        assert found is not None
        fitted[mode] = found
    sealed, _until = SEALS.seal(fitted, NOW)
    assert 40_000 < len(sealed) <= 64_000
    asked = msgspec.json.encode(GuestQuestion(profile=sealed))
    assert msgspec.json.decode(asked, type=GuestQuestion).profile == sealed


def test_it_is_bound_to_nobody():
    again, _until = SEALS.seal({"trail_run": FITTED}, NOW)
    assert again != SEALED
    assert len(again) == len(SEALED)
    assert timedelta(days=30) == KEPT
