"""What members are told unasked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from ayda_service.bot.accuracy_words import compared_text
from ayda_service.bot.comparisons import undoing
from ayda_service.chats.store import ChatStore
from ayda_service.imports.words import Stage, import_text
from ayda_service.members.jobs import LogMessenger, Messenger
from ayda_service.members.notices import Compared, ConnectionLost, ImportOver, Notice, UploadGivenUp
from ayda_service.messages.content import Utterance
from ayda_service.messages.service import Outbox
from ayda_service.settings import Settings
from languages.voice import Voice
from servicekit.data.database import Database
from servicekit.jobs import JobQueue


def open_messenger(settings: Settings, database: Database, queue: JobQueue, now: Callable[[], datetime]) -> Messenger:
    """The bot; where it is off, the log."""
    return LogMessenger() if settings.telegram.updates == "off" else BotMessenger(database, Outbox(queue, now=now))


class BotMessenger:
    """Tells members by the bot: each notice once, by its key, in their language and units."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    async def tell(self, telegram_id: int, notice: Notice, *, key: str) -> None:
        """As `ayda_service.members.jobs.Messenger`."""
        await self._database.write(lambda session: self._say(session, telegram_id, notice, key))

    def _say(self, session: Session, telegram_id: int, notice: Notice, key: str) -> None:
        voice = ChatStore(session).voice(telegram_id)
        buttons = undoing(voice, notice, telegram_id) if isinstance(notice, Compared) else []
        said = Utterance(text=notice_text(voice, notice), buttons=buttons)
        self._outbox.say(session, telegram_id, [said], about=telegram_id, key=key)


def notice_text(voice: Voice, notice: Notice) -> str:
    """A notice in a person's words, for Telegram's HTML."""
    match notice:
        case ConnectionLost():
            return voice.say("Strava no longer lets me in, so new activities do not come in. Please /connect it again.")
        case UploadGivenUp():
            return voice.say(
                "Your outing of {day} ({length}) did not get to Strava, and I have stopped trying. "
                "The app says why, under uploads, and tries again when you ask.",
                day=voice.short_day(notice.started_at.date()),
                length=voice.length(notice.distance_m),
            )
        case ImportOver():
            stage: Stage = "read" if notice.state.status == "done" else "given_up"
            return "\n".join((voice.say("Your archive:"), import_text(voice, notice.state, stage)))
        case Compared():
            return compared_text(voice, notice)
