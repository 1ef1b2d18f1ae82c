"""X11: each access token that is given away is written down, and any edit of what was written is found."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from ayda_service.audit.service import OURSELVES, Audit
from tests.ayda.support import MEMBER, OTHER, Ayda
from tests.drills.reporting import DRILL, report
from tests.drills.vault_world import new_world, world_on

ROOT = Path(__file__).parents[2]
KILLS = 20 if DRILL else 2
HAND_OUTS = 2_000 if DRILL else 200
EDITS = (
    "UPDATE token_hand_out SET athlete_id = athlete_id + 1 WHERE seq = {seq}",
    "UPDATE token_hand_out SET subject = '{zeros}' WHERE seq = {seq}",
    "UPDATE token_hand_out SET salt = NULL WHERE seq = {seq}",
    "UPDATE token_hand_out SET api_key_id = 'somebody' WHERE seq = {seq}",
    "UPDATE token_hand_out SET reason = 'edited' WHERE seq = {seq}",
    "UPDATE token_hand_out SET request_id = 'another-1' WHERE seq = {seq}",
    "UPDATE token_hand_out SET handed_out_at = '2020-01-01 00:00:00.000000' WHERE seq = {seq}",
    "UPDATE token_hand_out SET digest = '{zeros}' WHERE seq = {seq}",
    "DELETE FROM token_hand_out WHERE seq = {seq}",
    "DELETE FROM token_hand_out WHERE seq >= {seq}",
    "DELETE FROM token_hand_out WHERE seq <= {seq}",
    "UPDATE token_hand_out SET seq = -1 WHERE seq = {seq}",
    "UPDATE token_hand_out_chain SET seq = seq - 1",
    "UPDATE token_hand_out_chain SET digest = '{zeros}'",
    "UPDATE token_hand_out_chain SET removed_seq = {seq}",
)


async def change(ayda: Ayda, statement: str) -> None:
    with ayda.app.litestar.state["parts"].database.transaction() as session:
        session.execute(text(statement))


async def snapshot(ayda: Ayda) -> list[tuple[str, dict[str, object]]]:
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return [
            (table, dict(row._mapping))
            for table in ("token_hand_out", "token_hand_out_chain")
            for row in session.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - two fixed names
        ]


async def restore(ayda: Ayda, rows: list[tuple[str, dict[str, object]]]) -> None:
    with ayda.app.litestar.state["parts"].database.transaction() as session:
        for table in ("token_hand_out", "token_hand_out_chain"):
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - two fixed names
        for table, row in rows:
            places = ", ".join(f":{name}" for name in row)
            session.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"), row)  # noqa: S608 - as above


async def test_each_hand_out_is_in_the_chain_and_each_edit_breaks_it(tmp_path: Path):
    world = new_world(tmp_path)
    rng, found, tried = random.Random(11), 0, 0
    async with world.running() as ayda:
        await ayda.connect(MEMBER)
        await ayda.connect(OTHER)
        given = 0
        for number in range(HAND_OUTS):
            answer = await ayda.token(MEMBER if number % 3 else OTHER, force=str(number % 7 == 0))
            given += answer.status_code == 200
        audit = Audit(ayda.app.litestar.state["parts"].database, now=ayda.clock.now)
        whole = await audit.verify()
        rows = await snapshot(ayda)
        for edit in EDITS:
            for _ in range(5):
                seq = rng.randrange(1, given + 1)
                await change(ayda, edit.format(seq=seq, zeros="0" * 64))
                found += (await audit.verify()).broken_at is not None
                tried += 1
                await restore(ayda, rows)
    links = [row for table, row in rows if table == "token_hand_out"]
    logged = [row for row in links if row["api_key_id"] != OURSELVES]
    report("X11", hand_outs=given, logged=len(logged), edits=tried, found=found)
    assert whole.broken_at is None
    assert whole.hand_outs == len(links)
    assert len(logged) == given == HAND_OUTS
    assert found == tried


async def test_the_chain_holds_when_a_person_is_erased_and_names_them_no_more(tmp_path: Path):
    async with new_world(tmp_path).running() as ayda:
        athlete_id = await ayda.connect(MEMBER)
        await ayda.connect(OTHER)
        for person in (MEMBER, OTHER, MEMBER):
            await ayda.token(person)
        answer = await ayda.http.delete("/api/v1/me", headers=ayda.as_member(MEMBER))
        assert answer.status_code == 200
        audit = Audit(ayda.app.litestar.state["parts"].database, now=ayda.clock.now)
        verdict = await audit.verify()
        named = {row["athlete_id"] for table, row in await snapshot(ayda) if table == "token_hand_out"}
    assert (verdict.hand_outs, verdict.broken_at) == (2 + 3 + 1, None)  # two connected, one revoked
    assert athlete_id not in named
    assert None in named


def until_killed(url: str, now_s: float, *, hand_outs: int) -> set[str]:
    """The hand-outs that a process has answered when it is killed, `hand_outs` of them or a few more."""
    read, write = os.pipe()
    script = str(Path(__file__).with_name("hand_out_process.py"))
    command = [sys.executable, script, url, str(now_s), str(write), str(MEMBER), str(OTHER)]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, pass_fds=[write]) as process:
        os.close(write)
        with os.fdopen(read) as lines:
            answered = {line.strip() for line, _ in zip(lines, range(hand_outs), strict=False)}
            process.kill()
            answered |= {line.strip() for line in lines if line.endswith("\n")}
    return answered


@pytest.mark.system
async def test_a_token_that_was_answered_is_on_record_however_the_process_ends(url: str):
    world = await asyncio.to_thread(world_on, url)
    async with world.running() as ayda:
        await ayda.connect(MEMBER)
        await ayda.connect(OTHER)
        answered: set[str] = set()
        for kill in range(KILLS):
            ran = await asyncio.to_thread(until_killed, url, world.clock.now().timestamp(), hand_outs=20 + 7 * kill)
            with ayda.app.litestar.state["parts"].database.reading() as session:
                written = set(session.scalars(text("SELECT request_id FROM token_hand_out")))
            assert len(ran) >= 20
            answered |= ran
            assert ran <= written
        verdict = await Audit(ayda.app.litestar.state["parts"].database, now=ayda.clock.now).verify()
    report(
        "X11 kills", database=url.partition(":")[0], kills=KILLS, answered=len(answered), hand_outs=verdict.hand_outs
    )
    assert verdict.broken_at is None
