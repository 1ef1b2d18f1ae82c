"""What members of a club are told of each other: a chosen name and a word, never a figure of anybody."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from kernel.contracts.prediction import Mode

Band = Literal["very_close", "close", "a_stretch"]
"""How well two people suit each other on a course; who suits nobody is in no band."""

Hint = Literal["holds_together", "wait_on_slopes", "wait_often"]
"""What a leader of a group has to expect: nothing, gaps on climbs and descents, gaps everywhere."""

MOST_NAME_LETTERS = 40
LEAST_GROUP = 3
"""Fewer people are no group: what is said of two is said of each of them."""


class MatchingChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a member wants to be found by others who do, and under which name; the name is needed to opt in."""

    opted_in: bool
    name: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class MatchingState(msgspec.Struct, frozen=True):
    """A member's own state.

    `visible` says whether the others can be shown how they suit this member, null while nobody can tell; where it is
    false, `reason` is a stable word for why (`no_profile`, `private_source`) and `advice` a sentence on what helps.
    """

    opted_in: bool
    name: str | None
    visible: bool | None
    reason: str | None
    advice: str | None


class Match(msgspec.Struct, frozen=True):
    """Somebody who suits the member who asks."""

    name: str
    band: Band


class MatchList(msgspec.Struct, frozen=True):
    """Those who suit, the closest band first and by name within it, which tells nothing more."""

    matches: list[Match]


class GroupsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pace groups for a stored course: as many as pay off, or `count` of them; with at most `size` people in each."""

    route_id: Annotated[str, msgspec.Meta(max_length=64)]
    type: Mode = "trail_run"
    count: Annotated[int, msgspec.Meta(ge=2, le=6)] | None = None
    size: Annotated[int, msgspec.Meta(ge=LEAST_GROUP, le=1000)] | None = None


class ClubGroup(msgspec.Struct, frozen=True):
    """One group; `position` 1 is the fastest. The order of `names` is that of the alphabet.

    `time_range_min` is what eight in ten days of such a group take, in coarse steps of whole five minutes; `yours` says
    that the member who asks is in it.
    """

    position: int
    names: list[str]
    time_range_min: tuple[int, int] | None
    hint: Hint
    yours: bool


class GroupList(msgspec.Struct, frozen=True):
    """The groups, the fastest first. Where the member who asks is in none, `reason` and `advice` say why."""

    groups: list[ClubGroup]
    reason: str | None
    advice: str | None
