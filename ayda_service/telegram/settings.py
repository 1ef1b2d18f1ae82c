"""How the bot hears of what people write, as the environment says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, Self, cast, get_args
from urllib.parse import urlsplit

from servicekit.base.settings import Reader, Secret

UpdatesMode = Literal["off", "webhook", "polling"]
TELEGRAM_API: Final = "https://api.telegram.org"
TELEGRAM_LINKS: Final = "https://t.me"
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_WEBHOOK_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{32,256}", re.ASCII)
_CHAT_ID: Final = re.compile(r"-?[1-9][0-9]{0,17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """How the bot hears of what people write."""

    updates: UpdatesMode = "off"
    """TELEGRAM_UPDATES: `webhook` (the default with a secret), `polling`, or `off`: then there is no bot."""
    webhook_secret: Secret | None = None
    """TELEGRAM_WEBHOOK_SECRET, which Telegram shows with each update."""
    api_base: str = TELEGRAM_API
    """TELEGRAM_API_BASE: a Bot API server of one's own, or a simulated one."""
    link_base: str = TELEGRAM_LINKS
    """TELEGRAM_LINK_BASE: where links to bots lead, of a simulated Telegram another place."""

    admin_chat_id: int | None = None
    """ADMIN_CHAT_ID: the chat that is told of alarms; None: the log alone."""

    def opens(self, address: str) -> bool:
        """Whether Telegram shows a page of this address as a Mini App: with TLS, or all of it on one machine."""
        parts = urlsplit(address)
        return parts.scheme == "https" or all(map(_is_here, (parts.hostname, urlsplit(self.api_base).hostname)))

    @classmethod
    def read(cls, read: Reader) -> Self:
        """The settings."""
        secret = read.optional("TELEGRAM_WEBHOOK_SECRET", _webhook_secret)
        modes, usual = get_args(UpdatesMode), "off" if secret is None else "webhook"
        updates = cast("UpdatesMode", read.choice("TELEGRAM_UPDATES", modes, usual))
        if updates == "webhook" and secret is None:
            read.problem("TELEGRAM_UPDATES", "webhook needs TELEGRAM_WEBHOOK_SECRET")
        api_base = read.url("TELEGRAM_API_BASE", TELEGRAM_API)
        links, admin = read.url("TELEGRAM_LINK_BASE", TELEGRAM_LINKS), read.optional("ADMIN_CHAT_ID", _chat_id)
        return cls(updates, secret, api_base, links, admin)


def _is_here(host: str | None) -> bool:
    # names below .localhost are this machine's own (RFC 6761)
    return host in _THIS_MACHINE or (host or "").endswith(".localhost")


def _webhook_secret(text: str) -> Secret:
    if not _WEBHOOK_SECRET.fullmatch(text):
        raise ValueError("must have 32 to 256 letters, digits, _ or -")
    return Secret(text)


def _chat_id(text: str) -> int:
    if not _CHAT_ID.fullmatch(text):
        raise ValueError("must be the number of a chat, as /id of many bots tells it; groups have a minus")
    return int(text)
