"""HTTP: Strava's handshake and its events."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import MediaType, Router, get, post
from litestar.params import QueryParameter
from prometheus_client import Counter

from ayda_service.errors import BadSignature, InboxBusy
from ayda_service.telegram.identity import AnyRequest
from ayda_service.webhook_settings import WEBHOOK_PATH
from ayda_service.webhooks.service import Inbox
from kernel.strava.webhooks import BadEvent
from servicekit.base.deadlines import Deadlines

MOST_BYTES: Final = 32 * 1024
READ_WITHIN_S: Final = 0.4
HEADER: Final = "X-Strava-Signature"
Mode = Annotated[str, QueryParameter(name="hub.mode", max_length=50)]
Challenge = Annotated[str, QueryParameter(name="hub.challenge", max_length=500)]
Token = Annotated[str, QueryParameter(name="hub.verify_token", max_length=500)]


def webhook_routes(inbox: Inbox, counted: Counter) -> Router:
    """`/webhooks/strava`, alone and with the secret that makes the address unguessable."""
    deadlines = Deadlines()

    @get(["/", "/{secret:str}"], operation_id="StravaHandshake", include_in_schema=False)
    async def handshake(
        request: AnyRequest, mode: Mode = "", challenge: Challenge = "", verify_token: Token = ""
    ) -> dict[str, str]:
        """Strava verifies that this address wants its events."""
        return {"hub.challenge": inbox.challenge(_secret(request), mode, challenge, verify_token)}

    @post(
        ["/", "/{secret:str}"],
        operation_id="StravaEvent",
        include_in_schema=False,
        status_code=200,
        media_type=MediaType.TEXT,
        request_max_body_size=MOST_BYTES,
    )
    async def event(request: AnyRequest) -> str:
        """One event; `OK` once it is durable, 503 when that takes too long."""
        try:
            outcome = await _take(inbox, request, deadlines)
        except (BadEvent, BadSignature, InboxBusy) as refused:
            counted.labels(type(refused).__name__).inc()
            raise
        counted.labels(outcome).inc()
        return "OK"

    return Router(WEBHOOK_PATH, route_handlers=[handshake, event], tags=["webhooks"])


async def _take(inbox: Inbox, request: AnyRequest, deadlines: Deadlines) -> str:
    secret, signature = _secret(request), request.headers.get(HEADER)
    inbox.admit(secret, signature)
    try:
        with deadlines.within(READ_WITHIN_S):
            body = await request.body()
    except TimeoutError:
        raise InboxBusy from None
    signed = inbox.proof(secret, signature, body)
    return await inbox.take(body, signed=signed, addressed=secret is not None)


def _secret(request: AnyRequest) -> str | None:
    """The last part of the path; None at the address without one."""
    secret = request.path_params.get("secret")
    return None if secret is None else str(secret)
