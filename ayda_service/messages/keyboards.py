"""Buttons below a message, and what it replies to, as aiogram has them."""

from __future__ import annotations

from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyParameters,
    WebAppInfo,
)

from ayda_service.messages.content import Buttons


def keyboard_of(buttons: Buttons) -> InlineKeyboardMarkup | None:
    """The buttons; None for none."""
    if not buttons:
        return None
    rows = [
        [
            InlineKeyboardButton(
                text=each.text,
                callback_data=each.data,
                url=each.url,
                web_app=None if each.app is None else WebAppInfo(url=each.app),
            )
            for each in row
        ]
        for row in buttons
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows)


def reply_to(message_id: int | None) -> ReplyParameters | None:
    """The message that is answered, which may be gone by then."""
    if message_id is None:
        return None
    return ReplyParameters(message_id=message_id, allow_sending_without_reply=True)
