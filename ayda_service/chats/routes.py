"""HTTP: language and units of a member."""

from __future__ import annotations

from litestar import Router, get, put
from litestar.params import JSONBody

from ayda_service.chats.service import Preferences, PreferencesChoice, PreferencesService
from ayda_service.telegram.identity import Member, MemberGuards
from servicekit.web.doors import door


def preference_routes(service: PreferencesService, guards: MemberGuards) -> Router:
    """`/me/preferences`."""

    @get("/me/preferences", operation_id="Preferences")
    async def preferences(identity: Member) -> Preferences:
        """How the member who asks is spoken to, in the chat and on the page."""
        return await service.of(identity.telegram_id)

    @put("/me/preferences", operation_id="ChoosePreferences")
    async def choose(identity: Member, data: JSONBody[PreferencesChoice]) -> Preferences:
        """Changes what is named, and leaves the rest."""
        return await service.choose(identity.telegram_id, identity.vouched_at, data)

    return Router("/", route_handlers=[preferences, choose], middleware=[door(guards.recent)], tags=["me"])
