"""When a token has to be refreshed and what the answer to a refresh means; no I/O.

Strava: access tokens live six hours; a refresh with more than an hour left returns the same access token; an answer may
carry a new refresh token, and the old one may stop working that instant.
"""

from __future__ import annotations

from enum import StrEnum

from kernel.strava.faults import FaultKind

REFRESH_WITH_LESS_THAN_S = 3600.0
"""Earlier than this a refresh returns the token we have."""
MARGIN_S = 120.0
"""A token is not sent with less life than this, on top of what our clock may be wrong by."""
LONGEST_LIFE_S = 2 * 86_400.0
"""A token that claims to live longer has its expiry in milliseconds, or is garbage."""


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


class RefreshMeaning(StrEnum):
    """What to do after a refresh."""

    KEEP = "keep"
    """Store the access token; the refresh token is the one we have."""
    ROTATE = "rotate"
    """Store both, before anyone uses either: the old refresh token may be dead already."""
    ADOPT = "adopt"
    """Another process refreshed meanwhile: use what it stored."""
    LATER = "later"
    """Nothing is known about the token: try again with back-off."""
    OPERATOR = "operator"
    """The app itself is refused: an alarm, and no athlete's connection is touched."""
    SUSPECT = "suspect"
    """Refused, but an earlier refresh token is left to try."""
    REAUTH_REQUIRED = "reauth_required"
    """Every token we had was refused: the athlete has to connect again."""


_FAULTS = {
    FaultKind.APP_INACTIVE: RefreshMeaning.OPERATOR,
    FaultKind.APP_MISCONFIGURED: RefreshMeaning.OPERATOR,
}


def meaning_of_refresh(
    fault: FaultKind | None, *, sent: str, returned: str | None, stored: str, candidates_left: int = 0
) -> RefreshMeaning:
    """What a refresh with the token `sent` means, when the store now holds `stored`.

    `fault` is None for a success, which `returned` a refresh token (None: the answer named none). `candidates_left` is
    how many earlier refresh tokens have not been tried.
    """
    if fault is None:
        return RefreshMeaning.ROTATE if returned and returned != sent else RefreshMeaning.KEEP
    if fault is not FaultKind.BAD_REFRESH_TOKEN:
        return _FAULTS.get(fault, RefreshMeaning.LATER)
    if stored != sent and candidates_left == 0:
        return RefreshMeaning.ADOPT
    return RefreshMeaning.SUSPECT if candidates_left > 0 else RefreshMeaning.REAUTH_REQUIRED
