"""What can go wrong between the bot and Telegram."""

from __future__ import annotations

from kernel.errors import DomainError


class ChatUnreachable(DomainError):
    """The bot was blocked there, or the chat is gone."""

    sentence = "This chat cannot be reached any more."


class MessageRefused(DomainError):
    """Telegram will never take this message as it is."""


class TelegramAway(DomainError):
    """Telegram does not answer, or says that it cannot now."""

    sentence = "Telegram does not answer at the moment."


class FileTooLargeForBots(DomainError):
    """A bot may fetch 20 MB at most."""

    sentence = "Telegram gives a bot no file larger than 20 MB. Send it as a ZIP, or open the page and drop it there."


class NotTelegram(DomainError):
    """An update came without the secret that Telegram was told."""

    sentence = "This address takes updates from Telegram only."


class BadUpdate(DomainError):
    """What came is no update."""

    sentence = "This is no update of Telegram's."


class BotIsOff(DomainError):
    """This ayda takes no updates here."""

    sentence = "This service takes no updates at this address."
