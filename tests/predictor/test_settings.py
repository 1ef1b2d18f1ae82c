from __future__ import annotations

from datetime import datetime

import pytest

from predictor_service.settings import Settings
from servicekit.base.settings import SettingsError
from servicekit.base.vault import generate_setting

CANARY = "canary-0123456789-0123456789-0123"
IN_1, IN_2 = "in-1-" + 32 * "x", "in-2-" + 32 * "x"


KEYS = {"TOKEN_ENCRYPTION_KEYS": generate_setting()}


def test_nothing_but_the_keys_of_what_is_stored_needs_to_be_set():
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({})
    assert caught.value.problems == ("TOKEN_ENCRYPTION_KEYS: is missing",)
    settings = Settings.from_environ(KEYS)
    assert settings == Settings(settings.vault)


def test_the_shared_key_works_in_both_directions(now: datetime):
    settings = Settings.from_environ({**KEYS, "CROSS_SERVICE_API_KEY": CANARY})
    assert settings.api_keys.verify(CANARY, now) is not None
    assert settings.ayda_api_keys.sending(now).reveal() == CANARY


def test_a_key_of_one_direction_replaces_the_shared_one_there(now: datetime):
    settings = Settings.from_environ(
        {**KEYS, "CROSS_SERVICE_API_KEY": CANARY, "AYDA_TO_PREDICTOR_API_KEYS": f"new:{IN_1},old:{IN_2}@2027-01-01"}
    )
    assert [settings.api_keys.verify(key, now) for key in (IN_1, IN_2, CANARY)] == ["new", "old", None]
    assert settings.ayda_api_keys.sending(now).reveal() == CANARY


def test_secrets_do_not_show_in_the_repr():
    settings = Settings.from_environ(
        {
            "CROSS_SERVICE_API_KEY": CANARY,
            "DATABASE_URL": f"postgresql://ayda:{CANARY}@127.0.0.1/ayda",
            "STRAVA_CLIENT_ID": "7",
            "STRAVA_CLIENT_SECRET": CANARY,
            "TOKEN_ENCRYPTION_KEYS": generate_setting(),
            "REDIS_URL": f"redis://:{CANARY}@127.0.0.1",
        }
    )
    assert CANARY not in repr(settings)


def test_every_problem_is_told_at_once_and_no_value_with_it():
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(
            {
                "CROSS_SERVICE_API_KEY": f"not ascii \u00e9 {CANARY}",
                "DATABASE_URL": f"mysql://{CANARY}",
                "AYDA_RUN_API_URL": f"ftp://{CANARY}",
                "STRAVA_CLIENT_ID": "7",
                "STRAVA_READ_LIMITS": "2000,200",
                "SYNC_INTERVAL_MINUTES": "0",
                "LOG_FORMAT": CANARY,
            }
        )
    named = [problem.partition(":")[0] for problem in caught.value.problems]
    assert sorted(named) == [
        "AYDA_RUN_API_URL",
        "CROSS_SERVICE_API_KEY",
        "DATABASE_URL",
        "LOG_FORMAT",
        "STRAVA_CLIENT_SECRET",
        "STRAVA_READ_LIMITS",
        "SYNC_INTERVAL_MINUTES",
        "TOKEN_ENCRYPTION_KEYS",
    ]
    assert CANARY not in str(caught.value)


def test_limits_are_two_numbers():
    assert Settings.from_environ({**KEYS, "STRAVA_READ_LIMITS": "100, 1000"}).strava_read_limits == (100, 1000)
