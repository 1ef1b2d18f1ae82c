"""Files that lie sealed: each under a fresh key of its own, and that key under the vault's.

A rotation of the vault's keys so touches only the small sealed keys. A file's key is bound to whose and which file it
is: copied onto another row it does not open.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Final

from servicekit.base.vault import SealBroken, Vault
from trackfiles.sealed import ContentBroken, opened_content, sealed_content

_KEY_BYTES: Final = 32


class FileSeals:
    """The keys of one kind of file under a vault. `subject` says whose and which file it is."""

    def __init__(self, vault: Vault, purpose: str) -> None:
        self._vault = vault
        self._purpose = purpose

    @staticmethod
    def new_key() -> bytes:
        """A key for one file."""
        return secrets.token_bytes(_KEY_BYTES)

    def seal_key(self, key: bytes, *, subject: str) -> str:
        """The key as it may be stored."""
        return self._vault.seal(base64.b64encode(key).decode(), subject=subject, purpose=self._purpose)

    def open_key(self, sealed: str, *, subject: str) -> bytes:
        """The key of this file. Raises SealBroken."""
        try:
            return base64.b64decode(self._vault.open(sealed, subject=subject, purpose=self._purpose), validate=True)
        except binascii.Error:
            raise SealBroken from None

    def rewrap_key(self, sealed: str, *, subject: str) -> str:
        """The same key under the vault's newest. Raises SealBroken."""
        return self._vault.rewrap(sealed, subject=subject, purpose=self._purpose)

    def needs_rewrap(self, sealed: str) -> bool:
        """Whether the key is sealed under another than the vault's newest. Raises SealBroken."""
        return self._vault.needs_rewrap(sealed)

    def open(self, content: bytes, key_sealed: str, *, subject: str) -> bytes:
        """A whole file. Raises SealBroken, for a content that was changed too. Takes CPU: call it in a thread."""
        try:
            return opened_content(content, self.open_key(key_sealed, subject=subject))
        except (ContentBroken, ValueError):
            raise SealBroken from None

    @staticmethod
    def seal(content: bytes, key: bytes) -> bytes:
        """A whole file under a new key. Takes CPU: call it in a thread."""
        return sealed_content(content, key)
