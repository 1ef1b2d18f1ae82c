from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner

from ayda_service.webhooks.models import WebhookEvent
from cli.commands.webhooks import command
from cli.failure import Refused
from servicekit.data.database import Database
from servicekit.data.migrations import upgrade

LETTER = uuid4()


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database of the settings, with one dead letter."""
    url = f"sqlite:///{tmp_path / 'ayda.db'}"
    upgrade("ayda_service", url)
    monkeypatch.setenv("DATABASE_URL", url)
    asyncio.run(_fill(url))
    return url


async def _fill(url: str) -> None:
    database = Database(url)
    async with database.transaction() as session:
        session.add(
            WebhookEvent(
                id=LETTER, subscription_id=1, object_type="activity", object_id=2**53 + 1, aspect_type="create",
                event_time_s=1, updates_digest="", owner_id=7, updates={}, signed=False, state="dead", tries=4,
                error="Refused.", received_at=datetime(2026, 6, 1, 12, 0, tzinfo=UTC),
            )
        )  # fmt: skip
    await database.close()


def run(*arguments: str) -> str:
    done = CliRunner().invoke(command, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_dead_letters_are_shown_with_the_reason(inbox: str):
    assert run("dead") == f"{LETTER}  2026-06-01 12:00  create activity {2**53 + 1} of 7: Refused.\n"
    (letter,) = json.loads(run("dead", "--json"))
    assert letter["id"] == str(LETTER)
    assert letter["tries"] == 4


@pytest.mark.parametrize("which", [[str(LETTER)], ["--all"]])
def test_a_replayed_letter_waits_again_with_its_job(inbox: str, which: list[str]):
    assert run("replay", *which) == "1 wait again.\n"
    assert run("dead") == "There are no dead letters.\n"


@pytest.mark.parametrize(("text", "code"), [("x", "bad_event_id"), (str(uuid4()), "event_not_found")])
def test_what_is_no_dead_letter_cannot_be_replayed(inbox: str, text: str, code: str):
    with pytest.raises(Refused) as told:
        CliRunner().invoke(command, ["replay", text], catch_exceptions=False)
    assert told.value.code == code


def test_replaying_needs_to_be_told_what(inbox: str):
    assert CliRunner().invoke(command, ["replay"]).exit_code == 2


def test_a_database_that_is_not_migrated_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(Refused, match="migrated"):
        CliRunner().invoke(command, ["dead"], catch_exceptions=False)
