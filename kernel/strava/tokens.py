"""What a token allows, when it may be sent and when it has to be refreshed; no I/O.

Strava: access tokens live six hours; a refresh with more than an hour left returns the same access token; an answer may
carry a new refresh token, and the old one may stop working that instant.
"""

from __future__ import annotations

REFRESH_WITH_LESS_THAN_S = 3600.0
"""Earlier than this a refresh returns the token we have."""
MARGIN_S = 120.0
"""A token is not sent with less life than this, on top of what our clock may be wrong by."""
LONGEST_LIFE_S = 2 * 86_400.0
"""A token that claims to live longer has its expiry in milliseconds, or is garbage."""
_FIRST = ("read", "activity:read_all")
_INCLUDED = {"read_all": {"read"}, "activity:read_all": {"activity:read"}}


def remaining_s(expires_at: object, now_s: float, *, skew_s: float = 0.0) -> float:
    """Seconds of life a token has left at least; 0 when its expiry is missing, past, or not believable.

    `skew_s` is how far our clock may be from Strava's, as learned from the `Date` header; its sign does not matter.
    """
    if isinstance(expires_at, bool) or not isinstance(expires_at, int | float):
        return 0.0
    left_s = float(expires_at) - now_s if abs(expires_at) < 1e15 else 0.0
    # written so that NaN is refused too
    return max(0.0, left_s - abs(skew_s)) if left_s <= LONGEST_LIFE_S + abs(skew_s) else 0.0


def may_send(expires_at: object, now_s: float, *, skew_s: float = 0.0) -> bool:
    """Whether a request with this token arrives while the token lives."""
    return remaining_s(expires_at, now_s, skew_s=skew_s) > MARGIN_S


def needs_refresh(expires_at: object, now_s: float, *, skew_s: float = 0.0) -> bool:
    """Whether a refresh would bring a newer token: an hour or less is left."""
    return remaining_s(expires_at, now_s, skew_s=skew_s) <= REFRESH_WITH_LESS_THAN_S


def parse_scope(text: str | None) -> frozenset[str]:
    """The scopes in a comma or space separated string, in any order; unknown ones are kept."""
    return frozenset((text or "").replace(",", " ").split())


def has_scope(granted: frozenset[str], needed: str) -> bool:
    """Whether a call that needs this scope is allowed; `..._all` includes the smaller one."""
    return needed in granted or any(needed in _INCLUDED.get(scope, ()) for scope in granted)


def format_scope(granted: frozenset[str]) -> str:
    """The scopes comma separated: those that every connection needs first, further ones after them."""
    return ",".join([*(scope for scope in _FIRST if scope in granted), *sorted(granted.difference(_FIRST))])
