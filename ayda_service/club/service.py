"""Who suits whom on a course, told to those who want to be found themselves.

Each question is one call to the predictor, which tells only what others may know; what a member is told is made here of
it, and is names and words; a decision in `docs/decisions` says what anybody can make of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from ayda_service.budgets.service import DailyBudget
from ayda_service.club.store import MatchingStore
from ayda_service.errors import MatchingFull, NameMissing, NotMatchable, NotOptedIn, TooFewForGroups
from ayda_service.members.service import Membership
from ayda_service.predictor.client import PredictorClient, asking
from ayda_service.settings import MemberBudgets
from kernel.club.groups import PaceGroup, pace_groups
from kernel.club.matching import BANDS, Outlook, band_of, likeness
from kernel.club.names import clean_name
from kernel.contracts.club import (
    LEAST_GROUP,
    ClubGroup,
    GroupList,
    GroupsRequest,
    Match,
    MatchingChoice,
    MatchingState,
    MatchList,
)
from kernel.contracts.distribution import MOST_ASKED, Distribution
from kernel.contracts.prediction import Mode
from servicekit.data.database import Database
from servicekit.http.errors import BadUpstreamResponse, UpstreamError

_ADVICE: Final[Mapping[str | None, str]] = {
    "private_source": (
        "What is known of you comes from Strava, whose terms let nobody else see it. Send your activities as files, "
        "such as the export that Strava gives you of your account, and you can be matched."
    ),
    "no_profile": "Nothing is known yet of how you go on such courses. Send some of your activities as files.",
}
_OTHERWISE: Final = "What is known of you may not be shown to others; send your activities as files."
_RANK: Final = {band: rank for rank, (band, _least) in enumerate(BANDS)}


@dataclass(frozen=True, slots=True)
class _Club:
    """Who has opted in, by Telegram id: the names of all, what is expected of those whom others may see; and `mine`."""

    me: str
    names: Mapping[str, str]
    outlooks: Mapping[str, Outlook]
    reason: str | None


class ClubService:
    """Partners and pace groups."""

    def __init__(
        self,
        database: Database,
        predictor: PredictorClient | None,
        membership: Membership,
        *,
        budgets: MemberBudgets,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._predictor = predictor
        self._membership = membership
        self._questions = DailyBudget(database, membership, "matching", budgets.matching_per_day, now=now)
        self._now = now

    async def state(self, telegram_id: int, mode: Mode) -> MatchingState:
        """A member's own state; it can be read, and opting out works, whatever the predictor does."""
        name = await self._database.read(lambda session: MatchingStore(session).name(telegram_id))
        visible, reason = await self._visible(str(telegram_id), mode)
        told = advice(reason) if visible is False else None
        return MatchingState(opted_in=name is not None, name=name, visible=visible, reason=reason, advice=told)

    async def choose(self, telegram_id: int, vouched_at: datetime, choice: MatchingChoice) -> None:
        """Opts in or out, at once. Raises NameMissing, BadName, MatchingFull and ErasedSince."""
        if not choice.opted_in:
            await self._database.write(lambda session: MatchingStore(session).end(telegram_id))
            return
        if choice.name is None:
            raise NameMissing
        name = clean_name(choice.name)
        await self._database.write(lambda session: self._opt_in(session, telegram_id, vouched_at, name))

    async def matches(self, telegram_id: int, vouched_at: datetime, route_id: str, mode: Mode) -> MatchList:
        """Who suits this member on a course.

        Raises NotOptedIn, NotMatchable, DailyLimit, ErasedSince, PredictorNotConfigured and RefusedByPredictor.
        """
        club = await self._club(telegram_id, vouched_at, route_id, mode)
        own = club.outlooks.get(club.me)
        if own is None:
            raise NotMatchable(club.reason, advice(club.reason))
        suiting = (
            (club.names[each], band_of(likeness(own, outlook)))
            for each, outlook in club.outlooks.items()
            if each != club.me
        )
        found = [Match(name, band) for name, band in suiting if band is not None]
        return MatchList(sorted(found, key=lambda match: (_RANK[match.band], match.name.casefold(), match.name)))

    async def groups(self, telegram_id: int, vouched_at: datetime, request: GroupsRequest) -> GroupList:
        """Pace groups of everybody who opted in and may be shown.

        Raises what `matches` does but NotMatchable, and TooFewForGroups and GroupsImpossible.
        """
        club = await self._club(telegram_id, vouched_at, request.route_id, request.type)
        if len(club.outlooks) < LEAST_GROUP:
            raise TooFewForGroups(LEAST_GROUP)
        # a thousand people take too long for the event loop
        cut = await asyncio.to_thread(pace_groups, club.outlooks, count=request.count, most=request.size)
        left_out = club.me not in club.outlooks
        return GroupList(
            groups=[_shown(position, group, club) for position, group in enumerate(cut, start=1)],
            reason=club.reason if left_out else None,
            advice=advice(club.reason) if left_out else None,
        )

    def _opt_in(self, session: Session, telegram_id: int, vouched_at: datetime, name: str) -> None:
        member = self._membership.join(session, telegram_id, vouched_at)
        if not MatchingStore(session).put(member.id, name, self._now(), MOST_ASKED):
            raise MatchingFull(MOST_ASKED)

    async def _visible(self, me: str, mode: Mode) -> tuple[bool | None, str | None]:
        """Whether others may see this member, and why not; None when the predictor cannot be asked."""
        if self._predictor is None:
            return None, None
        try:
            (profile,) = await self._predictor.profiles([me], mode, purpose="matching")
        except UpstreamError:
            return None, None
        return profile.has_profile and profile.shareable, profile.reason

    async def _club(self, telegram_id: int, vouched_at: datetime, route_id: str, mode: Mode) -> _Club:
        """Who has opted in, and what to expect of them; one call to the predictor."""
        me = str(telegram_id)
        before = await self._names_with(me)
        async with asking(self._predictor) as predictor, self._questions.spent(telegram_id, vouched_at):
            told = await predictor.distributions(route_id, sorted(before), mode)
        names = await self._names_with(me)  # who has opted out meanwhile is seen no more
        outlooks = {each.telegram_id: _outlook(each) for each in told if each.telegram_id in names}
        reason = next((each.reason for each in told if each.telegram_id == me), None)
        return _Club(me, names, {each: outlook for each, outlook in outlooks.items() if outlook is not None}, reason)

    async def _names_with(self, me: str) -> dict[str, str]:
        names = await self._database.read(lambda session: MatchingStore(session).names())
        if me not in names:
            raise NotOptedIn
        return names


def advice(reason: str | None) -> str:
    """What helps who cannot be shown to others for this reason."""
    return _ADVICE.get(reason, _OTHERWISE)


def _outlook(told: Distribution) -> Outlook | None:
    """What to compare; None for who may not be shown, whatever else the row says."""
    if not (told.has_profile and told.shareable) or told.log_time_s is None or told.log_time_sd is None:
        return None
    try:
        return Outlook(told.log_time_s, told.log_time_sd, told.climb or 0.0, told.descent or 0.0)
    except ValueError:
        raise BadUpstreamResponse("predictor", "a distribution that is none") from None


def _shown(position: int, group: PaceGroup, club: _Club) -> ClubGroup:
    """By the alphabet: in the order of pace the names would tell more than the group does."""
    names = sorted((club.names[each] for each in group.members), key=lambda name: (name.casefold(), name))
    return ClubGroup(position, names, group.time_range_min, group.hint, club.me in group.members)
