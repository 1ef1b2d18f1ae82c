"""`/_sim/*`: the truth to read, and trouble to order."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import FromPath, JSONBody

from simulators.base.client import Caller
from simulators.base.switches import change
from simulators.telegram.mini_app import public_key
from simulators.telegram.simulator import Telegram
from simulators.telegram.trouble import OrderedTrouble
from simulators.telegram.truth import BotCall, sent_by_bot
from simulators.telegram.updates.line import Update


class Forward(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    advance_s: Annotated[float, msgspec.Meta(ge=0, le=1e9)]


@get("/_sim/truth", operation_id="ShowTruth")
async def show_truth(telegram: NamedDependency[Telegram]) -> dict[str, Any]:
    """What the bot has said and how often, every message with its former contents, and what is known of the bot."""
    everything = [message for chat in telegram.chats.values() for message in chat.messages]
    return {
        "sent": sent_by_bot(telegram.chats.values()),
        "messages": [
            message.shown() | {"deleted": message.deleted, "earlier": [content.shown() for content in message.earlier]}
            for message in everything
        ],
        "taps": list(telegram.truth.taps.values()),
        "public_key": public_key(telegram),
    }


@get("/_sim/calls", operation_id="ShowCalls")
async def show_calls(telegram: NamedDependency[Telegram]) -> list[BotCall]:
    """Every call of the bot with what became of it, oldest first."""
    return telegram.truth.calls


@get("/_sim/updates", operation_id="ShowUpdates")
async def show_updates(telegram: NamedDependency[Telegram]) -> list[Update]:
    """Every update with its deliveries, oldest first."""
    return list(telegram.line.all())


@post("/_sim/updates/deliver", operation_id="DeliverUpdates", status_code=200)
async def deliver_updates(telegram: NamedDependency[Telegram], caller: NamedDependency[Caller]) -> dict[str, int]:
    """Bring the webhook what is due now, instead of waiting for the next round."""
    return {"attempts": await telegram.tick(caller)}


@post("/_sim/updates/{update_id:int}/repeat", operation_id="RepeatUpdate", status_code=200)
async def repeat_update(telegram: NamedDependency[Telegram], update_id: FromPath[int]) -> dict[str, int]:
    """Tell the bot an update once more."""
    if not telegram.line.repeat(update_id):
        raise NotFoundException(f"There is no update {update_id}.")
    telegram.bell.ring()
    return {"repeated": update_id}


@get("/_sim/clock", operation_id="ShowTime")
async def show_time(telegram: NamedDependency[Telegram]) -> dict[str, float]:
    return {"now_s": telegram.clock.now_s()}


@post("/_sim/clock", operation_id="MoveTime", status_code=200)
async def move_time(telegram: NamedDependency[Telegram], data: JSONBody[Forward]) -> dict[str, float]:
    telegram.clock.advance(data.advance_s)
    telegram.bell.ring()
    return {"now_s": telegram.clock.now_s()}


@post("/_sim/trouble", operation_id="SetTrouble", status_code=200)
async def set_trouble(telegram: NamedDependency[Telegram], data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    """All lasting trouble, after what is in the body has been changed."""
    return _changed(telegram, telegram.trouble, data)


@post("/_sim/limits", operation_id="SetFloodLimits", status_code=200)
async def set_limits(telegram: NamedDependency[Telegram], data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    """The flood limits, after those in the body have been changed."""
    return _changed(telegram, telegram.gauge.limits, data)


def _changed(telegram: Telegram, switches: msgspec.Struct, wanted: dict[str, Any]) -> dict[str, Any]:
    try:
        shown = change(switches, wanted)
    except msgspec.ValidationError as wrong:
        raise ValidationException(f"The body is not right: {wrong}.") from wrong
    telegram.bell.ring()
    return shown


@get("/_sim/faults", operation_id="ShowOrders")
async def show_faults(telegram: NamedDependency[Telegram]) -> list[OrderedTrouble]:
    return telegram.desk.ordered()


@post("/_sim/faults", operation_id="OrderTrouble")
async def order_fault(telegram: NamedDependency[Telegram], data: JSONBody[OrderedTrouble]) -> list[OrderedTrouble]:
    """Trouble for the next calls that fit."""
    telegram.desk.order(data)
    return telegram.desk.ordered()


@delete("/_sim/faults", operation_id="ClearOrders", status_code=200)
async def clear_faults(telegram: NamedDependency[Telegram]) -> list[OrderedTrouble]:
    telegram.desk.clear()
    return []


HANDLERS: Final = (
    show_truth,
    show_calls,
    show_updates,
    deliver_updates,
    repeat_update,
    show_time,
    move_time,
    set_trouble,
    set_limits,
    show_faults,
    order_fault,
    clear_faults,
)
