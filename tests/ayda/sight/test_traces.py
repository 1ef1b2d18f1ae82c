"""S7: what a request causes in a job and in the other service belongs to its trace, and names its id."""

from __future__ import annotations

import httpx

from ayda_service.settings import Settings
from tests.ayda.support import MEMBER, World, eventually

TRACE, SPAN, REQUEST = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "request-of-this-test-1"
ERASED = f"/api/v1/internal/athletes/{MEMBER}"


def asked_for(world: World) -> list[httpx.Request]:
    """The calls of a job that name the request."""
    return [each for each in world.predictor.asked(ERASED) if each.headers["x-request-id"] == REQUEST]


async def test_a_job_and_the_call_it_makes_belong_to_the_request_that_put_it(world: World, with_worker: Settings):
    async with world.running(with_worker) as ayda:
        await ayda.connect()
        headers = ayda.as_member(**{"X-Request-ID": REQUEST, "traceparent": f"00-{TRACE}-{SPAN}-01"})
        assert (await ayda.http.delete("/api/v1/me", headers=headers)).status_code == 200
        await eventually(lambda: bool(asked_for(world)))
    (sent,) = asked_for(world)
    version, trace, span, flags = sent.headers["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACE, "01")
    assert span != SPAN
