"""The button beside the field to write in: it opens the Mini App, and says so in the chat's language."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from ayda_service.chats.store import ChatStore
from ayda_service.messages.content import Menu
from ayda_service.messages.service import Outbox
from languages.voice import Voice, mark

OPEN_APP: Final = mark("Open Ayda")


class Menus:
    """Has the button follow the language; what it was asked to be stands with the chat."""

    def __init__(self, outbox: Outbox, app_url: str | None) -> None:
        """`app_url`: the address of the Mini App; without one there is no button."""
        self._outbox = outbox
        self._app_url = app_url

    def follow(self, session: Session, chat_id: int) -> None:
        """Has the button set anew where it says something else; in the caller's transaction."""
        chats = ChatStore(session)
        chat = chats.get(chat_id)
        if self._app_url is None or chat is None or chat.kind != "private":
            return
        session.refresh(chat, ["language"])
        menu = Menu(text=Voice(chat.language).say(OPEN_APP), app=self._app_url)
        if chats.memory(chat_id).menu != menu.known_as:
            self._outbox.say(session, chat_id, [menu], about=chat.telegram_id)
            chats.menu_asked(chat_id, menu.known_as)
