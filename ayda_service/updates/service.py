"""Taking updates in: durable before Telegram is answered, each once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy.orm import Session

from ayda_service.telegram.errors import BadUpdate, BotIsOff, NotTelegram
from ayda_service.updates.store import UpdateStore
from kernel.strava.webhooks import same_text
from servicekit.base.settings import Secret
from servicekit.data.database import Database
from servicekit.jobs import JobQueue

ANSWER: Final = "answer_updates"
INTRODUCE: Final = "introduce_bot"
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
MAX_UPDATE_BYTES: Final = 256 * 1024
_SOON: Final = 9


class _Who(msgspec.Struct):
    id: int
    is_bot: bool = False


class _Event(msgspec.Struct, rename={"sender": "from"}):
    """The message, press or change that an update is about, as far as it says whose turn it is."""

    chat: _Who | None = None
    sender: _Who | None = None
    message: _Event | None = None


class _Update(msgspec.Struct):
    update_id: int
    message: _Event | None = None
    callback_query: _Event | None = None
    my_chat_member: _Event | None = None

    @property
    def event(self) -> _Event | None:
        return self.message or self.callback_query or self.my_chat_member


class Updates:
    """Where updates arrive."""

    def __init__(
        self, database: Database, queue: JobQueue, secret: Secret | None, *, now: Callable[[], datetime]
    ) -> None:
        """`secret`: what Telegram shows at our address. None: nothing is taken there."""
        self._database = database
        self._queue = queue
        self._secret = secret
        self._now = now

    def admit(self, secret: str | None) -> None:
        """Raises BotIsOff, and NotTelegram for whoever does not know the secret."""
        if self._secret is None:
            raise BotIsOff
        if secret is None or not same_text(secret, self._secret.reveal()):
            raise NotTelegram

    async def take(self, *bodies: bytes) -> int:
        """Keeps these updates, with the jobs that answer them; how many were new. Raises BadUpdate."""
        return await self._database.write(lambda session: self._keep(session, [_read(body) for body in bodies]))

    async def introduce(self) -> None:
        """Has Telegram told where updates go and what the bot can do: at each start, as settings may have changed."""
        await self._queue.put(INTRODUCE, {}, unique=INTRODUCE)

    def _keep(self, session: Session, read: Sequence[tuple[_Update, bytes]]) -> int:
        rows = []
        for update, body in read:
            place = _place(update)
            if place is not None:
                rows.append(self._row(update, *place, body))
        new = UpdateStore(session).add(sorted(rows, key=lambda row: int(str(row["update_id"]))))
        waiting = {(row["chat_id"], row["telegram_id"]) for row in rows if row["update_id"] in new}
        for chat_id, person in waiting:
            self.answer(session, int(str(chat_id)), None if person is None else int(str(person)))
        return len(new)

    def answer(self, session: Session, chat_id: int, person: int | None) -> None:
        """Has a chat's updates worked on; at most one job waits for each, and one runs."""
        args = {"chat_id": chat_id, "telegram_id": person}
        self._queue.add(session, ANSWER, args, priority=_SOON, unique=f"{ANSWER}:{chat_id}", alone=True)

    def _row(self, update: _Update, chat_id: int, person: int | None, body: bytes) -> dict[str, object]:
        return {
            "update_id": update.update_id,
            "chat_id": chat_id,
            "telegram_id": person,
            "body": body,
            "state": "new",
            "tries": 0,
            "received_at": self._now(),
        }


def _read(body: bytes) -> tuple[_Update, bytes]:
    try:
        return msgspec.json.decode(body, type=_Update), body
    except msgspec.DecodeError:
        raise BadUpdate from None


def _place(update: _Update) -> tuple[int, int | None] | None:
    """The chat an update belongs to, and the person who caused it; None for what the bot does not look at."""
    event = update.event
    if event is None or (event.sender is not None and event.sender.is_bot):
        return None
    chat = event.chat or (None if event.message is None else event.message.chat)
    person = None if event.sender is None else event.sender.id
    if chat is not None:
        return chat.id, person
    return None if person is None else (person, person)
