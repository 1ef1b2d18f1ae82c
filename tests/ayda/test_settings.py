from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ayda_service.__main__ import AYDA
from ayda_service.settings import Settings
from servicekit.process import main
from servicekit.settings import SettingsError
from servicekit.vault import generate_setting

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NEEDED = {
    "STRAVA_CLIENT_ID": "4242",
    "STRAVA_CLIENT_SECRET": "a-client-secret",
    "TOKEN_ENCRYPTION_KEYS": generate_setting(),
    "TELEGRAM_BOT_TOKEN": "1:a-bot-token",
}


def test_four_variables_are_needed_and_all_that_are_missing_are_named():
    assert Settings.from_environ(NEEDED).predictor_url is None
    with pytest.raises(SettingsError) as told:
        Settings.from_environ({})
    named = {line.partition(":")[0] for line in told.value.problems}
    assert named == set(NEEDED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKEN_ENCRYPTION_KEYS", "k1:tooshort"),
        ("DATABASE_URL", "mysql://u:password-in-it@h/d"),
        ("GPX_PREDICTOR_API_URL", "predictor:8000"),
        ("PUBLIC_URL", "ftp://x"),
        ("LOG_LEVEL", "LOUD"),
        ("CROSS_SERVICE_API_KEY", "a key with spaces"),
        ("WORKER_EMBEDDED", "perhaps"),
        ("STRAVA_API_BASE", "strava/api/v3"),
        ("STRAVA_AUTO_UPLOAD", "perhaps"),
    ],
)
def test_a_bad_value_is_named_and_not_shown(name: str, value: str):
    with pytest.raises(SettingsError) as told:
        Settings.from_environ({**NEEDED, name: value})
    assert [line.partition(":")[0] for line in told.value.problems] == [name]
    assert "password-in-it" not in str(told.value)
    assert "tooshort" not in str(told.value)


def test_nothing_is_uploaded_unasked_unless_it_is_turned_on():
    assert Settings.from_environ(NEEDED).strava_auto_upload is False
    assert Settings.from_environ({**NEEDED, "STRAVA_AUTO_UPLOAD": "true"}).strava_auto_upload is True


def test_the_shared_key_serves_both_directions_unless_a_direction_has_its_own():
    shared = Settings.from_environ({**NEEDED, "CROSS_SERVICE_API_KEY": "shared-key"})
    assert shared.api_keys.verify("shared-key", NOW) is not None
    assert shared.predictor_api_keys.sending(NOW).reveal() == "shared-key"
    own = Settings.from_environ(
        {
            **NEEDED,
            "CROSS_SERVICE_API_KEY": "shared-key",
            "PREDICTOR_TO_AYDA_API_KEYS": "new:in-two,old:in-one",
            "AYDA_TO_PREDICTOR_API_KEYS": "o1:out-one",
        }
    )
    assert [own.api_keys.verify(key, NOW) for key in ("in-one", "in-two", "shared-key")] == ["old", "new", None]
    assert own.predictor_api_keys.sending(NOW).reveal() == "out-one"


def test_a_start_without_settings_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(str(tmp_path))
    for name in NEEDED:
        monkeypatch.delenv(name, raising=False)
    assert main(AYDA, ["web"]) == 2
    assert set(NEEDED) <= {line.partition(":")[0] for line in capsys.readouterr().err.splitlines()}
