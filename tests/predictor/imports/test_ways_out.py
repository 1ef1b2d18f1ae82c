"""No state of an import is without a way out: its job reads on, or its member sends the archive again."""

from __future__ import annotations

from typing import Final, get_args
from uuid import UUID

import pytest

from kernel.contracts.activity import ImportStatus
from predictor_service.imports.store import ImportStore
from tests.predictor.imports.test_imports import export, send, state, work
from tests.predictor.support import Predictor

BY_ITSELF: Final = {"queued", "running"}
SENT_AGAIN: Final = {"failed"}
AT_REST: Final = {"done"}


def test_every_state_of_an_import_is_accounted_for():
    assert set(get_args(ImportStatus)) == BY_ITSELF | SENT_AGAIN | AT_REST


async def put_in(predictor: Predictor, status: str) -> str:
    """The id of an import in this state, whose worker was killed."""
    import_id: str = (await send(predictor, export())).json()["id"]
    with predictor.parts.database.transaction() as session:
        ImportStore(session).show(UUID(import_id), status=status)
    return import_id


@pytest.mark.parametrize("status", sorted(BY_ITSELF | SENT_AGAIN))
async def test_one_that_is_not_done_is_read_by_its_next_job(predictor: Predictor, status: str):
    import_id = await put_in(predictor, status)
    await work(predictor, import_id)
    assert (await state(predictor, import_id))["status"] == "done"


async def test_one_that_failed_for_good_begins_anew_when_it_is_sent_again(predictor: Predictor):
    import_id = await put_in(predictor, "failed")
    with predictor.parts.database.transaction() as session:
        predictor.parts.queue.forget(session, "import_id", import_id)
    assert (await send(predictor, export())).json()["id"] == import_id
    assert (await predictor.parts.queue.stats()).by_name["import_history"] == 1
    await work(predictor, import_id)
    assert (await state(predictor, import_id))["status"] == "done"
