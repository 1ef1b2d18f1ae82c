"""What goes wrong: always in some share of the calls, or with the next calls as ordered."""

from __future__ import annotations

import random
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from simulators.telegram.refusals import BotApiError, blocked, too_many

TroubleKind = Literal["flood", "refused", "lost", "silent", "blocked"]
Share = Annotated[float, Meta(ge=0, le=1)]


class Trouble(msgspec.Struct, forbid_unknown_fields=True):
    """Lasting trouble; shares are of all calls or all updates, from 0 to 1, drawn with the simulator's seed."""

    outage: Annotated[bool, Meta(description="every call is refused, and no update is delivered")] = False
    status: Annotated[int, Meta(ge=500, le=599, description="what refused and lost calls answer")] = 502
    flood_share: Annotated[Share, Meta(description="calls answered 429 without being carried out")] = 0.0
    retry_after_s: Annotated[int, Meta(ge=1, le=86_400, description="what those are told to wait")] = 3
    refused_share: Annotated[Share, Meta(description="calls answered `status` without being carried out")] = 0.0
    lost_share: Annotated[Share, Meta(description="calls carried out and answered `status`")] = 0.0
    silent_share: Annotated[Share, Meta(description="calls carried out and never answered")] = 0.0
    silence_s: Annotated[
        float, Meta(ge=0, le=120, description="how long the connection of those is held before it breaks")
    ] = 30.0
    duplicate_share: Annotated[Share, Meta(description="updates that come once more, whatever was answered")] = 0.0
    duplicate_after_s: Annotated[float, Meta(ge=0, le=1e7, description="how much later those come again")] = 5.0
    late_share: Annotated[Share, Meta(description="updates that others overtake")] = 0.0
    late_s: Annotated[float, Meta(ge=0, le=1e7, description="how late those are")] = 10.0
    newest_first: Annotated[bool, Meta(description="the order of updates that are due together")] = False
    webhook_within_s: Annotated[float, Meta(gt=0, le=120, description="how soon a webhook must have answered")] = 60.0


class OrderedTrouble(msgspec.Struct, forbid_unknown_fields=True):
    """One order: the next `count` calls that fit meet `kind`; `silent` ones are carried out if `after` says so."""

    kind: TroubleKind
    method: str | None = None
    chat_id: int | None = None
    count: Annotated[int, Meta(ge=1, le=100_000)] = 1
    status: Annotated[int, Meta(ge=500, le=599)] = 502
    retry_after_s: Annotated[int, Meta(ge=1, le=86_400)] = 3
    silence_s: Annotated[float, Meta(ge=0, le=120)] = 0.0
    after: bool = True

    def fits(self, method: str, chat_id: int | None) -> bool:
        same_method = self.method is None or self.method.lower() == method
        return self.count > 0 and same_method and self.chat_id in {None, chat_id}


class TroubleDesk:
    """Takes orders and says what each call meets."""

    def __init__(self, lasting: Trouble, seed: int) -> None:
        self.lasting = lasting
        self._orders: list[OrderedTrouble] = []
        self._random = random.Random(seed)

    def order(self, wanted: OrderedTrouble) -> None:
        self._orders.append(wanted)

    def clear(self) -> None:
        self._orders.clear()

    def ordered(self) -> list[OrderedTrouble]:
        return [order for order in self._orders if order.count > 0]

    def met_by(self, method: str, chat_id: int | None) -> OrderedTrouble | None:
        """What this call meets, None for nothing; an order is used up by one."""
        for order in self.ordered():
            if order.fits(method, chat_id):
                order.count -= 1
                return order
        lasting = self.lasting
        if lasting.outage:
            return OrderedTrouble("refused", status=lasting.status)
        drawn, shares = self._random.random(), 0.0
        kinds: tuple[tuple[TroubleKind, float], ...] = (
            ("flood", lasting.flood_share),
            ("refused", lasting.refused_share),
            ("lost", lasting.lost_share),
            ("silent", lasting.silent_share),
        )
        for kind, share in kinds:
            shares += share
            if drawn < shares:
                return OrderedTrouble(
                    kind,
                    status=lasting.status,
                    retry_after_s=lasting.retry_after_s,
                    silence_s=lasting.silence_s,
                )
        return None


def refusal_of(order: OrderedTrouble) -> BotApiError:
    """What the caller is told in place of an answer."""
    if order.kind == "flood":
        return too_many(order.retry_after_s)
    if order.kind == "blocked":
        return blocked()
    return BotApiError(order.status, "Bad Gateway" if order.status == 502 else "Internal Server Error")
