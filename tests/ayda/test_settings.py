from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime

import pytest

from ayda_service.settings import Settings
from cli.main import main
from predictor_service.settings import Settings as PredictorSettings
from servicekit.base.settings import SettingsError
from servicekit.base.variables import OF_SERVICES
from servicekit.base.vault import generate_setting

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SHARED, IN_ONE, IN_TWO, OUT_ONE = (f"{name}-key-0000000000000000000000000" for name in ("shared", "in1", "in2", "out1"))
NEEDED = {
    "STRAVA_CLIENT_ID": "4242",
    "STRAVA_CLIENT_SECRET": "a-client-secret",
    "TOKEN_ENCRYPTION_KEYS": generate_setting(),
    "TELEGRAM_BOT_TOKEN": "123456789:" + "a-bot-token" * 3 + "xx",
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
        ("CROSS_SERVICE_API_KEY", "tooshort-key-of-only-31-letters"),
        ("AYDA_TO_PREDICTOR_API_KEYS", f"a:{SHARED},b:tooshort"),
        ("TELEGRAM_BOT_TOKEN", "123456789:tooshort"),
        ("TELEGRAM_BOT_TOKEN", "password-in-it"),
        ("REDIS_URL", "http://:password-in-it@h"),
        ("REDIS_URL", "redis://h/tooshort"),
        ("DATABASE_WAIT_S", "0"),
        ("WORKER_EMBEDDED", "perhaps"),
        ("STRAVA_API_BASE", "strava/api/v3"),
        ("STRAVA_AUTO_UPLOAD", "perhaps"),
        ("GUEST_PREDICTIONS", "perhaps"),
        ("MINI_APP_FRAMED_BY", "https://web.telegram.org/tooshort"),
        ("MINI_APP_FRAMED_BY", "https://a.example; script-src *"),
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


def test_what_a_member_may_ask_in_a_day_can_be_set():
    told = {"PREDICTIONS": "5", "ROUTES": "6", "MATCHING": "7", "IMPORTS": "8"}
    environ = {f"MEMBER_{name}_PER_DAY": value for name, value in told.items()}
    budgets = Settings.from_environ({**NEEDED, **environ}).budgets
    assert (budgets.predictions_per_day, budgets.routes_per_day, budgets.matching_per_day) == (5, 6, 7)
    assert budgets.imports_per_day == 8


def test_guests_are_served_unless_they_are_turned_away():
    assert Settings.from_environ(NEEDED).guest_predictions is True
    assert Settings.from_environ({**NEEDED, "GUEST_PREDICTIONS": "off"}).guest_predictions is False


def test_how_many_predictions_guests_may_have_in_a_day_can_be_set():
    assert Settings.from_environ(NEEDED).guest_predictions_per_day == 300
    assert Settings.from_environ({**NEEDED, "GUEST_PREDICTIONS_PER_DAY": "7"}).guest_predictions_per_day == 7
    with pytest.raises(SettingsError):
        Settings.from_environ({**NEEDED, "GUEST_PREDICTIONS_PER_DAY": "0"})


def test_links_lead_to_the_bot_where_its_telegram_is():
    named = NEEDED | {"TELEGRAM_BOT_NAME": "ayda_bot"}
    assert Settings.from_environ(named).bot_link == "https://t.me/ayda_bot"
    here = {"TELEGRAM_LINK_BASE": "http://127.0.0.1:8091/t.me"}
    assert Settings.from_environ(named | here).bot_link == "http://127.0.0.1:8091/t.me/ayda_bot"
    assert Settings.from_environ(NEEDED).bot_link is None


APPS = [
    ("https://ayda.example", "https://api.telegram.org", "https://ayda.example/app"),
    ("http://ayda.example", "https://api.telegram.org", None),
    ("http://127.0.0.1:8001", "https://api.telegram.org", None),
    ("http://127.0.0.1:8001", "http://127.0.0.1:8081", "http://127.0.0.1:8001/app"),
    ("http://localhost:8001", "http://[::1]:8081", "http://localhost:8001/app"),
    ("http://ayda.localhost:8001", "http://telegram.localhost:8091", "http://ayda.localhost:8001/app"),
    ("http://ayda.example", "http://127.0.0.1:8081", None),
]


@pytest.mark.parametrize(("public_url", "api_base", "app"), APPS)
def test_telegram_opens_a_mini_app_by_https_and_a_simulated_one_on_its_own_machine(
    public_url: str, api_base: str, app: str | None
):
    environ = {**NEEDED, "PUBLIC_URL": public_url, "TELEGRAM_API_BASE": api_base}
    assert Settings.from_environ(environ).app_url == app


def test_telegram_frames_the_mini_app_unless_others_are_named():
    assert Settings.from_environ(NEEDED).page_framed_by == ("https://web.telegram.org",)
    named = {"MINI_APP_FRAMED_BY": "https://web.telegram.org, http://127.0.0.1:8002"}
    assert Settings.from_environ({**NEEDED, **named}).page_framed_by == (
        "https://web.telegram.org",
        "http://127.0.0.1:8002",
    )


def test_the_shared_key_serves_both_directions_unless_a_direction_has_its_own():
    shared = Settings.from_environ({**NEEDED, "CROSS_SERVICE_API_KEY": SHARED})
    assert shared.api_keys.verify(SHARED, NOW) is not None
    assert shared.predictor_api_keys.sending(NOW).reveal() == SHARED
    own = Settings.from_environ(
        {
            **NEEDED,
            "CROSS_SERVICE_API_KEY": SHARED,
            "PREDICTOR_TO_AYDA_API_KEYS": f"new:{IN_TWO},old:{IN_ONE}",
            "AYDA_TO_PREDICTOR_API_KEYS": f"o1:{OUT_ONE}",
        }
    )
    assert [own.api_keys.verify(key, NOW) for key in (IN_ONE, IN_TWO, SHARED)] == ["old", "new", None]
    assert own.predictor_api_keys.sending(NOW).reveal() == OUT_ONE


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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("STRAVA_CLIENT_SECERT", "is no setting; did you mean STRAVA_CLIENT_SECRET?"),
        ("TELEGRAM_BOT_TOKN", "is no setting; did you mean TELEGRAM_BOT_TOKEN?"),
        ("STRAVA_WEBHOOK_VERIFY_TOKENS", "is no setting; did you mean STRAVA_WEBHOOK_VERIFY_TOKEN?"),
        ("PREDICTOR_TO_AYDA_API_KEY", "is no setting; did you mean PREDICTOR_TO_AYDA_API_KEYS?"),
        ("AYDA_WINDOW_COLOUR", "is no setting"),
    ],
)
def test_a_variable_that_begins_like_ours_and_is_none_is_misspelt(name: str, said: str):
    with pytest.raises(SettingsError) as told:
        Settings.from_environ({**NEEDED, name: "tooshort"})
    assert told.value.problems == (f"{name}: {said}",)


def test_what_belongs_to_the_other_service_to_tools_or_to_the_platform_is_none_of_these():
    others = ["STRAVA_READ_LIMITS", "AYDA_RUN_API_URL", "PREDICTOR_DATABASE_URL", "AYDA_TEST_POSTGRES", "AYDA_DRILL",
              "PREDICTOR_SERVICE_HOST", "PREDICTOR_SERVICE_PORT_HTTP", "PREDICTOR_PORT", "AYDA_PORT_8001_TCP_ADDR",
              "STRAVAGANZA", "PATH"]  # fmt: skip
    Settings.from_environ({**NEEDED, **dict.fromkeys(others, "x")})


def test_every_variable_of_either_service_is_known_to_the_other():
    for settings in (Settings, PredictorSettings):
        source = inspect.getsource(inspect.getmodule(settings) or settings)
        named = set(re.findall(r'"((?:AYDA|PREDICTOR|STRAVA|TELEGRAM)_[A-Z_]+)"', source))
        assert named <= OF_SERVICES
