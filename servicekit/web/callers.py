"""Who asks, known from the headers alone: a service with a key, a member with a proof, or only an address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from litestar.datastructures import Headers
from litestar.types import HTTPScope

from servicekit.base.clock import utc_now
from servicekit.web.api_keys import API_KEY_HEADER, ApiKeys
from servicekit.web.flood import visitor_of

MemberOf = Callable[[str | None], str | None]
"""Under which name the sender of an Authorization header is counted; None without a genuine proof."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; `name` is unique among those of a kind."""

    kind: Literal["service", "member", "address"]
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
        return self._key_id(Headers.from_scope(scope)) is not None

    def of(self, scope: HTTPScope) -> Caller:
        """Who asks; a proof of identity counts before the address, which members share with strangers."""
        headers = Headers.from_scope(scope)
        if (key_id := self._key_id(headers)) is not None:
            return Caller("service", key_id)
        if (member := self._member_of(single(headers, "Authorization"))) is not None:
            return Caller("member", member)
        return Caller("address", visitor_of(scope))

    def _key_id(self, headers: Headers) -> str | None:
        presented = single(headers, API_KEY_HEADER)
        return None if presented is None else self._keys.verify(presented, self._now())


def single(headers: Headers, name: str) -> str | None:
    """The value of a header that is there once; None for one that is absent, or ambiguous."""
    values = headers.getall(name, [])
    return values[0] if len(values) == 1 else None
