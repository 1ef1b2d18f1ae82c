"""An export is whole, or it breaks: it never looks whole when it is not."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from ayda_service.activities.models import Activity, ActivityFile
from tests.ayda.activities.support import database, files, recording, send
from tests.ayda.support import MEMBER, OTHER, Ayda, World

PAGE = f"/api/v1/internal/athletes/{MEMBER}/export/page"


class Paged(httpx.AsyncBaseTransport):
    """A predictor that gives its part in these pages, and fails when there are no more."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self._pages: Iterator[dict[str, Any]] = iter(pages)
        self.asked: list[str | None] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == PAGE
        self.asked.append(request.url.params.get("after"))
        page = next(self._pages, None)
        if page is None:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, json=page, request=request)


def page(table: str, number: int, after: str | None) -> dict[str, Any]:
    return {"rows": [{"table": table, "row": {"number": number}}], "after": after}


async def export(ayda: Ayda, telegram_id: int = MEMBER) -> httpx.Response:
    return await ayda.http.get("/api/v1/me/export", headers=ayda.as_member(telegram_id))


async def test_the_predictors_pages_become_one_object(world: World):
    world.predictor = Paged(page("activity", 1, "a"), page("activity", 2, "b"), page("athlete", 3, None))  # type: ignore[assignment] - another transport
    async with world.running() as ayda:
        shown = (await export(ayda)).json()
    assert shown["predictor"] == {"activity": [{"number": 1}, {"number": 2}], "athlete": [{"number": 3}]}
    assert world.predictor.asked == [None, "a", "b"]


async def test_a_predictor_that_goes_away_in_the_middle_breaks_the_answer(world: World):
    world.predictor = Paged(page("activity", 1, "a"))  # type: ignore[assignment] - another transport
    async with world.running() as ayda:
        answer = await export(ayda)
    assert answer.status_code == 200, "it had begun"
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_a_file_leaves_as_it_came_and_its_key_stays(ayda: Ayda):
    await send(ayda, 4)
    await send(ayda, 5, OTHER)
    answer = await export(ayda)
    [shown] = answer.json()["ayda"]["activity_file"]
    assert gzip.decompress(b64decode(shown["packed"])) == recording(4)
    assert "sealed" not in answer.text
    for _, lies in files(ayda):
        assert b"<trkpt" not in lies
        assert not lies.startswith(b"\x1f\x8b")


async def test_a_file_that_was_changed_is_said_to_be_unreadable_and_the_others_are_shown(ayda: Ayda):
    for number in (1, 2):
        await send(ayda, number)
    (first, lies), _ = files(ayda)
    with database(ayda).transaction() as session:
        changed = update(ActivityFile).where(ActivityFile.activity_id == first.id)
        session.execute(changed.values(packed=lies[:-1] + bytes([lies[-1] ^ 1])))
    broken, whole = (await export(ayda)).json()["ayda"]["activity_file"]
    assert (broken["packed"], broken["unreadable"]) == (None, True)
    assert gzip.decompress(b64decode(whole["packed"])) == recording(2)


async def test_a_key_that_is_not_configured_leaves_no_file_out(ayda: Ayda):
    await send(ayda, 1)
    with database(ayda).transaction() as session:
        [key] = [activity.file_key_sealed for activity, _ in files(ayda)]
        assert key is not None
        session.execute(update(Activity).values(file_key_sealed=key.replace(".k1.", ".k9.")))
    answer = await export(ayda)
    with pytest.raises(json.JSONDecodeError):
        answer.json()
