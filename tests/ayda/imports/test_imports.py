"""A history that a member sends is handed on, and told to them alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ayda_service.settings import MemberBudgets
from tests.ayda.activities.support import files, recording
from tests.ayda.imports.support import IMPORT_ID, IMPORTS, archive, import_state, is_read, send, show, stands
from tests.ayda.strava.test_revocations import arguments
from tests.ayda.support import MEMBER, OTHER, Ayda, World, assert_problem, problem
from tests.predictor.support import assert_finite


async def test_an_archive_is_handed_on_whole_and_its_import_shown(ayda: Ayda):
    stands(ayda.predictor, status="running", files_total=8, files_read=3)
    added = await send(ayda, archive())
    assert (added.status_code, added.json()) == (202, import_state())
    [sent] = ayda.predictor.asked(IMPORTS)
    assert (sent.content, dict(sent.url.params)) == (archive(), {"telegram_id": str(MEMBER)})
    shown = await show(ayda)
    assert (shown.status_code, shown.json()["files_read"]) == (200, 3)
    [asked] = ayda.predictor.asked(f"{IMPORTS}/{IMPORT_ID}")
    assert dict(asked.url.params) == {"telegram_id": str(MEMBER)}
    assert_finite(shown.json())


async def test_the_body_may_be_the_archive_itself(ayda: Ayda):
    stands(ayda.predictor)
    headers = ayda.as_member(**{"Content-Type": "application/zip"})
    assert (await ayda.http.post("/api/v1/imports", content=archive(), headers=headers)).status_code == 202
    assert ayda.predictor.asked(IMPORTS)[0].content == archive()


async def test_a_recording_by_itself_is_an_activity_and_an_import_that_is_over(ayda: Ayda):
    first, again = [(await send(ayda, recording(1))) for _ in range(2)]
    told = first.json()
    assert (first.status_code, told["status"], told["files_read"], told["added"]) == (202, "done", 1, 1)
    assert (again.json()["id"], again.json()["added"], again.json()["duplicates"]) == (told["id"], 0, 1)
    assert (await show(ayda, told["id"])).json() == told
    assert len(files(ayda)) == 1
    assert ayda.predictor.asked(IMPORTS) == []
    ayda.predictor.answers["GET", f"{IMPORTS}/{told['id']}"] = (404, problem(404, "import_not_found"))
    assert_problem(await show(ayda, told["id"], OTHER), 404, "import_not_found")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"", 422, "file_missing"), (b"no recording", 422, "bad_gpx"), (b"<gpx", 422, "bad_gpx")],
)
async def test_what_is_neither_is_refused_with_its_reason(ayda: Ayda, content: bytes, status: int, code: str):
    assert_problem(await send(ayda, content), status, code)
    assert ayda.predictor.asked(IMPORTS) == []


async def test_an_archive_beyond_the_limit_is_refused_before_it_is_read(ayda: Ayda):
    headers = ayda.as_member(**{"Content-Type": "application/zip", "Content-Length": str(501 * 2**20)})
    told = assert_problem(
        await ayda.http.post("/api/v1/imports", content=b"PK", headers=headers), 413, "file_too_large"
    )
    assert "500 MiB" in told["detail"]


REFUSALS = [
    (422, problem(422, "bad_gpx"), 422, "bad_gpx"),
    (413, problem(413, "storage_full"), 413, "storage_full"),
    (401, problem(401, "invalid_api_key"), 502, "upstream_refused"),
    (503, problem(503, "busy"), 503, "busy"),
    (503, problem(503, "erased_meanwhile"), 503, "upstream_unavailable"),
]


@pytest.mark.parametrize(("answered", "body", "status", "code"), REFUSALS)
async def test_what_the_predictor_refuses_costs_nothing_and_is_told_as_the_member_can_act_on_it(
    world: World, answered: int, body: dict[str, Any], status: int, code: str
):
    tight = replace(world.settings, budgets=MemberBudgets(imports_per_day=1))
    async with world.running(tight) as ayda:
        ayda.predictor.answers["POST", IMPORTS] = (answered, body)
        for _ in range(2):
            assert_problem(await send(ayda, archive()), status, code)
        stands(ayda.predictor)
        assert (await send(ayda, archive())).status_code == 202
        assert_problem(await send(ayda, archive()), 429, "daily_limit")
        assert (await send(ayda, archive(), OTHER)).status_code == 202, "nobody else pays for it"


@pytest.mark.parametrize("import_id", [IMPORT_ID, "7", "0" * 400])
async def test_an_import_of_nobody_or_of_somebody_else_is_not_found(ayda: Ayda, import_id: str):
    ayda.predictor.answers["GET", f"{IMPORTS}/{IMPORT_ID}"] = (404, problem(404, "import_not_found"))
    assert_problem(await show(ayda, import_id), 404, "import_not_found")


async def test_without_a_predictor_nothing_is_taken(world: World, alone: Any):
    async with world.running(alone) as ayda:
        assert_problem(await send(ayda, archive()), 503, "predictor_not_configured")
        assert (await send(ayda, recording(1))).status_code == 202, "a recording can be kept all the same"
        assert await arguments(ayda, "learn_activity") == []


async def test_an_outage_is_an_outage(ayda: Ayda):
    ayda.predictor.down = True
    assert_problem(await send(ayda, archive()), 503, "upstream_unavailable")
    assert_problem(await show(ayda), 503, "upstream_unavailable")


async def test_who_is_erased_while_their_archive_is_on_its_way_is_erased_there_again(ayda: Ayda):
    stands(ayda.predictor)

    async def leaving() -> None:
        ayda.clock.advance(1)
        assert (await ayda.http.delete("/api/v1/me", headers=ayda.as_member())).status_code == 200

    ayda.predictor.meanwhile[IMPORTS] = leaving
    assert_problem(await send(ayda, archive()), 401, "erased_since")
    assert await arguments(ayda, "follow_import") == []
    assert [each["person"] for each in await arguments(ayda, "erase_at_predictor")] == [str(MEMBER)] * 2


async def test_an_import_that_was_known_to_be_over_is_not_followed(ayda: Ayda):
    is_read(ayda.predictor)
    ayda.predictor.answers["POST", IMPORTS] = (202, import_state(status="done", finished_at="2026-06-01T12:00:20Z"))
    assert (await send(ayda, archive())).json()["status"] == "done"
    assert await arguments(ayda, "follow_import") == []
