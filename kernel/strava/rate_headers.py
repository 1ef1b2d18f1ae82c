"""What the headers of Strava's answers say of its limits; no I/O, no clock.

A value may be missing, as on some streams, or be empty numbers, as the read usage of a write is. Anything else that is
no pair of numbers is odd: it changes nothing, and somebody should hear of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kernel.strava.quota import DAY_S, GUARD_S, QUARTER_S, Limits, Pair

_BELIEVABLE: Final = 10_000_000
_EMPTY: Final = ","


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """What one answer says; None for what is missing or not believable."""

    read_limit: Pair | None
    read_usage: Pair | None
    overall_limit: Pair | None
    overall_usage: Pair | None
    odd: tuple[str, ...] = ()
    """The names of those that are there and cannot be understood."""


def parse_rate_headers(headers: Mapping[str, str]) -> RateHeaders:
    """The four headers, in any case. `","`, words, negative or swapped numbers count as missing."""
    texts = {name.lower(): value for name, value in headers.items() if name.lower() in _READ_AS}
    found = {name: _READ_AS[name](text) for name, text in texts.items()}
    return RateHeaders(
        read_limit=found.get(_READ_LIMIT),
        read_usage=found.get(_READ_USAGE),
        overall_limit=found.get(_LIMIT),
        overall_usage=found.get(_USAGE),
        odd=tuple(name for name, text in texts.items() if found[name] is None and text.strip() != _EMPTY),
    )


def adopt_limits(limits: Limits, headers: RateHeaders) -> Limits:
    """The limits after an answer with these headers."""
    return Limits(headers.read_limit or limits.read, headers.overall_limit or limits.overall)


def reopens_at_s(headers: Mapping[str, str], now_s: float) -> float:
    """When Strava answers again after a 429, in epoch seconds: the next quarter of an hour, or the next UTC day."""
    rate = parse_rate_headers(headers)
    pairs = ((rate.read_usage, rate.read_limit), (rate.overall_usage, rate.overall_limit))
    day_is_out = any(usage and limit and usage[1] >= limit[1] for usage, limit in pairs)
    length_s = DAY_S if day_is_out else QUARTER_S
    return (now_s // length_s + 1) * length_s + GUARD_S


def _limit(text: str) -> Pair | None:
    pair = _pair(text)
    return pair if pair and pair[0] > 0 else None


def _pair(text: str) -> Pair | None:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
        return None
    quarter, day = int(parts[0]), int(parts[1])
    return (quarter, day) if quarter <= day <= _BELIEVABLE else None


_READ_LIMIT, _READ_USAGE = "x-readratelimit-limit", "x-readratelimit-usage"
_LIMIT, _USAGE = "x-ratelimit-limit", "x-ratelimit-usage"
_READ_AS: Final = {_READ_LIMIT: _limit, _READ_USAGE: _pair, _LIMIT: _limit, _USAGE: _pair}
