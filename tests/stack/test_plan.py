"""What compose.yaml promises, read from the file itself."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import ayda_service.settings
import predictor_service.settings
from cli.services import OF_EACH, PREFIX
from servicekit.base.settings import SettingsError
from servicekit.base.variables import SECRETS
from tests.stack.plan import (
    COMPOSE,
    ROOT,
    SIMULATED,
    BadPlan,
    Planned,
    document,
    filled_in,
    services,
    variables_in,
    variables_of,
)
from tests.stack.translated import Translation

EXAMPLE = ROOT / ".env.example"
READ = {"ayda": ayda_service.settings.Settings, "predictor": predictor_service.settings.Settings}
OF_COMPOSE = {"IMAGE_TAG", "POSTGRES_PASSWORD", "POSTGRES_AYDA_PASSWORD", "POSTGRES_PREDICTOR_PASSWORD"}
"""Of the file alone: no service reads them."""
SET_BY_COMPOSE = {"DATABASE_URL", "REDIS_URL", "GPX_PREDICTOR_API_URL", "AYDA_RUN_API_URL", "WORKER_EMBEDDED"}
SET_BY_COMPOSE |= {"ERASURES_FILE", "IMPORTS_FOLDER"}
"""What the file knows better than whoever installs it."""
KNOWN = {
    *("image", "build", "user", "read_only", "tmpfs", "cap_drop", "security_opt", "init", "restart", "ulimits"),
    *("stop_grace_period", "stop_signal", "logging", "deploy", "environment", "command", "volumes", "networks"),
    *("expose", "ports", "healthcheck", "depends_on", "profiles", "shm_size"),
}
CONDITIONS = {"service_healthy", "service_completed_successfully"}


class Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: Mapping[str, str] = {}) -> None:
        super().__init__(values)
        self.names = set[str]()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def read_by(service: str) -> set[str]:
    """The settings of a service."""
    asked = Asked()
    with pytest.raises(SettingsError):
        READ[service].from_environ(asked)
    return asked.names


def entries() -> dict[str, Any]:
    found = document()["services"]
    assert isinstance(found, dict)
    return found


def simulated() -> dict[str, Planned]:
    return services(variables_of(SIMULATED), profiles={"simulated"})


def everything() -> dict[str, Planned]:
    return services(variables_of(SIMULATED), profiles={"simulated", "sight"})


def named_in_example() -> set[str]:
    """Set or suggested there: `NAME=` and `# NAME=`."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    names = (line.removeprefix("# ").partition("=")[0] for line in lines if "=" in line)
    return {name for name in names if name and name.isidentifier() and name.isupper()}


@pytest.mark.parametrize("name", ["ayda-web", "ayda-worker", "predictor-web", "predictor-worker"])
def test_each_process_is_told_every_setting_that_it_reads_and_no_other(name: str):
    told = entries()[name]["environment"].keys() - {"TMPDIR"}
    assert told == read_by(name.partition("-")[0])


@pytest.mark.parametrize("name", ["ayda-web", "ayda-worker", "predictor-web", "predictor-worker"])
def test_the_settings_of_the_simulated_house_are_taken(name: str):
    READ[name.partition("-")[0]].from_environ(simulated()[name].environment)


def test_the_example_names_every_variable_there_is_and_no_other():
    both = read_by("ayda") | read_by("predictor")
    everything = both | {f"{PREFIX}{name}" for name in OF_EACH} | OF_COMPOSE
    assert named_in_example() == everything
    asked_for = variables_in(COMPOSE.read_text(encoding="utf-8")) | passed_through()
    assert asked_for <= everything
    assert everything - asked_for == SET_BY_COMPOSE | {f"{PREFIX}DATABASE_URL"}


def passed_through() -> set[str]:
    environments = (entry.get("environment", {}) for entry in entries().values())
    return {name for environment in environments for name, value in environment.items() if value is None}


def test_the_predictor_is_told_no_secret_of_ayda_but_their_common_key_the_operators_and_the_collectors():
    ours, theirs = (entries()[name]["environment"] for name in ("ayda-web", "predictor-web"))
    shared = {name for name in SECRETS if name in ours and name in theirs and ours[name] == theirs[name]}
    assert shared == {
        "CROSS_SERVICE_API_KEY", "AYDA_TO_PREDICTOR_API_KEYS", "PREDICTOR_TO_AYDA_API_KEYS", "REDIS_URL",
        "OPERATOR_KEY", "OTEL_EXPORTER_OTLP_HEADERS",
    }  # fmt: skip
    assert "TELEGRAM_BOT_TOKEN" not in theirs


def test_who_sets_nothing_is_told_the_first_variable_that_is_needed():
    with pytest.raises(BadPlan, match=r"^POSTGRES_PASSWORD: set it in \.env$"):
        services({}, profiles=set())


def test_only_known_words_stand_in_the_file():
    assert document().keys() - {"name", "services", "networks", "volumes"} == {
        name for name in document() if name.startswith("x-")
    }
    for name, entry in entries().items():
        assert entry.keys() <= KNOWN, name


def test_every_process_can_write_nothing_but_its_volumes_and_is_nobody():
    for name, entry in entries().items():
        assert entry["read_only"] is True, name
        assert entry["user"] not in {"", "0", "root"}, name
        assert entry["cap_drop"] == ["ALL"], name
        assert entry["security_opt"] == ["no-new-privileges:true"], name
        assert not entry.get("privileged"), name


