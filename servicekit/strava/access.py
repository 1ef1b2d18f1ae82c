"""An athlete's access token for one piece of work, renewed once, and how often a call with it is repeated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

from kernel.retry import backoff_s
from servicekit.base.settings import Reader
from servicekit.strava.errors import TokenRefused

T = TypeVar("T")


class FetchToken(Protocol):
    """Gives an access token to use now; with `force` not the one it gave before. Raises NoToken or NotNow."""

    async def __call__(self, *, force: bool) -> str: ...


class Access:
    """In whose name Strava is asked. A refused token is renewed once, however many calls the work makes."""

    def __init__(self, fetch: FetchToken) -> None:
        """`fetch` may raise TokenRefused itself, for a token that must not be sent."""
        self._fetch = fetch
        self._renewed = False
        self.app: str | None = None
        """Of which Strava app the last token was, as far as whoever fetches it says."""

    async def call(self, ask: Callable[[str], Awaitable[T]]) -> T:
        """The answer to `ask(access_token)`. Raises TokenRefused when the renewed token is refused too."""
        try:
            return await ask(await self._fetch(force=False))
        except TokenRefused:
            if self._renewed:
                raise
        self._renewed = True
        return await ask(await self._fetch(force=True))


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a call to Strava is repeated, and after what waits; each default is that of the variable."""

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
