"""The setting that names a vault's keys, as text: a new key is added last, promoted to the front, then others go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from servicekit.base.vault import Vault, generate_setting


@dataclass(frozen=True, slots=True)
class KeySetting:
    """Pairs of id and key in the order of the setting: the first one seals, all of them open."""

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
