"""Encryption of what must not be readable in the database: AES-256-GCM under keys that rotate online.

A sealed text is `v1.<key id>.<key check>.<base64url of nonce and ciphertext>`. Subject (whose), purpose (what) and
key id are authenticated as associated data and repeated inside, so that a row copied onto another athlete or column
does not open. The check is made of the key's bytes: it tells a wrong setting from a text that was changed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final, Self

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel.errors import DomainError

_VERSION: Final = "v1"
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_CHECK_LENGTH: Final = 8
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
_CHECK = re.compile(r"[0-9a-f]{8}", re.ASCII)
_BODY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class SealBroken(DomainError):
    """A sealed text that this vault did not seal for this subject and purpose, or whose key is gone."""

    sentence = "A stored secret could not be opened: its key is missing or the stored text was changed."


class KeyMissing(SealBroken):
    """The key it names is not in this vault, or has other bytes here: a setting to put right, no proof of a change."""


class Vault:
    """Seals under the newest key and opens under any of its keys."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        if not keys:
            raise ValueError("a vault needs at least one key")
        if any(not _KEY_ID.fullmatch(key_id) or len(key) != _KEY_BYTES for key_id, key in keys.items()):
            raise ValueError("a vault key is an id and 32 bytes")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._checks = {key_id: _check_of(key) for key_id, key in keys.items()}
        self._newest = next(iter(keys))

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """A vault from `id:base64 of 32 bytes,...`, newest first; ValueError without the text when malformed."""
        keys: dict[str, bytes] = {}
        for part in text.split(","):
            key_id, colon, encoded = part.strip().partition(":")
            key = _key_bytes(encoded)
            if not colon or not _KEY_ID.fullmatch(key_id) or key is None:
                raise ValueError("must be id:key pairs separated by commas, newest first, each key base64 of 32 bytes")
            if key_id in keys:
                raise ValueError("two keys have the same id")
            keys[key_id] = key
        return cls(keys)

    def __repr__(self) -> str:
        return f"Vault(key_ids={list(self._ciphers)!r})"

    @property
    def newest_key_id(self) -> str:
        """The id of the key that seals."""
        return self._newest

    def seal(self, plaintext: str, *, subject: str, purpose: str) -> str:
        """The sealed text, different at every call."""
        bound = _binding(self._newest, subject, purpose)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        content = msgspec.json.encode([self._newest, subject, purpose, plaintext])
        ciphertext = self._ciphers[self._newest].encrypt(nonce, content, bound)
        return f"{_VERSION}.{self._newest}.{self._checks[self._newest]}.{_encode(nonce + ciphertext)}"

    def open(self, sealed: str, *, subject: str, purpose: str) -> str:
        """The plaintext; SealBroken unless sealed for exactly this subject and purpose by a key of this vault.

        KeyMissing when it has no key of this id, or one of other bytes.
        """
        key_id, check, body = _split(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None or check != self._checks[key_id]:
            raise KeyMissing
        try:
            content = cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], _binding(key_id, subject, purpose))
            inside = msgspec.json.decode(content, type=tuple[str, str, str, str])
        except (InvalidTag, ValueError):  # msgspec's errors are ValueErrors
            raise SealBroken from None
        if inside[:3] != (key_id, subject, purpose):
            raise SealBroken
        return inside[3]

    def needs_rewrap(self, sealed: str) -> bool:
        """Whether the text is sealed under another key than the newest."""
        return key_id_of(sealed) != self._newest

    def rewrap(self, sealed: str, *, subject: str, purpose: str) -> str:
        """The same secret under the newest key; SealBroken as in `open`."""
        return self.seal(self.open(sealed, subject=subject, purpose=purpose), subject=subject, purpose=purpose)


@dataclass(frozen=True, slots=True)
class KeySetting:
    """A vault's keys as the setting names them: the first one seals, all of them open.

    A new key is added last and promoted to the front, then others go.
    """

    pairs: tuple[str, ...]

    def __repr__(self) -> str:
        return f"KeySetting(ids={list(self.ids)!r})"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The setting; ValueError, without the text, where a vault would not take it."""
        Vault.from_setting(text)
        return cls(tuple(part.strip() for part in text.split(",")))

    @property
    def text(self) -> str:
        """The setting's value: secret."""
        return ",".join(self.pairs)

    @property
    def ids(self) -> tuple[str, ...]:
        """Every key's id, the one that seals first."""
        return tuple(pair.partition(":")[0] for pair in self.pairs)

    def vault(self) -> Vault:
        """The vault of this setting."""
        return Vault.from_setting(self.text)

    def derived(self, label: str) -> Self:
        """Keys that are made from these and open nothing of theirs, with the same ids in the same order."""
        split = (pair.partition(":") for pair in self.pairs)
        made = (
            (key_id, HKDF(SHA256(), _KEY_BYTES, None, label.encode()).derive(_raw(text))) for key_id, _, text in split
        )
        return type(self)(tuple(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in made))

    def with_new(self, key_id: str | None = None) -> Self:
        """One more key, last: every process learns to open it before any seals with it. ValueError for a bad id."""
        number = len(self.pairs) + 1
        while key_id is None and f"k{number}" in self.ids:
            number += 1
        return type(self).parse(f"{self.text},{generate_setting(key_id or f'k{number}')}")

    def promoted(self, key_id: str) -> Self:
        """The setting in which this key seals; ValueError when there is none of this id."""
        if key_id not in self.ids:
            raise ValueError(f"there is no key {key_id}")
        first = self.pairs[self.ids.index(key_id)]
        return type(self)((first, *(pair for pair in self.pairs if pair != first)))

    def without(self, key_id: str) -> Self:
        """The setting without this key; ValueError for the one that seals, or one that is not there."""
        if key_id not in self.ids:
            raise ValueError(f"there is no key {key_id}")
        if key_id == self.ids[0]:
            raise ValueError(f"{key_id} is the key that seals; rotate first")
        return type(self)(tuple(pair for pair, known in zip(self.pairs, self.ids, strict=True) if known != key_id))


def generate_setting(key_id: str = "k1") -> str:
    """One fresh `id:key` pair for the setting; put it first when rotating."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


def key_id_of(sealed: str) -> str:
    """The id of the key a text is sealed under; SealBroken if it is no sealed text."""
    return _split(sealed)[0]


def _check_of(key: bytes) -> str:
    return hashlib.sha256(b"ayda key check" + key).hexdigest()[:_CHECK_LENGTH]


def _binding(key_id: str, subject: str, purpose: str) -> bytes:
    return msgspec.json.encode([_VERSION, key_id, subject, purpose])


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _split(sealed: str) -> tuple[str, str, bytes]:
    parts = sealed.split(".")
    if len(parts) != 4 or parts[0] != _VERSION or not _KEY_ID.fullmatch(parts[1]):
        raise SealBroken
    _, key_id, check, encoded = parts
    if not _CHECK.fullmatch(check) or not _BODY.fullmatch(encoded):
        raise SealBroken
    try:
        body = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except binascii.Error:
        raise SealBroken from None
    # base64 ignores the last character's unused bits; only the one canonical spelling is a seal
    if len(body) <= _NONCE_BYTES or _encode(body) != encoded:
        raise SealBroken
    return key_id, check, body


def _raw(encoded: str) -> bytes:
    return base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)


def _key_bytes(encoded: str) -> bytes | None:
    try:
        key = _raw(encoded)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == _KEY_BYTES else None
