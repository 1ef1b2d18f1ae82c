"""Telegram's `initData`: proof of who opened the Mini App.

Two schemes, both of core.telegram.org/bots/webapps: HMAC with the bot's token, which `ayda_service` holds, and an
Ed25519 signature that anyone can verify with Telegram's public key and the bot's id.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kernel.contracts.ids import is_telegram_id
from kernel.errors import DomainError

PRODUCTION_PUBLIC_KEY: Final = "e7bf03a2fa4602af4580703d88dda5bb59f32ed8b02a56c187fe7d34caed242d"
FUTURE_S: Final = 60
_MAX_LENGTH: Final = 8192
_NAME: Final = re.compile(r"\w{1,64}", re.ASCII)
_MAX_AUTH_DATE_DIGITS: Final = 11
_ID_LIMIT: Final = 2**63


class InvalidInitData(DomainError):
    """The data was not signed by Telegram for this bot, or is no initData at all."""

    sentence = "Telegram's proof of who you are is missing or not valid; please open the app from Telegram again."


class InitDataExpired(DomainError):
    """The data is genuine and too old for what was asked."""

    sentence = "Telegram's proof of who you are is too old; please open the app from Telegram again."


@dataclass(frozen=True, slots=True)
class InitData:
    """Who opened the Mini App, and when Telegram said so (epoch seconds)."""

    telegram_id: int
    auth_date_s: int


class _User(msgspec.Struct, frozen=True):
    id: int


def read_init_data(raw: str, *, bot_token: str, now: datetime, max_age_s: float) -> InitData:
    """The content of initData signed with the bot's token. Raises InvalidInitData or InitDataExpired."""
    fields = _fields(raw)
    presented = fields.pop("hash", "")
    # clients differ in whether the newer `signature` field is part of what was hashed; both need the bot's token
    without_signature = {name: value for name, value in fields.items() if name != "signature"}
    accepted = [hmac.compare_digest(_hash(each, bot_token), presented.encode()) for each in (fields, without_signature)]
    if not any(accepted):
        raise InvalidInitData
    return _content(fields, now, max_age_s)


def read_signed_init_data(
    raw: str, *, bot_id: int, now: datetime, max_age_s: float, public_key: str = PRODUCTION_PUBLIC_KEY
) -> InitData:
    """The content of initData signed by Telegram's own key. Raises InvalidInitData or InitDataExpired."""
    fields = _fields(raw)
    fields.pop("hash", None)
    signature = fields.pop("signature", "")
    message = f"{bot_id}:WebAppData\n{_lines(fields)}".encode()
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    try:
        key.verify(_unpadded(signature), message)
    except (InvalidSignature, ValueError):
        raise InvalidInitData from None
    return _content(fields, now, max_age_s)


def _unpadded(signature: str) -> bytes:
    """The bytes of base64url without padding, of its one spelling only: the decoder overlooks foreign characters."""
    decoded = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != signature.encode():
        raise ValueError("another spelling of the same bytes")
    return decoded


def sign_init_data(fields: Mapping[str, str], *, bot_token: str) -> str:
    """InitData as Telegram would hand it to a Mini App; for tests and the demo."""
    return urlencode({**fields, "hash": _hash(fields, bot_token).decode()})


def _fields(raw: str) -> dict[str, str]:
    if not raw or len(raw) > _MAX_LENGTH:
        raise InvalidInitData
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, strict_parsing=True, max_num_fields=50, errors="strict")
    except ValueError:
        raise InvalidInitData from None
    fields = dict(pairs)
    if len(fields) != len(pairs) or not all(_unambiguous(name, value) for name, value in pairs):
        raise InvalidInitData
    return fields


def _unambiguous(name: str, value: str) -> bool:
    """Whether the pair can be told from its neighbours in the lines that are signed; all of Telegram's can."""
    return _NAME.fullmatch(name) is not None and "\n" not in value


def _lines(fields: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={fields[name]}" for name in sorted(fields))


def _hash(fields: Mapping[str, str], bot_token: str) -> bytes:
    secret = hmac.digest(b"WebAppData", bot_token.encode(), "sha256")
    return hmac.digest(secret, _lines(fields).encode(), "sha256").hex().encode()


def _content(fields: Mapping[str, str], now: datetime, max_age_s: float) -> InitData:
    auth_date = fields.get("auth_date", "")
    if not (auth_date.isascii() and auth_date.isdigit() and len(auth_date) <= _MAX_AUTH_DATE_DIGITS):
        raise InvalidInitData
    try:
        user = msgspec.json.decode(fields.get("user", ""), type=_User)
    except msgspec.DecodeError:
        raise InvalidInitData from None
    if not is_telegram_id(str(user.id)) or user.id >= _ID_LIMIT:
        raise InvalidInitData
    age_s = now.timestamp() - int(auth_date)
    if age_s < -FUTURE_S:
        raise InvalidInitData
    if age_s > max_age_s:
        raise InitDataExpired
    return InitData(user.id, int(auth_date))
