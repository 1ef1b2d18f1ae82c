"""A call from its name to its answer, with the trouble that it meets on the way."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from simulators.telegram.methods import about, edit, talk, updating
from simulators.telegram.methods.parameters import Parameters
from simulators.telegram.refusals import BotApiError, no_such_method
from simulators.telegram.simulator import Telegram
from simulators.telegram.trouble import OrderedTrouble, refusal_of
from simulators.telegram.truth import BotCall, CallOutcome

Method = Callable[[Telegram, Parameters], Any | Awaitable[Any]]
_ALL: Final[tuple[Method, ...]] = (
    about.get_me,
    about.get_chat,
    about.get_chat_member,
    about.get_file,
    about.set_my_commands,
    about.get_my_commands,
    about.delete_my_commands,
    about.set_chat_menu_button,
    about.get_chat_menu_button,
    updating.set_webhook,
    updating.delete_webhook,
    updating.get_webhook_info,
    updating.get_updates,
    talk.send_message,
    talk.send_photo,
    talk.send_document,
    talk.send_chat_action,
    talk.answer_callback_query,
    edit.edit_message_text,
    edit.edit_message_caption,
    edit.edit_message_reply_markup,
    edit.edit_message_media,
    edit.delete_message,
)
METHODS: Final = {method.__name__.replace("_", ""): method for method in _ALL}
"""By name without regard to case, as Telegram takes them."""


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """A status and a body, or nothing for `silent_s` seconds and then the end of the connection."""

    status: int
    body: dict[str, Any]
    silent_s: float | None = None


async def answer_call(telegram: Telegram, name: str, parameters: Parameters) -> CallAnswer:
    """What the bot hears; the truth notes what was done."""
    method = METHODS.get(name.lower())
    if method is None:
        return _refused(telegram, name, None, no_such_method())
    chat_id = parameters.whole("chat_id") or None
    met = telegram.desk.met_by(name.lower(), chat_id)
    if met is not None and not _carries_out(met):
        return _misled(telegram, name, chat_id, met, carried_out=False)
    try:
        result = method(telegram, parameters)
        if inspect.isawaitable(result):
            result = await result
    except BotApiError as refusal:
        return _refused(telegram, name, chat_id, refusal)
    if met is not None:
        return _misled(telegram, name, chat_id, met, carried_out=True)
    _note(telegram, name, chat_id, "answered", carried_out=True)
    return CallAnswer(200, {"ok": True, "result": result})


def _carries_out(met: OrderedTrouble) -> bool:
    return met.kind == "lost" or (met.kind == "silent" and met.after)


def _refused(telegram: Telegram, name: str, chat_id: int | None, refusal: BotApiError) -> CallAnswer:
    _note(telegram, name, chat_id, "refused", carried_out=False, description=refusal.description)
    return CallAnswer(refusal.code, refusal.body())


def _misled(
    telegram: Telegram, name: str, chat_id: int | None, met: OrderedTrouble, *, carried_out: bool
) -> CallAnswer:
    if met.kind == "silent":
        _note(telegram, name, chat_id, "silent", carried_out=carried_out)
        return CallAnswer(200, {}, silent_s=met.silence_s)
    refusal = refusal_of(met)
    outcome: CallOutcome = "lost" if carried_out else "refused"
    _note(telegram, name, chat_id, outcome, carried_out=carried_out, description=refusal.description)
    return CallAnswer(refusal.code, refusal.body())


def _note(
    telegram: Telegram,
    name: str,
    chat_id: int | None,
    outcome: CallOutcome,
    *,
    carried_out: bool,
    description: str = "",
) -> None:
    telegram.truth.note(BotCall(telegram.clock.now_s(), name, chat_id, outcome, carried_out, description))
