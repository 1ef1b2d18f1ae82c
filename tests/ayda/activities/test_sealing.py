"""Files that were stored before files were sealed are read, sealed by the way, and move to new keys without moving."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from ayda_service.activities.models import FILE_KEY, Activity, ActivityFile
from ayda_service.activities.service import file_as_sent
from ayda_service.keys.rewrap import Rewrap
from servicekit.base.file_seals import FileSeals
from servicekit.base.vault import SealBroken, Vault
from servicekit.strava.tokens.seals import TokenSeals
from tests.ayda.activities.support import database, files, recording, send
from tests.ayda.support import OTHER, Ayda, World
from trackfiles.gzipped import packed

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
ROTATED = Vault({"k2": NEW, "k1": OLD})


async def seal_all(ayda: Ayda) -> None:
    [job] = [job for job in ayda.app.litestar.state["parts"].jobs if job.name == "seal_files"]
    await job.run({})


def unseal(ayda: Ayda, *numbers: int) -> None:
    """Makes these activities what they were before files were sealed."""
    with database(ayda).transaction() as session:
        for number, (activity, _) in enumerate(files(ayda)):
            if number in numbers:
                mine = update(ActivityFile).where(ActivityFile.activity_id == activity.id)
                session.execute(mine.values(packed=packed(recording(number))))
                session.execute(update(Activity).where(Activity.id == activity.id).values(file_key_sealed=None))


@pytest.fixture
async def kept(club: Ayda) -> Ayda:
    for number in range(3):
        assert (await send(club, number)).status_code == 201
    return club


def opened(ayda: Ayda, vault: Vault) -> list[bytes]:
    return [file_as_sent(FileSeals(vault, FILE_KEY), *each) for each in files(ayda)]


async def test_older_files_are_read_and_then_sealed_without_a_stop(kept: Ayda, world: World):
    unseal(kept, 0, 2)
    as_sent = [packed(recording(number)) for number in range(3)]
    assert opened(kept, world.settings.vault) == as_sent
    await seal_all(kept)
    assert opened(kept, world.settings.vault) == as_sent
    for activity, lies in files(kept):
        assert activity.file_key_sealed is not None
        assert activity.file_bytes == len(lies)
        assert not lies.startswith(b"\x1f\x8b")
    before = files(kept)
    await seal_all(kept)
    assert [lies for _, lies in files(kept)] == [lies for _, lies in before]


async def test_new_keys_reach_the_files_keys_and_not_the_files(kept: Ayda, world: World):
    before = [lies for _, lies in files(kept)]
    rewrap = Rewrap(database(kept), ROTATED, TokenSeals(ROTATED, now=world.clock.now), batch=2)
    assert (await rewrap.in_use()) == {"k1": 3}
    assert (await rewrap.run()).rows == 3
    assert (await rewrap.in_use()) == {"k2": 3}
    assert [lies for _, lies in files(kept)] == before
    assert opened(kept, Vault({"k2": NEW})) == [packed(recording(number)) for number in range(3)]
    assert (await rewrap.run()).rows == 0


async def test_a_key_that_was_copied_to_another_activity_opens_nothing(kept: Ayda, world: World):
    (first, lies), (second, _), _ = files(kept)
    stolen = replace_key(second, first.file_key_sealed)
    with pytest.raises(SealBroken):
        file_as_sent(FileSeals(world.settings.vault, FILE_KEY), stolen, lies)
    with pytest.raises(SealBroken):
        file_as_sent(FileSeals(world.settings.vault, FILE_KEY), first, lies[:-1])
    with pytest.raises(SealBroken):
        file_as_sent(FileSeals(Vault({"k1": NEW}), FILE_KEY), first, lies)


def replace_key(activity: Activity, key_sealed: str | None) -> Activity:
    return Activity(id=activity.id, member_id=activity.member_id, file_key_sealed=key_sealed)


async def test_what_a_member_keeps_under_another_vault_is_theirs_again_when_its_key_is_back(kept: Ayda, world: World):
    async with world.running(replace(world.settings, vault=ROTATED)) as ayda:
        assert (await send(ayda, 0, OTHER)).status_code == 201
        assert len(opened(ayda, ROTATED)) == 4
