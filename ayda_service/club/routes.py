"""HTTP: opting in to matching, partners for a course, pace groups."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get, post, put
from litestar.params import JSONBody, QueryParameter

from ayda_service.club.service import ClubService
from ayda_service.telegram.identity import Member, MemberGuards
from kernel.contracts.club import GroupList, GroupsRequest, MatchingChoice, MatchingState, MatchList
from kernel.contracts.prediction import Mode
from servicekit.web.doors import door

ModeQuery = Annotated[Mode, QueryParameter(name="type")]
RouteQuery = Annotated[str, QueryParameter(max_length=64)]


def club_routes(service: ClubService, guards: MemberGuards) -> Router:
    """`/matching`, `/matches`, `/groups`."""

    @get("/matching", operation_id="Matching")
    async def state(identity: Member, mode: ModeQuery = "trail_run") -> MatchingState:
        """Whether the member who asks has opted in, under which name, and why others may not see them."""
        return await service.state(identity.telegram_id, mode)

    @put("/matching", operation_id="ChooseMatching")
    async def choose(identity: Member, data: JSONBody[MatchingChoice], mode: ModeQuery = "trail_run") -> MatchingState:
        """Opts in with a name, changes the name, or opts out, which ends everything at once."""
        await service.choose(identity.telegram_id, identity.vouched_at, data)
        return await service.state(identity.telegram_id, mode)

    @get("/matches", operation_id="Matches")
    async def matches(identity: Member, route_id: RouteQuery, mode: ModeQuery = "trail_run") -> MatchList:
        """Who suits the member who asks on a stored course: chosen names and a word, nothing else of anybody."""
        return await service.matches(identity.telegram_id, identity.vouched_at, route_id, mode)

    @post("/groups", operation_id="PaceGroups", status_code=200)
    async def groups(identity: Member, data: JSONBody[GroupsRequest]) -> GroupList:
        """Pace groups of all who opted in, for a stored course. Changes nothing."""
        return await service.groups(identity.telegram_id, identity.vouched_at, data)

    return Router("/", route_handlers=[state, choose, matches, groups], middleware=[door(guards.recent)], tags=["club"])
