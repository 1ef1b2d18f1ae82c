"""Keyboards as Telegram accepts them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from simulators.telegram.limits import LONGEST_CALLBACK_BYTES
from simulators.telegram.methods.parameters import Parameters
from simulators.telegram.refusals import BotApiError, bad_request
from simulators.telegram.world.people import Json

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ACTIONS = frozenset({"callback_data", "url", "web_app", "login_url", "copy_text", "switch_inline_query"})
_OTHER_KEYBOARDS = ("keyboard", "remove_keyboard", "force_reply")


def is_loopback(url: str) -> bool:
    """Addresses of this machine need no TLS, unlike the real ones: everything here stays on it."""
    return (urlsplit(url).hostname or "") in _LOOPBACK


def reply_markup(parameters: Parameters, *, group: bool, edit: bool = False) -> Json | None:
    """The keyboard of a call, None without one. Raises the 400 for one that Telegram would not show."""
    markup = parameters.mapping("reply_markup", "reply keyboard markup")
    if "inline_keyboard" in markup:
        rows = _rows(markup["inline_keyboard"], "inline keyboard")
        return {"inline_keyboard": [[_button(button, group=group) for button in row] for row in rows if row]}
    if edit:
        return None
    if "keyboard" in markup:
        rows = _rows(markup["keyboard"], "keyboard")
        return markup | {"keyboard": [[{"text": b} if isinstance(b, str) else b for b in row] for row in rows]}
    return markup if any(markup.get(name) for name in _OTHER_KEYBOARDS) else None


def _rows(keyboard: Any, what: str) -> list[list[Any]]:
    if not isinstance(keyboard, list) or not all(isinstance(row, list) for row in keyboard):
        raise bad_request(f"can't parse {what}: expected an Array of Arrays")
    return keyboard


def _button(button: Any, *, group: bool) -> Json:
    if not isinstance(button, dict) or not str(button.get("text", "")).strip():
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    if sum(1 for action in _ACTIONS if action in button) != 1:
        raise bad_request("Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= LONGEST_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and urlsplit(str(button["url"])).scheme not in {"http", "https", "tg"}:
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if "web_app" in button:
        if group:
            raise bad_request("BUTTON_TYPE_INVALID")
        check_web_app(button["web_app"], "inline keyboard button Web App URL")
    return button


def check_web_app(web_app: Any, what: str) -> None:
    """Raises the 400 for a Mini App without an https address."""
    url = str(web_app.get("url", "")) if isinstance(web_app, dict) else ""
    if urlsplit(url).scheme != "https" and not (is_loopback(url) and urlsplit(url).scheme == "http"):
        raise bad_request(f"{what} '{url}' is invalid: Only HTTPS links are allowed")


def check_webhook_url(url: str) -> None:
    """Raises the 400 for an address to which Telegram would bring nothing."""
    parts, local = urlsplit(url), is_loopback(url)
    if not local and parts.scheme != "https":
        raise _bad_webhook("An HTTPS URL must be provided for webhook")
    if not local and parts.port not in {None, 443, 80, 88, 8443}:
        raise _bad_webhook("Webhook can be set up only on ports 80, 88, 443 or 8443")


def _bad_webhook(why: str) -> BotApiError:
    return bad_request(f"bad webhook: {why}")
