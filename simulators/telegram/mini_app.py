"""Opening the Mini App: its address with what Telegram puts behind the `#`, signed with the bot's token."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from simulators.telegram.refusals import PersonCannot
from simulators.telegram.simulator import Telegram

Theme = Literal["light", "dark"]
WEB_APP_VERSION: Final = "8.0"
THEMES: Final[Mapping[Theme, Mapping[str, str]]] = {
    "light": {
        "bg_color": "#ffffff", "text_color": "#000000", "hint_color": "#707579", "link_color": "#2678b6",
        "button_color": "#2678b6", "button_text_color": "#ffffff", "secondary_bg_color": "#f4f4f5",
        "header_bg_color": "#ffffff", "bottom_bar_bg_color": "#ffffff", "accent_text_color": "#2678b6",
        "section_bg_color": "#ffffff", "section_header_text_color": "#2678b6", "section_separator_color": "#e4e4e7",
        "subtitle_text_color": "#707579", "destructive_text_color": "#c0392b",
    },
    "dark": {
        "bg_color": "#17212b", "text_color": "#f5f5f5", "hint_color": "#8a9aa9", "link_color": "#6ab3f3",
        "button_color": "#4a94d6", "button_text_color": "#ffffff", "secondary_bg_color": "#101921",
        "header_bg_color": "#17212b", "bottom_bar_bg_color": "#17212b", "accent_text_color": "#6ab2f2",
        "section_bg_color": "#17212b", "section_header_text_color": "#6ab3f3", "section_separator_color": "#0d141b",
        "subtitle_text_color": "#8a9aa9", "destructive_text_color": "#ef6b62",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Launch:
    """An open Mini App: what the frame shows, and what proves who opened it."""

    url: str = field(repr=False)
    init_data: str = field(repr=False)
    theme_params: Mapping[str, str] = field(default_factory=dict)


def launch(
    telegram: Telegram,
    person_id: int,
    *,
    url: str | None = None,
    chat_id: int | None = None,
    start_param: str | None = None,
    theme: Theme = "light",
) -> Launch:
    """The Mini App opened by this person: by a direct link with a `start_param`, else by a button.

    Raises PersonCannot when the bot has named no Mini App.
    """
    person = telegram.person(person_id)
    chat = telegram.chat(person_id if chat_id is None else chat_id)
    menu = telegram.profile.menu(person_id)
    address = url or telegram.mini_app_url or str(menu.get("web_app", {}).get("url", ""))
    if urlsplit(address).scheme not in {"http", "https"}:
        raise PersonCannot("The bot has no Mini App: it names one with setChatMenuButton.")
    user = {key: value for key, value in person.user().items() if key != "is_bot"} | {"allows_write_to_pm": True}
    fields = {"user": msgspec.json.encode(user).decode(), "auth_date": str(int(telegram.clock.now_s()))}
    if start_param is None:
        fields["query_id"] = f"AAH{person.id:x}{telegram.bell.rung:08x}"
    else:
        kind = "private" if not chat.is_group else "supergroup"
        fields |= {"chat_instance": str(chat.id), "chat_type": kind, "start_param": start_param}
        address = _with_query(address, tgWebAppStartParam=start_param)
    init_data = signed(fields, telegram)
    behind = {
        "tgWebAppData": init_data,
        "tgWebAppVersion": WEB_APP_VERSION,
        "tgWebAppPlatform": "web",
        "tgWebAppThemeParams": msgspec.json.encode(THEMES[theme]).decode(),
    }
    joint = "&" if "#" in address else "#"
    return Launch(f"{address}{joint}{urlencode(behind, quote_via=quote)}", init_data, THEMES[theme])


def signed(fields: Mapping[str, str], telegram: Telegram) -> str:
    """The fields as initData: with Telegram's signature, and with the hash that needs the bot's token."""
    message = f"{telegram.bot.id}:WebAppData\n{_lines(fields)}".encode()
    signature = urlsafe_b64encode(_telegrams_key(telegram.seed).sign(message)).decode().rstrip("=")
    whole = {**fields, "signature": signature}
    secret = hmac.digest(b"WebAppData", telegram.token.encode(), "sha256")
    return urlencode({**whole, "hash": hmac.digest(secret, _lines(whole).encode(), "sha256").hex()}, quote_via=quote)


def public_key(telegram: Telegram) -> str:
    """What verifies the signatures of this simulated Telegram, in hex; the real one's does not."""
    return _telegrams_key(telegram.seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _telegrams_key(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"simulated Telegram {seed}".encode()).digest())


def _lines(fields: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={fields[name]}" for name in sorted(fields))


def _with_query(url: str, **more: str) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(more)]))
    return urlunsplit(parts._replace(query=query))
