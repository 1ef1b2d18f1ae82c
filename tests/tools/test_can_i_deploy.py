"""Deployment is decided from git tags alone."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("can_i_deploy", Path(__file__).parents[2] / "tools" / "can_i_deploy.py")
assert _SPEC is not None
assert _SPEC.loader is not None
tool = importlib.util.module_from_spec(_SPEC)
sys.modules["can_i_deploy"] = tool
_SPEC.loader.exec_module(tool)


def _git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


def _commit(root: Path, text: str) -> None:
    folder = root / "pacts"
    folder.mkdir(exist_ok=True)
    for pair in ("ayda_service-predictor_service", "predictor_service-ayda_service"):
        (folder / f"{pair}.json").write_text(f"{pair} {text}")
    _git(root, "add", "-A")
    _git(root, "commit", "-m", text)


def is_fresh(_root: Path, _service: str, _scratch: Path) -> bool:
    return True


@pytest.fixture
def root(tmp_path: Path) -> Path:
    _git(tmp_path, "init", "-b", "main")
    _commit(tmp_path, "old")
    return tmp_path


def test_the_first_deployment_needs_no_check(root: Path, capsys: pytest.CaptureFixture[str]):
    assert tool.decide(root, "ayda_service", lambda _: False, is_fresh) == 0
    assert "nothing is deployed" in capsys.readouterr().out


def test_both_directions_are_checked_against_the_deployed_version(root: Path):
    _git(root, "tag", "deployed/predictor_service")
    _commit(root, "new")
    seen = []

    def remember(check: tool.Check) -> bool:
        seen.append((check.provider, check.pact.read_text(), (check.tree / "pacts" / check.pact.name).read_text()))
        return True

    assert tool.decide(root, "ayda_service", remember, is_fresh) == 0
    assert seen == [
        ("ayda_service", "predictor_service-ayda_service old", "predictor_service-ayda_service new"),
        ("predictor_service", "ayda_service-predictor_service new", "ayda_service-predictor_service old"),
    ]


@pytest.mark.parametrize("broken", ["ayda_service", "predictor_service"])
def test_one_broken_direction_refuses_the_deployment(root: Path, broken: str):
    _git(root, "tag", "deployed/predictor_service")
    assert tool.decide(root, "ayda_service", lambda check: check.provider != broken, is_fresh) == 1


def test_a_stale_pact_refuses_the_deployment(root: Path, capsys: pytest.CaptureFixture[str]):
    _git(root, "tag", "deployed/predictor_service")
    assert tool.decide(root, "ayda_service", lambda _: True, lambda *_: False) == 1
    assert "NO   the committed pact of ayda_service is what it asks for" in capsys.readouterr().out


def test_every_service_has_consumer_tests():
    here = Path(__file__).parents[2]
    assert set(tool.CONSUMER_TESTS) == set(tool.SERVICES)
    assert all((here / folder).is_dir() for folder in tool.CONSUMER_TESTS.values())


def test_no_worktree_is_left_behind(root: Path):
    _git(root, "tag", "deployed/predictor_service")
    tool.decide(root, "ayda_service", lambda _: True, is_fresh)
    assert tool.git(root, "worktree", "list").count("\n") == 1


def test_an_unknown_service_is_refused(capsys: pytest.CaptureFixture[str]):
    assert tool.main(["strava"]) == 2
    assert "Name one service" in capsys.readouterr().err
