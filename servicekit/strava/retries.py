"""How often a call to Strava is repeated, and after what waits: the settings of brief 003."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from kernel.retry import backoff_s
from servicekit.base.settings import Reader


@dataclass(frozen=True, slots=True)
class Retries:
    """Every default is that of the variable."""

    most: int = 3
    """MAX_RETRIES: repeats after the first try."""
    first_s: float = 1.0
    """INITIAL_BACKOFF: seconds before the first repeat."""
    longest_s: float = 60.0
    """MAX_BACKOFF: no wait is longer, and whoever asks for a longer one is not asked again."""
    factor: float = 2.0
    """BACKOFF_MULTIPLIER: each wait is so many times the one before."""

    @classmethod
    def read(cls, read: Reader) -> Self:
        """From an environment; problems are reported by the reader."""
        unset = cls()
        return cls(
            most=read.integer("MAX_RETRIES", unset.most, maximum=10),
            first_s=read.number("INITIAL_BACKOFF", unset.first_s, maximum=3600),
            longest_s=read.number("MAX_BACKOFF", unset.longest_s, maximum=3600),
            factor=read.number("BACKOFF_MULTIPLIER", unset.factor, minimum=1, maximum=10),
        )

    def waits_s(self) -> Iterator[float]:
        """Seconds before each repeat."""
        for failures in range(1, self.most + 1):
            yield backoff_s(failures, first_s=self.first_s, most_s=self.longest_s, factor=self.factor)
