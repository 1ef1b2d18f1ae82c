from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ayda_service.settings import Settings
from cli.main import main
from servicekit.base.settings import SettingsError
from servicekit.base.vault import generate_setting

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
    with pytest.raises(SystemExit) as left:
        main(["serve", "ayda"])
    assert left.value.code == 2
    assert set(NEEDED) <= {line.partition(":")[0] for line in capsys.readouterr().err.splitlines()}


TOKEN = {"STRAVA_WEBHOOK_VERIFY_TOKEN": "a-verify-token-0000"}
SIGNED = {**TOKEN, "STRAVA_WEBHOOK_SIGNING_SECRETS": "a-signing-secret-0, a-signing-secret-1"}


def test_webhooks_are_off_without_a_verify_token():
    assert Settings.from_environ(NEEDED).webhooks is None


def test_with_signing_secrets_signatures_are_verified_unless_told_otherwise():
    plain, signed = (Settings.from_environ({**NEEDED, **more}).webhooks for more in (TOKEN, SIGNED))
    required = Settings.from_environ({**NEEDED, **SIGNED, "STRAVA_WEBHOOK_SIGNATURE": "require"}).webhooks
    assert plain is not None
    assert signed is not None
    assert required is not None
    assert (plain.signature, signed.signature, required.signature) == ("off", "verify", "require")
    assert len(signed.signing_secrets) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"STRAVA_WEBHOOK_VERIFY_TOKEN": "short"},
        {"STRAVA_WEBHOOK_SIGNATURE": "require"},
        {"STRAVA_WEBHOOK_SIGNATURE": "perhaps"},
        {"STRAVA_WEBHOOK_SIGNING_SECRETS": "a-signing-secret-0,short"},
    ],
)
def test_webhook_settings_that_make_no_sense_are_named(wrong: dict[str, str]):
    with pytest.raises(SettingsError) as told:
        Settings.from_environ({**NEEDED, **wrong})
    (name,) = wrong
    assert any(line.startswith(name) for line in told.value.problems)


def test_everything_secret_about_webhooks_is_known_as_secret():
    secrets = {secret.reveal() for secret in Settings.from_environ({**NEEDED, **SIGNED}).secrets}
    settings = Settings.from_environ({**NEEDED, **SIGNED}).webhooks
    assert settings is not None
    assert {"a-verify-token-0000", "a-signing-secret-0", settings.path_secret.reveal()} <= secrets
