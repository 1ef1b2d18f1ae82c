"""Paths are remembered for who asks for it, from then on, for nobody else, and until they say otherwise."""

from __future__ import annotations

import zipfile
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from predictor_service.athletes.store import AthleteStore
from predictor_service.imports.service import IMPORT_HISTORY
from predictor_service.paths.memory import PathMemory
from predictor_service.paths.models import PATH_KEY, ActivityPathsRow, PathMemoryRow
from predictor_service.profiles.models import StoredProfile
from predictor_service.profiles.store import ProfileStore
from predictor_service.settings import Settings
from servicekit.base.vault import Vault
from tests.predictor.support import INTERNAL, VAULT, Predictor, running
from tests.predictor.tracks import gpx

START = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)
PATH = f"{INTERNAL}/athletes/42/own-paths"


async def choose(predictor: Predictor, *, remembered: Any, path: str = PATH) -> httpx.Response:
    return await predictor.http.put(path, json={"remembered": remembered})


async def state(predictor: Predictor) -> dict[str, Any]:
    told: dict[str, Any] = (await predictor.http.get(PATH)).json()
    return told


def moved(track: bytes, lat: str = "43.") -> bytes:
    """The same elsewhere: as long and as steep, and nowhere near."""
    return track.replace(b'lat="43.', f'lat="{lat}'.encode())


def outing(day: int, *, pace_s_per_km: float = 360.0, lat: str = "43.") -> bytes:
    return moved(gpx(pace_s_per_km=pace_s_per_km, started_at=START + timedelta(days=day), sport="running"), lat)


async def send(predictor: Predictor, *tracks: bytes) -> None:
    for track in tracks:
        answer = await predictor.upload_activity(track, sport="trail_run")
        assert answer.status_code in {200, 201}, answer.text


async def p50_s(predictor: Predictor, lat: str) -> float:
    answer = await predictor.predict(gpx=moved(gpx(), lat).decode())
    assert answer.status_code == 200, answer.text
    seconds: float = answer.json()["interval"]["p50_s"]
    return seconds


async def counted(predictor: Predictor) -> int:
    count = select(func.count()).select_from(ActivityPathsRow)
    return await predictor.parts.database.read(lambda session: session.execute(count).scalar_one())


async def test_nothing_is_remembered_of_who_has_not_asked(predictor: Predictor):
    await send(predictor, outing(1), outing(2))
    assert await state(predictor) == {"remembered": False, "since": None, "outings": 0}
    assert await counted(predictor) == 0


async def test_who_is_slower_on_a_path_is_forecast_slower_there(predictor: Predictor):
    assert (await choose(predictor, remembered=True)).status_code == 200
    quick = [outing(2 * day, pace_s_per_km=340) for day in range(6)]
    slow = [outing(2 * day + 1, pace_s_per_km=390, lat="44.") for day in range(6)]
    await send(predictor, *quick, *slow)
    told = [await p50_s(predictor, lat) for lat in ("43.", "47.", "44.")]
    assert told == sorted(told)
    assert told[2] / told[0] > 1.03
    assert (await state(predictor))["outings"] == 12


async def test_a_stored_route_is_known_by_its_path_too(predictor: Predictor):
    await choose(predictor, remembered=True)
    await send(
        predictor,
        *(outing(day, pace_s_per_km=390 if day % 2 else 340, lat="44." if day % 2 else "43.") for day in range(12)),
    )
    stored = (await predictor.upload_route(moved(gpx(), "44."))).json()["id"]
    answer = (await predictor.predict(gpx_file_id=stored)).json()
    assert answer["interval"]["p50_s"] == pytest.approx(await p50_s(predictor, "44."))


async def test_forgetting_leaves_nothing_and_forecasts_as_before(predictor: Predictor):
    await send(predictor, *(outing(day) for day in range(6)))
    before = await p50_s(predictor, "43.")
    await choose(predictor, remembered=True)
    await send(predictor, *(outing(day) for day in range(6)))
    assert (await state(predictor))["outings"] == 6
    assert (await choose(predictor, remembered=False)).json() == {"remembered": False, "since": None, "outings": 0}
    assert await counted(predictor) == 0
    assert await p50_s(predictor, "43.") == before
    packed = await predictor.parts.database.read(lambda s: s.scalars(select(StoredProfile.fitted)).all())
    assert packed
    assert all(b"paths" not in each for each in packed)


async def test_the_same_wish_again_keeps_the_key_and_what_is_kept(predictor: Predictor):
    await choose(predictor, remembered=True)
    await send(predictor, outing(1))
    before = await state(predictor)
    assert (await choose(predictor, remembered=True)).json() == before
    assert before["outings"] == 1


async def test_outings_from_before_are_remembered_once_they_come_again(predictor: Predictor):
    await send(predictor, outing(1), outing(2))
    await choose(predictor, remembered=True)
    assert (await state(predictor))["outings"] == 0
    await send(predictor, outing(1))
    assert (await state(predictor))["outings"] == 1


async def test_an_archive_from_before_is_read_again(predictor: Predictor):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for day in range(3):
            made.writestr(f"{day}.gpx", outing(day))

    async def imported() -> dict[str, Any]:
        query = {"telegram_id": "42"}
        answer = await predictor.http.post(f"{INTERNAL}/imports", content=packed.getvalue(), params=query)
        (read,) = (job for job in predictor.parts.jobs if job.name == IMPORT_HISTORY)
        await read.run({"import_id": answer.json()["id"]})
        told: dict[str, Any] = answer.json()
        return told

    await imported()
    await choose(predictor, remembered=True)
    await imported()
    assert (await state(predictor))["outings"] == 3


