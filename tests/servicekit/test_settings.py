from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.base.settings import Reader, Secret, SettingsError, load_environ


def test_every_problem_is_reported_at_once_and_by_name() -> None:
    environ = {
        "PORT": "canary",
        "URL": "ftp://canary",
        "FLAG": "canary",
        "MODE": "canary",
        "RATIO": "canary",
        "EMPTY": " ",
    }

    def read_all() -> None:
        with Reader(environ) as read:
            read.integer("PORT")
            read.url("URL")
            read.flag("FLAG")
            read.choice("MODE", ["off", "on"])
            read.number("RATIO", maximum=1)
            read.text("EMPTY")
            read.secret("KEY")
            read.parsed("PARSED", int)

    with pytest.raises(SettingsError) as caught:
        read_all()
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["PORT", "URL", "FLAG", "MODE", "RATIO", "EMPTY", "KEY", "PARSED"]
    assert "canary" not in str(caught.value)
    assert lines[-1] == "PARSED: is missing"


def test_good_values_arrive_typed() -> None:
    environ = {
        "PORT": "8000",
        "URL": "https://example.org/api/",
        "FLAG": "Yes",
        "MODE": "ON",
        "RATIO": "0.5",
        "KEY": "k",
    }
    with Reader(environ) as read:
        assert read.integer("PORT", maximum=65535) == 8000
        assert read.url("URL") == "https://example.org/api"
        assert read.flag("FLAG", default=False) is True
        assert read.choice("MODE", ["off", "on"]) == "on"
        assert read.number("RATIO") == 0.5
        assert read.secret("KEY").reveal() == "k"
        assert read.optional_secret("NOTHING") is None
        assert read.optional_url("NOTHING") is None
        assert (read.integer("NO", 7), read.flag("NO", default=False), read.text("NO", "x")) == (7, False, "x")
        assert read.integer("NO", 0) == 0


def test_a_crash_while_building_from_placeholders_is_told_as_the_settings_problem() -> None:
    with pytest.raises(SettingsError, match="PORT: is missing"), Reader({}) as read:
        _ = 1 / read.integer("PORT")


def test_a_crash_without_a_problem_is_itself() -> None:
    with pytest.raises(ZeroDivisionError), Reader({}):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "text",
    ["example.org", "http://", "http://a b", "https://x:99999999", "http://x?q=1", "//x", "http://[", "http://x:0"],
)
def test_an_address_must_be_absolute_http(text: str) -> None:
    with pytest.raises(SettingsError, match="URL: must be an absolute"), Reader({"URL": text}) as read:
        read.url("URL")


@given(st.text(min_size=4, alphabet=st.characters(exclude_characters="*()'Secret")))
def test_a_secret_never_shows_itself(value: str) -> None:
    secret = Secret(value)
    shown = f"{secret!r} {secret} {secret!s:>30} {[secret]} { ({'k': secret}) }"
    assert value not in shown or value.isspace()
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret == Secret(value)
    assert not hasattr(secret, "__dict__")


def test_a_copy_of_a_secret_is_the_secret() -> None:
    secret = Secret("x")
    assert copy.deepcopy([secret])[0] is secret


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=file\nB='quoted $A'\n# comment\nC\n")
    assert load_environ(file, {"A": "environment"}) == {"A": "environment", "B": "quoted $A"}
    assert load_environ(tmp_path / "absent", {"A": "1"}) == {"A": "1"}


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("in the file\n", encoding="utf-8")
    asked = {"STRAVA_CLIENT_SECRET_FILE": str(file), "PREDICTOR_DATABASE_URL_FILE": str(file)}
    found = load_environ(tmp_path / "absent", asked)
    assert found == {"STRAVA_CLIENT_SECRET": "in the file", "PREDICTOR_DATABASE_URL": "in the file"}


def test_what_is_set_wins_over_the_file_that_is_named(tmp_path: Path) -> None:
    asked = {"REDIS_URL": "set", "REDIS_URL_FILE": str(tmp_path / "absent")}
    assert load_environ(tmp_path / "absent", asked) == {"REDIS_URL": "set"}


def test_only_secrets_are_read_from_files(tmp_path: Path) -> None:
    asked = {"ERASURES_FILE": str(tmp_path / "list"), "LOG_LEVEL_FILE": str(tmp_path / "level")}
    assert load_environ(tmp_path / "absent", asked) == asked


def test_a_file_that_cannot_be_read_is_reported_by_the_name_of_its_variable(tmp_path: Path) -> None:
    missing = str(tmp_path / "absent")
    found = load_environ(tmp_path / "absent", {"TELEGRAM_BOT_TOKEN_FILE": missing, "ERASURES_KEY_FILE": missing})

    def read_all() -> None:
        with Reader(found, whole=True) as read:
            read.secret("TELEGRAM_BOT_TOKEN")
            read.optional_secret("ERASURES_KEY")

    with pytest.raises(SettingsError) as caught:
        read_all()
    assert caught.value.wrong == (
        "ERASURES_KEY_FILE: names a file that cannot be read",
        "TELEGRAM_BOT_TOKEN_FILE: names a file that cannot be read",
    )
    assert missing not in str(caught.value)
