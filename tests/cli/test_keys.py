from __future__ import annotations

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import insert

from ayda_service.members.models import Member
from ayda_service.strava.models import StravaToken
from cli.main import main
from servicekit.base.clock import utc_now
from servicekit.base.vault import KeySetting, Vault, generate_setting
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.data.migrations import upgrade
from servicekit.strava.oauth import Tokens
from servicekit.strava.tokens.seals import TokenSeals
from servicekit.strava.tokens.store import token_columns

ROWS = 7


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, and a database with a few connections sealed under k1."""
    for name in ("TOKEN_ENCRYPTION_KEYS", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    path, url, setting = tmp_path / ".env", f"sqlite:///{tmp_path / 'ayda.db'}", generate_setting("k1")
    path.write_text(f"# ours\nTOKEN_ENCRYPTION_KEYS={setting}\nDATABASE_URL={url}\n", encoding="utf-8")
    upgrade("ayda_service", url)
    asyncio.run(fill(url, Vault.from_setting(setting)))
    return path


async def fill(url: str, vault: Vault) -> None:
    database, seals = Database(url), TokenSeals(vault, now=utc_now)
    with database.transaction() as session:
        for athlete_id in range(1, ROWS + 1):
            member_id = uuid7()
            session.execute(insert(Member).values(id=member_id, telegram_id=athlete_id, created_at=utc_now()))
            columns = token_columns(seals.seal(athlete_id, Tokens("a", "r", 0)))
            row = {"athlete_id": athlete_id, "member_id": member_id, "scope": "", "fence": 0, "updated_at": utc_now()}
            session.execute(insert(StravaToken).values(**row, **columns))
    await database.close()


def run(env_file: Path, *arguments: str) -> None:
    main(["keys", *arguments, "--env-file", str(env_file)])


def setting(env_file: Path) -> KeySetting:
    line = next(each for each in env_file.read_text().splitlines() if each.startswith("TOKEN_ENCRYPTION_KEYS="))
    return KeySetting.parse(line.partition("=")[2])


def sealed_under(env_file: Path, key_id: str) -> int:
    with sqlite3.connect(env_file.with_name("ayda.db")) as connection:
        query = "SELECT count(*) FROM strava_token WHERE access_sealed LIKE ?"
        count = connection.execute(query, (f"v1.{key_id}.%",)).fetchone()[0]
    connection.close()
    return int(count)


def refused(capsys: pytest.CaptureFixture[str], env_file: Path, *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        run(env_file, *arguments)
    assert left.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_a_key_is_added_without_sealing_yet(env_file: Path, capsys: pytest.CaptureFixture[str]):
    run(env_file, "add")
    assert setting(env_file).ids == ("k1", "k2")
    assert "# ours" in env_file.read_text()
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
    shown = capsys.readouterr().out
    assert "k2" in shown
    assert setting(env_file).pairs[1].partition(":")[2] not in shown


def test_rotating_seals_everything_under_the_named_key_and_again_changes_nothing(env_file: Path):
    run(env_file, "add")
    run(env_file, "rotate", "k2", "--batch", "3")
    assert setting(env_file).ids == ("k2", "k1")
    assert sealed_under(env_file, "k2") == ROWS
    run(env_file, "rotate", "k2")
    assert setting(env_file).ids == ("k2", "k1")


def test_a_key_is_retired_when_nothing_is_sealed_under_it(env_file: Path, capsys: pytest.CaptureFixture[str]):
    run(env_file, "add")
    run(env_file, "rotate", "k2")
    run(env_file, "retire", "k1")
    assert setting(env_file).ids == ("k2",)
    assert f"of {2 * ROWS} sealed texts 0 were under it" in capsys.readouterr().out


def test_a_key_in_use_is_not_retired(env_file: Path, capsys: pytest.CaptureFixture[str]):
    run(env_file, "add")
    promoted = setting(env_file).promoted("k2")
    env_file.write_text(env_file.read_text().replace(setting(env_file).text, promoted.text))
    assert refused(capsys, env_file, "retire", "k1").startswith("key_in_use: 14 ")
    assert setting(env_file).ids == ("k2", "k1")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("retire", "k1"), "bad_key"),
        (("retire", "k7"), "bad_key"),
        (("rotate", "k7"), "bad_key"),
        (("add", "--id", "k1"), "bad_key"),
        (("add", "--id", "a b"), "bad_key"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    env_file: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: str
):
    before = env_file.read_text()
    assert refused(capsys, env_file, *arguments).startswith(f"{code}: ")
    assert env_file.read_text() == before


def test_keys_of_the_environment_are_not_changed_in_a_file_that_does_not_count(
    env_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TOKEN_ENCRYPTION_KEYS", generate_setting("other"))
    assert refused(capsys, env_file, "add").startswith("keys_elsewhere: ")


def test_a_file_without_keys_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert refused(capsys, tmp_path / "none", "list").startswith("no_keys: ")


def test_the_list_shows_what_each_key_holds(env_file: Path, capsys: pytest.CaptureFixture[str]):
    run(env_file, "add")
    capsys.readouterr()
    run(env_file, "list")
    assert capsys.readouterr().out.splitlines() == [f"k1\tseals\t{2 * ROWS}", "k2\topens\t0"]


def test_a_sealed_text_that_does_not_open_stops_nothing_else(env_file: Path, capsys: pytest.CaptureFixture[str]):
    with sqlite3.connect(env_file.with_name("ayda.db")) as connection:
        connection.execute("UPDATE strava_token SET access_sealed = 'v1.k1.AAAA' WHERE athlete_id = 3")
    connection.close()
    run(env_file, "add")
    assert refused(capsys, env_file, "rotate", "k2").startswith("seal_broken: 1 ")
    assert sealed_under(env_file, "k2") == ROWS - 1
