"""deploy/prometheus: rules that fire when they should, about figures that there are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

import predictor_service.app
import predictor_service.settings
from ayda_service.app import create_app as create_ayda
from ayda_service.settings import Settings as AydaSettings
from servicekit.sight.alarms import (
    ENUMERATED,
    ERROR_SHARE,
    EVENTS_WAIT_S,
    FAILURES,
    JOBS_WAIT_S,
    KINDS,
    QUOTA_SHARE,
    TOKENS_LOST,
    UNREACHED,
)
from tests.stack.plan import ROOT, SIMULATED, services, variables_of

FOLDER = ROOT / "deploy" / "prometheus"
PROMTOOL = shutil.which("promtool")
BY_PROMETHEUS = {"up"}


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def rules() -> list[dict[str, Any]]:
    return [rule for group in read("rules.yml")["groups"] for rule in group["rules"]]


@pytest.fixture
def registries(tmp_path: Path) -> list[CollectorRegistry]:
    """What both services measure."""
    planned = services(variables_of(SIMULATED), profiles=set())
    environs = {
        name: {**planned[f"{name}-web"].environment, "DATABASE_URL": f"sqlite:///{tmp_path / name}.db", "REDIS_URL": ""}
        for name in ("ayda", "predictor")
    }
    apps = (
        create_ayda(AydaSettings.from_environ(environs["ayda"])),
        predictor_service.app.create_app(predictor_service.settings.Settings.from_environ(environs["predictor"])),
    )
    return [app.metrics.registry for app in apps]


@pytest.fixture
def measured(registries: list[CollectorRegistry]) -> set[str]:
    """The names of all figures of both services."""
    text = b"".join(generate_latest(registry) for registry in registries).decode()
    names = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    return {*names, "event_loop_lag_seconds"}  # measured from the first request on


def test_every_rule_is_about_figures_that_there_are(measured: set[str]):
    for rule in rules():
        asked = set(
            re.findall(r"\b(?:[a-z]+_)+[a-z]+\b|\bup\b|\bjobs\b|\bthings\b", re.sub(r"\{.*?\}", "", rule["expr"]))
        )
        functions = {"histogram_quantile"}
        assert {name.removesuffix("_bucket") for name in asked - functions} <= measured | BY_PROMETHEUS, rule["alert"]


def test_every_rule_says_what_is_wrong_and_how_bad_it_is():
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"].endswith((".", "?"))


def test_every_rule_has_a_case_in_which_it_fires_and_one_in_which_it_does_not():
    cases = [case for test in read("rules_test.yml")["tests"] for case in test["alert_rule_test"]]
    for fires in (True, False):
        assert {case["alertname"] for case in cases if bool(case["exp_alerts"]) is fires} == {
            rule["alert"] for rule in rules()
        }


def asked_of(job: dict[str, Any]) -> set[str]:
    """The addresses of a job; a name that is looked up stands for all that are scaled behind it."""
    looked_up = {f"{name}:{each['port']}" for each in job.get("dns_sd_configs", ()) for name in each["names"]}
    return looked_up | {place for each in job.get("static_configs", ()) for place in each["targets"]}


def test_every_process_of_ours_is_asked_where_it_listens():
    planned = services(variables_of(SIMULATED), profiles={"sight"})
    asked = {place for job in read("prometheus.yml")["scrape_configs"] for place in asked_of(job)}
    ours = [planned[f"{name}-{kind}"] for name in ("ayda", "predictor") for kind in ("web", "worker")]
    assert asked == {f"{service.name}:{port}" for service in ours for port in service.ports}
    for service in ours:
        assert str(service.ports[0]) in service.command


def test_the_numbers_of_the_rules_are_those_that_the_services_alarm_by():
    by_name = {rule["alert"]: rule for rule in rules()}
    numbers = {
        "StravaFails": FAILURES,
        "TokensNotRefreshed": TOKENS_LOST,
        "JobsWait": JOBS_WAIT_S,
        "QuotaNearlyUsed": QUOTA_SHARE,
        "EventsWait": EVENTS_WAIT_S,
        "RequestsFail": ERROR_SHARE,
        "JobsGivenUp": 0,
        "EventsGivenUp": 0,
        UNREACHED: 0,
        ENUMERATED: 0,
    }
    assert numbers.keys() == KINDS.keys() - {"PredictorAway"}  # which Prometheus sees as a process that is away
    for name, number in numbers.items():
        assert float(by_name[name]["expr"].split()[-1]) == number, name
        assert by_name[name]["labels"]["severity"] == KINDS[name].severity
        assert name == "RequestsFail" or by_name[name].get("for", "0m") == f"{KINDS[name].lasts_s / 60:g}m"


def test_the_operators_page_says_what_to_do_at_each_alarm_and_how_bad_it_is():
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    table = page.partition("| alarm | holds | what to do |\n")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \((\w+)(?:; Prometheus alone)?\) \| \S.* \| \S.* \|$", table, re.MULTILINE)
    assert len(rows) == len(table.splitlines()) - 1  # the line below its head
    of_rules = {rule["alert"]: rule["labels"]["severity"] for rule in rules()}
    assert len(dict(rows)) == len(rows)
    assert dict(rows) == of_rules | {name: kind.severity for name, kind in KINDS.items()}


def panels() -> list[dict[str, Any]]:
    board = json.loads((ROOT / "deploy" / "grafana" / "dashboards" / "ayda.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = board["panels"]
    return found


def shown() -> dict[str, set[str]]:
    """The figures that each expression of the dashboard asks for."""
    found = {}
    for expression in (target["expr"] for panel in panels() for target in panel.get("targets", ())):
        plain = re.sub(r"\{.*?\}|\[.*?\]|by \(.*?\)", "", expression)
        names = set(re.findall(r"\b(?:[a-z]+_)+[a-z0-9]+\b|\bup\b|\bjobs\b|\balarms\b|\bthings\b", plain))
        found[expression] = {name.removesuffix("_bucket") for name in names - {"histogram_quantile"}}
    return found


def test_the_dashboard_asks_for_figures_that_there_are(measured: set[str]):
    assert len(shown()) >= 15
    for expression, figures in shown().items():
        assert figures, expression
        assert figures <= measured | BY_PROMETHEUS, expression


def test_every_figure_of_the_operators_page_stands_on_the_dashboard():
    assert told_of().keys() - set().union(*shown().values()) == set()


def test_panels_have_ids_of_their_own_and_lie_on_nobody():
    places = [panel["gridPos"] for panel in panels()]
    taken = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert len({panel["id"] for panel in panels()}) == len(places)


def told_of() -> dict[str, set[str]]:
    """The figures in the table of what one wants to know, and the labels that it names of each."""
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    table = page.partition("| what one wants to know (brief 002)")[2].partition("\n\n")[0]
    found: dict[str, set[str]] = {}
    for name, labels in re.findall(r"`([a-z_0-9]+)(?:\{([^}`]+)\})?`", table):
        if "_" in name or labels or name in {"jobs", "alarms", "things"}:
            found.setdefault(name, set()).update(re.findall(r"([a-z_]+)(?:=\"[a-z_]+\")?(?:,|$)", labels))
    return found


def test_every_figure_of_the_operators_page_is_measured_with_the_labels_it_names(
    measured: set[str], registries: list[CollectorRegistry]
):
    told = told_of()
    assert len(told) >= 25
    assert told.keys() <= measured
    labels = {
        name: set(collector._labelnames)
        for registry in registries
        for name, collector in registry._names_to_collectors.items()
        if hasattr(collector, "_labelnames")
    }
    assert {name: named for name, named in told.items() if not named <= labels.get(name, set())} == {}


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: nobody tries the rules")
@pytest.mark.parametrize("command", [["check", "config", "prometheus.yml"], ["test", "rules", "rules_test.yml"]])
def test_prometheus_reads_and_tries_them(command: list[str]):
    done = subprocess.run(
        [str(PROMTOOL), *command], cwd=FOLDER, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