async def shown(predictor: Predictor) -> list[Any]:
    """What others may see of profiles, and what is compared with theirs."""
    columns = select(StoredProfile.described, StoredProfile.pace_table)
    return await predictor.parts.database.read(lambda session: [tuple(row) for row in session.execute(columns)])


async def test_nobody_else_sees_anything_of_it(predictor: Predictor):
    """What is told to others is to the last bit what it would be without."""
    tracks = [outing(day, pace_s_per_km=340 + 10 * (day % 4)) for day in range(8)]

    await send(predictor, *tracks)
    before = await shown(predictor)
    await choose(predictor, remembered=True)
    await send(predictor, *tracks)
    assert (await state(predictor))["outings"] == 8
    assert await shown(predictor) == before


async def test_a_table_for_others_that_is_made_later_knows_no_paths_either(predictor: Predictor):
    tracks = [outing(day, pace_s_per_km=340 + 10 * (day % 4)) for day in range(8)]
    await send(predictor, *tracks)
    before = await shown(predictor)
    await choose(predictor, remembered=True)
    await send(predictor, *tracks)
    lost = update(StoredProfile).values(pace_table=b"")
    await predictor.parts.database.write(lambda session: session.execute(lost))
    await predictor.parts.profiles.make_tables(["42"], "trail_run")
    assert await shown(predictor) == before


async def test_no_place_and_no_key_lies_in_the_database(predictor: Predictor):
    await choose(predictor, remembered=True)
    await send(predictor, outing(1))
    key = await predictor.parts.database.read(_key)
    dump = str(await predictor.parts.database.read(_dump))
    assert "v1.k1." in dump  # the seal
    for secret in (key.hex(), repr(key), "43.0", "77.0"):
        assert secret not in dump


def _key(session: Session) -> bytes:
    (row,) = session.scalars(select(PathMemoryRow))
    return b64decode(VAULT.open(row.key_sealed, subject=str(row.athlete_id), purpose=PATH_KEY))


def _dump(session: Session) -> list[Any]:
    return [*session.execute(text("SELECT * FROM path_memory")), *session.execute(text("SELECT * FROM activity_paths"))]


async def test_an_erased_athlete_leaves_no_paths(predictor: Predictor):
    await choose(predictor, remembered=True)
    await send(predictor, outing(1))
    receipt = await predictor.http.delete(f"{INTERNAL}/athletes/42")
    assert receipt.status_code == 200
    assert (receipt.json()["erased"]["path_memory"], receipt.json()["erased"]["activity_paths"]) == (1, 1)
    assert await counted(predictor) == 0
    assert (await state(predictor))["remembered"] is False


async def test_what_is_read_while_somebody_changes_their_mind_is_not_kept(predictor: Predictor):
    await choose(predictor, remembered=True)
    _seen, key = await predictor.parts.activities.seen("42")
    await send(predictor, outing(1))
    await choose(predictor, remembered=False)
    await choose(predictor, remembered=True)

    def keep(session: Session) -> bool:
        athlete = AthleteStore(session).get_one(telegram_id="42")
        (activity_id,) = session.execute(text("SELECT id FROM activity")).scalars()
        (paths,) = ProfileStore(session).paths(athlete.id) or []
        memory = PathMemory(VAULT, lambda: START)
        return memory.keep(session, athlete.id, UUID(str(activity_id)), paths, key)

    assert await predictor.parts.database.write(keep) is False


async def test_the_key_is_sealed_anew_under_the_newest_and_survives(predictor: Predictor, settings: Settings):
    await choose(predictor, remembered=True)
    await send(predictor, outing(1))
    both = Vault({"k2": bytes(range(1, 33)), "k1": bytes(range(32))})
    async with running(replace(settings, vault=both), lambda: datetime(2026, 6, 2, tzinfo=UTC)) as again:
        await send(again, outing(2))
        assert (await state(again))["outings"] == 2
    newest = Vault({"k2": bytes(range(1, 33))})
    async with running(replace(settings, vault=newest), lambda: datetime(2026, 6, 3, tzinfo=UTC)) as later:
        await send(later, outing(3))
        assert (await state(later))["outings"] == 3


async def test_a_lost_key_stops_no_answer_and_asking_again_makes_another(predictor: Predictor, settings: Settings):
    await choose(predictor, remembered=True)
    await send(predictor, *(outing(day) for day in range(3)))
    other = Vault({"k9": bytes(range(9, 41))})
    async with running(replace(settings, vault=other), lambda: datetime(2026, 6, 2, tzinfo=UTC)) as again:
        assert await p50_s(again, "43.") > 0
        await send(again, outing(5))
        assert (await choose(again, remembered=True)).json()["outings"] == 0
        await send(again, outing(6))
        assert (await state(again))["outings"] == 1


@pytest.mark.parametrize("body", [{}, {"remembered": "yes"}, {"remembered": True, "more": 1}])
async def test_a_wish_of_another_shape_is_refused(predictor: Predictor, body: dict[str, Any]):
    answer = await predictor.http.put(PATH, json=body)
    assert answer.status_code == 422
    assert (await state(predictor))["remembered"] is False
