"""What people do: write, send files, tap buttons, block the bot."""

from __future__ import annotations

from typing import Final

from simulators.telegram.limits import LARGEST_PHOTO_BYTES, LONGEST_CAPTION, LONGEST_TEXT
from simulators.telegram.refusals import PersonCannot
from simulators.telegram.simulator import Telegram
from simulators.telegram.truth import Tap
from simulators.telegram.words.entities import detected, part, utf16_length
from simulators.telegram.world.messages import Attachment, ChatLog, Content, Message
from simulators.telegram.world.people import Json, Person
from simulators.telegram.world.pictures import is_sendable, pixels_of

LARGEST_FILE_BYTES: Final = 60 * 1024 * 1024
"""As much as this server takes at once; the real one takes far more from people."""


def say(
    telegram: Telegram, person_id: int, text: str, *, chat_id: int | None = None, reply_to: int | None = None
) -> Message:
    """The message as it stands in the chat, without one the private chat. Raises PersonCannot."""
    kept = text.strip()
    if not kept or utf16_length(kept) > LONGEST_TEXT:
        raise PersonCannot(f"A message has 1 to {LONGEST_TEXT} characters.")
    return _write(telegram, person_id, Content(kept, detected(kept)), chat_id, reply_to)


def send_file(
    telegram: Telegram,
    person_id: int,
    content: bytes,
    name: str,
    *,
    mime: str = "application/octet-stream",
    chat_id: int | None = None,
    caption: str = "",
    as_photo: bool = False,
    size: int | None = None,
) -> Message:
    """The message with the file. A `size` may be claimed that the bytes do not have. Raises PersonCannot."""
    kept = caption.strip()
    if utf16_length(kept) > LONGEST_CAPTION:
        raise PersonCannot(f"A caption has up to {LONGEST_CAPTION} characters.")
    if not content:
        raise PersonCannot("The file is empty.")
    file = telegram.files.keep(content, name, mime, size=size)
    pixels = pixels_of(content) if as_photo and len(content) <= LARGEST_PHOTO_BYTES else None
    shown = Attachment(file, pixels if pixels and is_sendable(pixels) else None)
    return _write(telegram, person_id, Content(kept, detected(kept), shown), chat_id, None)


def _write(telegram: Telegram, person_id: int, content: Content, chat_id: int | None, reply_to: int | None) -> Message:
    person, chat = _place(telegram, person_id, chat_id)
    replied = None if reply_to is None else chat.find(reply_to)
    message = chat.add(person.user(), telegram.clock.now_s(), content, reply_to=replied)
    if not chat.is_group:
        person.started = True
    if _is_for_bot(telegram, chat, message):
        telegram.tell("message", message.shown(), chat.id)
    telegram.bell.ring()
    return message


def _place(telegram: Telegram, person_id: int, chat_id: int | None) -> tuple[Person, ChatLog]:
    person = telegram.person(person_id)
    chat = telegram.chat(person_id if chat_id is None else chat_id)
    if not chat.is_group and chat.id != person.id:
        raise PersonCannot("This chat belongs to somebody else.")
    if not chat.is_group and person.blocks_bot:
        raise PersonCannot("The bot is blocked; unblock it first.")
    return person, chat


def _is_for_bot(telegram: Telegram, chat: ChatLog, message: Message) -> bool:
    """In a group a bot hears commands, its own name and replies to itself, unless it may hear all."""
    if not chat.is_group or telegram.sees_all_in_groups:
        return True
    replied = message.reply_to
    if replied is not None and replied.sender["id"] == telegram.bot.id:
        return True
    own_name = f"@{telegram.bot.username}".lower()
    return any(_names_bot(message.content, entity, own_name) for entity in message.content.entities)


def _names_bot(content: Content, entity: Json, own_name: str) -> bool:
    words = part(content.text, entity).lower()
    if entity["type"] == "mention":
        return words == own_name
    return entity["type"] == "bot_command" and ("@" not in words or words.endswith(own_name))


def tap(telegram: Telegram, person_id: int, chat_id: int, message_id: int, data: str) -> Tap:
    """The press of a button that the message has; its answer appears in it. Raises PersonCannot."""
    person, chat = _place(telegram, person_id, chat_id)
    message = chat.find(message_id)
    rows = (message.inline_keyboard or {}).get("inline_keyboard", []) if message else []
    if message is None or not any(button.get("callback_data") == data for row in rows for button in row):
        raise PersonCannot("The message has no such button any more.")
    number = len(telegram.truth.taps) + 1
    made = Tap(f"{telegram.bot.id}{number:012d}", person.id, chat.id, message.id, data, telegram.clock.now_s())
    telegram.truth.taps[made.id] = made
    query = {
        "id": made.id,
        "from": person.user(),
        "message": message.shown(),
        "chat_instance": str(chat.id),
        "data": data,
    }
    telegram.tell("callback_query", query, chat.id)
    return made


def block(telegram: Telegram, person_id: int, *, blocked: bool) -> None:
    """The person stops the bot, or lets it write again; the bot is told when that is a change."""
    person = telegram.person(person_id)
    if person.blocks_bot == blocked:
        return
    person.blocks_bot = blocked
    bot = telegram.bot.user()
    member, kicked = {"status": "member", "user": bot}, {"status": "kicked", "user": bot, "until_date": 0}
    change = {
        "chat": person.chat(),
        "from": person.user(),
        "date": int(telegram.clock.now_s()),
        "old_chat_member": member if blocked else kicked,
        "new_chat_member": kicked if blocked else member,
    }
    telegram.tell("my_chat_member", change, person.id)
