"""Methods that change or take back what the bot has said."""

from __future__ import annotations

from typing import Any, Final

from simulators.telegram.methods.content import attachment, caption_content, text_content
from simulators.telegram.methods.markup import reply_markup
from simulators.telegram.methods.parameters import Parameters
from simulators.telegram.refusals import bad_request
from simulators.telegram.simulator import Telegram
from simulators.telegram.world.messages import ChatLog, Content, Message

_DELETABLE_S: Final = 48 * 3_600


def edit_message_text(telegram: Telegram, parameters: Parameters) -> Any:
    chat, message = _own_message(telegram, parameters)
    if message.content.attachment is not None:
        raise bad_request("there is no text in the message to edit")
    return _edit(telegram, parameters, chat, message, text_content(parameters))


def edit_message_caption(telegram: Telegram, parameters: Parameters) -> Any:
    chat, message = _own_message(telegram, parameters)
    if message.content.attachment is None:
        raise bad_request("there is no caption in the message to edit")
    return _edit(telegram, parameters, chat, message, caption_content(parameters, message.content.attachment))


def edit_message_reply_markup(telegram: Telegram, parameters: Parameters) -> Any:
    chat, message = _own_message(telegram, parameters)
    return _edit(telegram, parameters, chat, message, message.content)


def edit_message_media(telegram: Telegram, parameters: Parameters) -> Any:
    chat, message = _own_message(telegram, parameters)
    media = parameters.mapping("media", "InputMedia")
    kind = media.get("type")
    if kind not in {"photo", "document"}:
        raise bad_request("can't parse InputMedia: type must be photo or document")
    file = attachment(telegram, parameters, kind, str(media.get("media", "")))
    return _edit(telegram, parameters, chat, message, caption_content(Parameters(media), file))


def delete_message(telegram: Telegram, parameters: Parameters) -> Any:
    chat = telegram.chat_for_bot(parameters.text("chat_id"))
    message = chat.find(parameters.whole("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    own = message.sender["is_bot"]
    if (chat.is_group and not own) or telegram.clock.now_s() - message.date_s > _DELETABLE_S:
        raise bad_request("message can't be deleted for everyone")
    message.deleted = True
    telegram.bell.ring()
    return True


def _own_message(telegram: Telegram, parameters: Parameters) -> tuple[ChatLog, Message]:
    if not parameters.has("message_id"):
        raise bad_request("message identifier is not specified")
    chat = telegram.chat_for_bot(parameters.text("chat_id"))
    message = chat.find(parameters.whole("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    if not message.sender["is_bot"]:
        raise bad_request("message can't be edited")
    return chat, message


def _edit(telegram: Telegram, parameters: Parameters, chat: ChatLog, message: Message, content: Content) -> Any:
    """The changed message; an edit without buttons takes the old ones away."""
    markup = reply_markup(parameters, group=chat.is_group, edit=True)
    if content == message.content and (markup or {}).get("inline_keyboard") == _buttons(message):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as a current"
            " content and reply markup of the message"
        )
    telegram.gauge.take(chat.id, telegram.clock.now_s(), group=chat.is_group)
    if content != message.content:
        message.earlier.append(message.content)
    message.content, message.reply_markup = content, markup
    message.edited_s = int(telegram.clock.now_s())
    telegram.bell.ring()
    return message.shown()


def _buttons(message: Message) -> Any:
    return (message.inline_keyboard or {}).get("inline_keyboard")
