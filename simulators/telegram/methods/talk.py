"""Methods that say something: messages, photos, documents, what the bot is doing, answers to taps."""

from __future__ import annotations

from typing import Any, Final

from simulators.telegram.methods.content import FileKind, attachment, caption_content, text_content
from simulators.telegram.methods.markup import reply_markup
from simulators.telegram.methods.parameters import Parameters
from simulators.telegram.refusals import bad_request
from simulators.telegram.simulator import Telegram
from simulators.telegram.world.messages import ChatLog, Content, Message

_ACTIONS: Final = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip
_ACTION_S: Final = 5.0
_ANSWER_WITHIN_S: Final = 900.0
_LONGEST_ANSWER: Final = 200


def send_message(telegram: Telegram, parameters: Parameters) -> Any:
    chat = telegram.chat_for_bot(parameters.text("chat_id"))
    return _send(telegram, parameters, chat, text_content(parameters))


def send_photo(telegram: Telegram, parameters: Parameters) -> Any:
    return _send_file(telegram, parameters, "photo")


def send_document(telegram: Telegram, parameters: Parameters) -> Any:
    return _send_file(telegram, parameters, "document")


def _send_file(telegram: Telegram, parameters: Parameters, kind: FileKind) -> Any:
    chat = telegram.chat_for_bot(parameters.text("chat_id"))
    file = attachment(telegram, parameters, kind, parameters.text(kind))
    return _send(telegram, parameters, chat, caption_content(parameters, file))


def _send(telegram: Telegram, parameters: Parameters, chat: ChatLog, content: Content) -> Any:
    markup = reply_markup(parameters, group=chat.is_group)
    reply_to = _replied(parameters, chat)
    telegram.gauge.take(chat.id, telegram.clock.now_s(), group=chat.is_group)
    return telegram.post(chat, content, markup=markup, reply_to=reply_to).shown()


def _replied(parameters: Parameters, chat: ChatLog) -> Message | None:
    """The message that is answered; both the new and the old way to name it are understood."""
    reply = parameters.mapping("reply_parameters", "reply parameters")
    message_id = reply.get("message_id") or parameters.whole("reply_to_message_id")
    if not message_id:
        return None
    found = chat.find(int(message_id))
    tolerant = reply.get("allow_sending_without_reply") or parameters.yes("allow_sending_without_reply")
    if found is None and not tolerant:
        raise bad_request("message to be replied not found")
    return found


def send_chat_action(telegram: Telegram, parameters: Parameters) -> Any:
    chat = telegram.chat_for_bot(parameters.text("chat_id"))
    action = parameters.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.action, chat.action_until_s = action, telegram.clock.now_s() + _ACTION_S
    telegram.bell.ring()
    return True


def answer_callback_query(telegram: Telegram, parameters: Parameters) -> Any:
    tap = telegram.truth.taps.get(parameters.text("callback_query_id"))
    if tap is None or telegram.clock.now_s() - tap.at_s > _ANSWER_WITHIN_S:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = parameters.text("text")
    if len(text) > _LONGEST_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    tap.answer = {"text": text, "show_alert": parameters.yes("show_alert"), "url": parameters.text("url") or None}
    telegram.bell.ring()
    return True