def test_every_process_has_bounds_and_ends_in_time():
    for name, entry in entries().items():
        limits = entry["deploy"]["resources"]["limits"]
        assert limits.keys() == {"cpus", "memory", "pids"}, name
        assert entry["logging"]["options"]["max-size"], name
        assert entry["stop_grace_period"], name


def test_what_serves_or_works_comes_back_and_is_looked_at_and_what_migrates_runs_once():
    for service in everything().values():
        assert service.restart == ("no" if service.name.startswith("migrate-") else "unless-stopped")
        assert (service.health is None) == service.once, service.name


def test_nobody_starts_before_what_they_need_is_there():
    planned = simulated()
    for service in planned.values():
        assert set(service.after.values()) <= CONDITIONS
        for other, condition in service.after.items():
            assert (condition == "service_completed_successfully") == planned[other].once
    for name in ("ayda", "predictor"):
        for process in ("web", "worker"):
            assert planned[f"{name}-{process}"].after.keys() == {f"migrate-{name}", "valkey"}
    order = list(planned)
    assert all(order.index(other) < order.index(name) for name, service in planned.items() for other in service.after)


def test_what_runs_once_is_waited_for_or_up_would_wait_for_it_in_vain():
    planned = simulated()
    awaited = {other for service in planned.values() for other in service.after}
    assert {service.name for service in planned.values() if service.once} <= awaited


def test_nothing_is_reached_from_outside_of_the_machine():
    published = [port for entry in entries().values() for port in entry.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert [port for name in ("postgres", "valkey") for port in entries()[name].get("ports", ())] == []


def test_stores_have_no_way_out_and_what_asks_strava_has_one():
    assert document()["networks"]["back"]["internal"] is True
    for name in ("postgres", "valkey"):
        assert entries()[name]["networks"] == ["back"]
    for name in ("ayda-web", "ayda-worker", "predictor-web", "predictor-worker"):
        assert set(entries()[name]["networks"]) == {"front", "back"}


def test_the_proxy_that_is_believed_is_the_gateway_of_the_published_network():
    (network,) = document()["networks"]["front"]["ipam"]["config"]
    assert simulated()["ayda-web"].environment["FORWARDED_ALLOW_IPS"] == network["gateway"]


def test_what_one_process_leaves_for_another_lies_in_the_same_volume():
    mounts = {name: service.mounts for name, service in everything().items()}
    assert mounts["predictor-web"]["/data/imports"] == mounts["predictor-worker"]["/data/imports"]
    assert mounts["ayda-web"]["/data/erasures"] == mounts["ayda-worker"]["/data/erasures"]
    volumes = {source for each in mounts.values() for source in each.values() if source and not source.startswith(".")}
    assert volumes == document()["volumes"].keys()


def test_variables_are_filled_in_as_compose_does_it():
    told = {"A": "a", "EMPTY": ""}
    assert filled_in("${A}-${NONE}-$$", told) == "a--$"
    assert filled_in("${NONE:-n}${NONE-n}${EMPTY:-e}${EMPTY-e}", told) == "nne"
    with pytest.raises(BadPlan, match="EMPTY: say it"):
        filled_in("${EMPTY:?say it}", told)
    assert filled_in("${EMPTY?say it}", told) == ""


def test_here_every_address_and_folder_is_one_of_this_machine(tmp_path: Path):
    planned = simulated()
    translation = Translation(planned, tmp_path, itertools.count(20_001).__next__)
    for service in planned.values():
        local = translation.local(service)
        text = " ".join([*local.command, *(local.health or []), *local.environment.values()])
        assert ".localhost" not in text
        assert "0.0.0.0" not in text  # noqa: S104 - it is looked for
        for port in service.ports:
            assert str(port) not in local.command


def test_what_lies_in_memory_is_gone_after_a_restart_and_volumes_stay(tmp_path: Path):
    planned = simulated()
    translation = Translation(planned, tmp_path, itertools.count(20_001).__next__)
    worker = planned["ayda-worker"]
    memory, volume = (translation.folder_of(worker, seen_at) / "x" for seen_at in ("/tmp", "/data/erasures"))
    for file in (memory, volume):
        file.touch()
    translation.forget_memory(worker)
    assert (memory.exists(), memory.parent.exists(), volume.exists()) == (False, True, True)


def test_what_is_written_elsewhere_is_found(tmp_path: Path):
    planned = simulated()
    translation = Translation(planned, tmp_path, itertools.count(20_001).__next__)
    translation.folder_of(planned["ayda-web"], "/data/spool")
    (tmp_path / "ayda-web.log").touch()
    assert translation.strays() == []
    (tmp_path / "data").mkdir()
    assert translation.strays() == ["data"]


def test_a_folder_that_no_container_could_write_to_is_refused(tmp_path: Path):
    planned = simulated()
    lost = dataclasses.replace(planned["ayda-web"], environment={"ERASURES_FILE": "/var/lib/ayda/list"})
    translation = Translation(planned, tmp_path, itertools.count(20_001).__next__)
    with pytest.raises(BadPlan, match=r"^ayda-web: /var/lib/ayda/list is in no volume"):
        translation.local(lost)
