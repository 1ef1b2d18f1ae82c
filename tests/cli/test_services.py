"""`ayda serve`, `worker` and `migrate`: which settings are whose, and what is refused before anything runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.services import AYDA, PREDICTOR, environments
from servicekit.base.vault import KeySetting, generate_setting
from servicekit.data.migrations import check_drift
from tests.cli.conftest import Ayda
from tests.system.processes import ROOT


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env of this checkout, and nothing of what one may have set."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "PREDICTOR_DATABASE_URL", "GPX_PREDICTOR_API_URL", "AYDA_RUN_API_URL"):
        monkeypatch.delenv(name, raising=False)


def set_all(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_one_service_takes_the_environment_as_it_is(monkeypatch: pytest.MonkeyPatch):
    set_all(monkeypatch, DATABASE_URL="sqlite:///a.db", STRAVA_CLIENT_ID="1")
    for service in (AYDA, PREDICTOR):
        (environ,) = environments(service.name).values()
        assert (environ["DATABASE_URL"], environ["STRAVA_CLIENT_ID"]) == ("sqlite:///a.db", "1")


def test_of_both_each_has_its_own_database_and_only_ayda_the_strava_app(monkeypatch: pytest.MonkeyPatch):
    set_all(
        monkeypatch, DATABASE_URL="sqlite:///a.db", PREDICTOR_DATABASE_URL="sqlite:///p.db", STRAVA_CLIENT_ID="1"
    )  # fmt: skip
    both = environments(None)
    assert [both[each].get("DATABASE_URL") for each in (AYDA, PREDICTOR)] == ["sqlite:///a.db", "sqlite:///p.db"]
    assert [both[each].get("STRAVA_CLIENT_ID") for each in (AYDA, PREDICTOR)] == ["1", None]
    (alone,) = environments("predictor").values()
    assert alone["DATABASE_URL"] == "sqlite:///p.db"


def test_both_know_where_the_other_one_is_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AYDA_RUN_API_URL", "http://ayda.internal")
    both = environments(None)
    assert both[AYDA]["GPX_PREDICTOR_API_URL"] == "http://127.0.0.1:8000"
    assert both[PREDICTOR]["AYDA_RUN_API_URL"] == "http://ayda.internal"


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_one_database_for_both_is_refused(monkeypatch: pytest.MonkeyPatch, ayda: Ayda, command: str):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///one.db")
    said = ayda(command)
    assert said.code == 2
    assert said.err.startswith("one_database_each: Set PREDICTOR_DATABASE_URL too")
    assert not Path("one.db").exists()


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_start_without_settings_names_each_that_is_missing(ayda: Ayda, command: str):
    said = ayda(command)
    assert said.code == 2
    missing = {line.partition(":")[0] for line in said.err.splitlines()}
    assert {"STRAVA_CLIENT_ID", "STRAVA_CLIENT_SECRET", "TOKEN_ENCRYPTION_KEYS", "TELEGRAM_BOT_TOKEN"} <= missing


def test_a_port_is_of_one_service(ayda: Ayda):
    assert ayda("serve", "--port", 9000).err.startswith("bad_usage: ")


@pytest.mark.parametrize("service", ["ayda", "predictor"])
def test_a_migration_needs_the_address_of_its_database_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, ayda: Ayda, service: str
):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///migrated.db")
    assert ayda("migrate", service).code == 0
    assert check_drift(f"{service}_service", "sqlite:///migrated.db") == []


def test_without_a_name_both_are_migrated_where_they_are_by_default(ayda: Ayda):
    said = ayda("migrate")
    assert (said.code, said.err) == (0, "ayda: migrated.\npredictor: migrated.\n")
    assert sorted(path.name for path in Path("data").glob("*.db")) == ["ayda.db", "predictor.db"]


def test_an_address_that_is_none_is_said_before_anything_is_opened(monkeypatch: pytest.MonkeyPatch, ayda: Ayda):
    monkeypatch.setenv("DATABASE_URL", "mysql://here")
    said = ayda("migrate", "ayda")
    assert said.code == 2
    assert said.err.startswith("bad_settings: DATABASE_URL: ")


def test_the_predictors_keys_are_made_from_aydas_unless_it_has_its_own(monkeypatch: pytest.MonkeyPatch):
    keys = KeySetting.parse(f"{generate_setting('k2')},{generate_setting('k1')}")
    monkeypatch.setenv("TOKEN_ENCRYPTION_KEYS", keys.text)
    both = environments(None)
    assert both[AYDA]["TOKEN_ENCRYPTION_KEYS"] == keys.text
    made = KeySetting.parse(both[PREDICTOR]["TOKEN_ENCRYPTION_KEYS"])
    assert made.ids == keys.ids
    assert not set(made.pairs) & set(keys.pairs)
    assert environments(None)[PREDICTOR]["TOKEN_ENCRYPTION_KEYS"] == made.text, "the same at each start"
    own = generate_setting("own")
    monkeypatch.setenv("PREDICTOR_TOKEN_ENCRYPTION_KEYS", own)
    assert environments(None)[PREDICTOR]["TOKEN_ENCRYPTION_KEYS"] == own


def test_a_strava_app_of_the_predictors_own_needs_keys_of_its_own(monkeypatch: pytest.MonkeyPatch):
    set_all(monkeypatch, TOKEN_ENCRYPTION_KEYS=generate_setting(), PREDICTOR_STRAVA_CLIENT_ID="7")
    assert "TOKEN_ENCRYPTION_KEYS" not in environments(None)[PREDICTOR]


def test_keys_that_are_none_are_left_for_ayda_to_refuse(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKEN_ENCRYPTION_KEYS", "none")
    assert "TOKEN_ENCRYPTION_KEYS" not in environments(None)[PREDICTOR]


def test_the_process_that_watches_over_granian_holds_nothing_that_only_the_serving_one_needs():
    command = "import sys, cli.granian_parent; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, check=True, capture_output=True, text=True)
    loaded = done.stdout.split()
    assert "granian" in loaded
    assert not {"litestar", "sqlalchemy", "numpy", "httpx", "msgspec"} & set(loaded)
