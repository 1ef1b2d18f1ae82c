"""HTTP: profiles of athletes."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import MediaType, Response, Router, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import Raw

from kernel.contracts.prediction import Mode
from kernel.contracts.profile import Profile, ProfileBatch, ProfilesRequest
from predictor_service.profiles.service import ProfileService
from servicekit.web.telegram_ids import TelegramIdQuery, checked_telegram_id

MAX_BATCH_BYTES: Final = 1024 * 1024
TypeQuery = Annotated[Mode, QueryParameter()]


def profile_routes(service: ProfileService) -> Router:
    """`/profile` and `/profiles/batch`."""

    @get("/profile", operation_id="Profile")
    async def profile(telegram_id: TelegramIdQuery, type: TypeQuery = "trail_run") -> Response[Profile]:  # noqa: A002 - its name on the wire
        """One athlete's profile as they may see it; `has_profile` is false for someone unknown."""
        return _json(await service.show(checked_telegram_id(telegram_id), type))

    @post("/profiles/batch", operation_id="Profiles", status_code=200, request_max_body_size=MAX_BATCH_BYTES)
    async def profiles(data: JSONBody[ProfilesRequest]) -> Response[ProfileBatch]:
        """Profiles in the order of the request. Changes nothing, so it needs no Idempotency-Key."""
        for telegram_id in data.telegram_ids:
            checked_telegram_id(telegram_id)
        return _json(await service.batch(data))

    return Router("/", route_handlers=[profile, profiles], tags=["profiles"])


def _json(encoded: Raw) -> Response[Any]:
    return Response(encoded, media_type=MediaType.JSON)
