"""Methods by which the bot says how it wants to hear of news."""

from __future__ import annotations

import re
from typing import Any, Final

from simulators.telegram.methods.markup import check_webhook_url
from simulators.telegram.methods.parameters import Parameters
from simulators.telegram.refusals import bad_request
from simulators.telegram.simulator import Telegram
from simulators.telegram.updates.webhook import Webhook

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_CONNECTIONS: Final = 40
_MOST: Final = 100


def set_webhook(telegram: Telegram, parameters: Parameters) -> Any:
    """An empty address takes the webhook away."""
    url, secret = parameters.text("url"), parameters.text("secret_token")
    if url:
        check_webhook_url(url)
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = parameters.whole("max_connections", _CONNECTIONS)
    _allow(telegram, parameters)
    telegram.courier.set(Webhook(url, secret, min(max(connections, 1), _MOST)) if url else Webhook())
    return _dropped(telegram, parameters)


def delete_webhook(telegram: Telegram, parameters: Parameters) -> Any:
    telegram.courier.set(Webhook())
    return _dropped(telegram, parameters)


def _dropped(telegram: Telegram, parameters: Parameters) -> bool:
    if parameters.yes("drop_pending_updates"):
        telegram.line.drop_all()
    telegram.bell.ring()
    return True


def get_webhook_info(telegram: Telegram, _parameters: Parameters) -> Any:
    return telegram.courier.info()


async def get_updates(telegram: Telegram, parameters: Parameters) -> Any:
    _allow(telegram, parameters)
    most = min(max(parameters.whole("limit", _MOST), 1), _MOST)
    return await telegram.fetch_updates(parameters.whole("offset"), most, parameters.whole("timeout"))


def _allow(telegram: Telegram, parameters: Parameters) -> None:
    """The kinds of updates that are wanted from now on; what is not said stays as it was."""
    wanted = parameters.json("allowed_updates", "allowed_updates")
    if wanted is None:
        return
    if not isinstance(wanted, list) or not all(isinstance(kind, str) for kind in wanted):
        raise bad_request("can't parse allowed_updates: expected an Array of String")
    telegram.line.allowed = tuple(wanted)
