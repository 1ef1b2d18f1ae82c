"""`ayda sim` before it serves: what it refuses, and what a configuration makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.strava.serving import Options, build, read_configuration
from tests.cli.conftest import Ayda

CONFIGURATION = """
client_id = 99
client_secret = "of the test"

[[athletes]]
activities = 3
level = "elite"

[[athletes]]
firstname = "Vera"

[settings]
rotation = "stable"
athlete_capacity = 1

[push]
signature = "signed"
signing_secrets = ["one", "two"]

[limits]
read_quarter = 100
"""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[settings]\nrotation = 'often'", "is not right: Invalid enum value 'often'"),
        ("[settings]\nno_such_switch = 1", "unknown field `no_such_switch`"),
        ("[settings", "is no TOML"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_configuration_that_is_not_right_is_refused_with_a_sentence(
    ayda: Ayda, tmp_path: Path, content: str | None, sentence: str
) -> None:
    path = tmp_path / "sim.toml"
    if content is not None:
        path.write_text(content)
    said = ayda("sim", "--config", path)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("bad_configuration: ")
    assert sentence in said.err


def test_a_file_that_is_no_database_is_refused_and_left_alone(ayda: Ayda, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine " * 100)
    said = ayda("sim", "--db", path)
    assert said.code == 2
    assert "cannot keep the simulator's truth" in said.err
    assert path.read_text() == "mine " * 100


def test_the_configuration_decides_credentials_athletes_and_switches(tmp_path: Path) -> None:
    path = tmp_path / "sim.toml"
    path.write_text(CONFIGURATION)
    simulator = build(Options(configuration=read_configuration(path)))
    assert (simulator.client_id, simulator.client_secret) == (99, "of the test")
    assert [len(simulator.activities_of(athlete.id)) for athlete in simulator.athletes()] == [3, 0]
    assert (simulator.switches.rotation, simulator.switches.athlete_capacity) == ("stable", 1)
    assert simulator.push.switches.signing_secrets == ("one", "two")
    assert (simulator.quota.limits.read_quarter, simulator.quota.limits.read_day) == (100, 3000)


def test_the_athletes_of_a_configuration_are_created_once(tmp_path: Path) -> None:
    path = tmp_path / "sim.toml"
    path.write_text(CONFIGURATION)
    options = Options(database=tmp_path / "truth.db", configuration=read_configuration(path))
    first = build(options)
    names = [athlete.firstname for athlete in first.athletes()]
    first.close()
    second = build(options)
    assert [athlete.firstname for athlete in second.athletes()] == names
    second.close()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--token", "no-token"), "A bot token is digits"),
        (("--bot", "a b"), "A user name has"),
    ],
)
def test_a_telegram_with_a_token_or_a_name_that_is_none_is_refused(
    ayda: Ayda, options: tuple[str, str], sentence: str
) -> None:
    said = ayda("sim", "telegram", *options)
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err


def test_both_simulators_are_listed(ayda: Ayda) -> None:
    said = ayda("sim", "--help")
    assert said.code == 0
    assert {"strava", "telegram"} <= set(said.out.split())
