"""Messages as they stand and as they once stood."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulators.telegram.world.files import StoredFile
from simulators.telegram.world.people import Json
from simulators.telegram.world.pictures import sizes_of


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message; a photo has its size in pixels, a document has none."""

    file: StoredFile
    pixels: tuple[int, int] | None = None

    def shown(self) -> Json:
        if self.pixels is None:
            named = {"file_name": self.file.name} if self.file.name else {}
            return {"document": self.file.identity() | named | {"mime_type": self.file.mime}}
        sizes = [{"width": width, "height": height} for width, height in sizes_of(self.pixels)]
        return {"photo": [self.file.identity() | size for size in sizes]}


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says: a text, or a file with a caption. Entities count UTF-16 code units."""

    text: str = ""
    entities: tuple[Json, ...] = ()
    attachment: Attachment | None = None

    def shown(self) -> Json:
        names = ("text", "entities") if self.attachment is None else ("caption", "caption_entities")
        body: Json = {} if self.attachment is None else self.attachment.shown()
        if self.text:
            body[names[0]] = self.text
        if self.entities:
            body[names[1]] = list(self.entities)
        return body


@dataclass(slots=True)
class Message:
    """One message of a chat; `earlier` is what it said before each edit."""

    id: int
    chat: Json
    sender: Json
    date_s: int
    content: Content
    reply_markup: Json | None = None
    reply_to: Message | None = None
    edited_s: int | None = None
    deleted: bool = False
    earlier: list[Content] = field(default_factory=list)

    @property
    def inline_keyboard(self) -> Json | None:
        """The buttons below the message; other keyboards belong to the chat."""
        markup = self.reply_markup
        return markup if markup and markup.get("inline_keyboard") else None

    def shown(self, *, with_reply: bool = True) -> Json:
        """The message as the Bot API tells it."""
        body: Json = {"message_id": self.id, "from": self.sender, "chat": self.chat, "date": self.date_s}
        if self.edited_s is not None:
            body["edit_date"] = self.edited_s
        if with_reply and self.reply_to is not None and not self.reply_to.deleted:
            body["reply_to_message"] = self.reply_to.shown(with_reply=False)
        body |= self.content.shown()
        if self.inline_keyboard is not None:
            body["reply_markup"] = self.inline_keyboard
        return body


@dataclass(slots=True)
class ChatLog:
    """Everything that was ever said in a chat, deleted messages too, and what the bot is doing there now."""

    chat: Json
    messages: list[Message] = field(default_factory=list)
    action: str | None = None
    action_until_s: float = 0.0

    @property
    def id(self) -> int:
        return int(self.chat["id"])

    @property
    def is_group(self) -> bool:
        return str(self.chat["type"]) != "private"

    def add(
        self,
        sender: Json,
        now_s: float,
        content: Content,
        *,
        reply_markup: Json | None = None,
        reply_to: Message | None = None,
    ) -> Message:
        """The new message."""
        number = len(self.messages) + 1
        message = Message(number, self.chat, sender, int(now_s), content, reply_markup, reply_to)
        self.messages.append(message)
        return message

    def find(self, message_id: int) -> Message | None:
        """The message of this id, unless it was deleted."""
        there = 1 <= message_id <= len(self.messages)
        message = self.messages[message_id - 1] if there else None
        return None if message is None or message.deleted else message

    def standing(self) -> list[Message]:
        """What can be read, oldest first."""
        return [message for message in self.messages if not message.deleted]

    def reply_keyboard(self) -> Json | None:
        """The keyboard that the last message with one has put in place of the phone's, None when there is none."""
        for message in reversed(self.standing()):
            markup = message.reply_markup or {}
            if "keyboard" in markup:
                return markup
            if markup.get("remove_keyboard"):
                return None
        return None
