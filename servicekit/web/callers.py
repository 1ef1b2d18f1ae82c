"""Who asks, known from the headers alone: a service with a key, a member with a proof, or only an address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from litestar.types import HTTPScope

from servicekit.base.clock import utc_now
from servicekit.web.api_keys import ApiKeys, key_shown
from servicekit.web.flood import visitor_of
from servicekit.web.head import head_of

AUTHORIZATION: Final = "Authorization"

MemberOf = Callable[[str | None], str | None]
"""Under which name the sender of an Authorization header is counted; None without a genuine proof."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks and is no service; `name` is unique among those of a kind."""

    kind: Literal["member", "address"]
    name: str


class Callers:
    """Tells who sends a request. It lets nobody in: that is what guards are for."""

    def __init__(
        self, keys: ApiKeys, *, now: Callable[[], datetime] = utc_now, member_of: MemberOf | None = None
    ) -> None:
        self._keys = keys
        self._now = now
        self._member_of = member_of or (lambda _authorization: None)

    def is_service(self, scope: HTTPScope) -> bool:
        """Whether a valid key is shown: such callers are trusted with more."""
        return key_shown(scope, self._keys, self._now) is not None

    def of(self, scope: HTTPScope) -> Caller:
        """Who asks that is no service; a proof of identity counts before the address, which members share."""
        if (member := self._member_of(head_of(scope).single(AUTHORIZATION))) is not None:
            return Caller("member", member)
        return Caller("address", visitor_of(scope))
