"""The clock of a place: its time zone, and the instant a start means there.

Zones and their rules are tables that come installed, as the numbers of a formula do: nothing here asks what time it is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from kernel.errors import DomainError

_DEGREES_PER_HOUR: Final = 15.0
_OF_THE_MACHINE: Final = frozenset({"localtime", "Factory"})
"""In the list of zones of some systems, and no zone of anywhere."""


class ZoneUnknown(DomainError):
    """Nobody has given a time zone this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no time zone {name[:64]!r}. Use a name of the IANA list, such as Europe/Zurich.")


class ZoneNeeded(DomainError):
    """A start without an offset, for a course that lies nobody knows where."""

    sentence = (
        "A start without an offset is a time at the course, and nobody knows where this course lies. Add its offset, "
        "such as 2026-06-13T06:00:00+02:00, or a time zone, such as Europe/Zurich."
    )


class StartOutOfRange(DomainError):
    """A start that is no instant."""

    sentence = "start_at lies in no calendar; write it as 2026-06-13T06:00:00, a time at the course."


def zone_at(lat_deg: float, lon_deg: float) -> str:
    """The name of the zone at a place (IANA).

    At sea, and where no zone is drawn, it is the one ships keep: whole hours by longitude, such as `Etc/GMT-5` (which
    is UTC+5). Borders are right to about 100 m.
    """
    from tzfpy import get_tz  # noqa: PLC0415 - 40 MB of borders that only courses with a clock need

    name = str(get_tz(lon_deg, lat_deg))
    return name if known_zone(name) is not None else _at_sea(lon_deg)


def zone_named(name: str) -> ZoneInfo:
    """The zone of this name. Raises ZoneUnknown."""
    if name not in _names():
        raise ZoneUnknown(name)
    return ZoneInfo(name)


def known_zone(name: str | None) -> ZoneInfo | None:
    """The zone of a name that was found out or stored; None where these tables do not have it."""
    return ZoneInfo(name) if name is not None and _is_there(name) else None


def start_there(start_at: datetime, *, named: str | None, here: str | None) -> datetime:
    """The instant of a start, on the clock of the zone that was `named`, else of the one `here` at the course.

    With an offset the instant is exact, whatever zone shows it, and without any zone it is shown as it came. Without
    an offset it is a time on that clock: one that the clock shows twice is the first of the two, and one that it skips
    is as long after the skip as it was written after its beginning (02:30 becomes 03:30).
    Raises ZoneUnknown, ZoneNeeded and StartOutOfRange.
    """
    zone = known_zone(here) if named is None else zone_named(named)
    if start_at.tzinfo is None:
        if zone is None:
            raise ZoneNeeded
        start_at = start_at.replace(tzinfo=zone, fold=0)
    try:
        instant = start_at.astimezone(UTC)
        return start_at if zone is None else instant.astimezone(zone)
    except (OverflowError, ValueError):
        raise StartOutOfRange from None


def later(start: datetime, after_s: float) -> datetime:
    """The moment so many seconds after a start with a zone, on the start's clock, also when that is changed between."""
    return (start.astimezone(UTC) + timedelta(seconds=after_s)).astimezone(start.tzinfo)


def zone_name(moment: datetime | None) -> str | None:
    """The name of the zone a moment is told in; None for a bare offset."""
    zone = None if moment is None else moment.tzinfo
    return zone.key if isinstance(zone, ZoneInfo) else None


def offset_in_words(moment: datetime) -> str:
    """What the clock of a moment is called: `CEST`, or `UTC+5` and `UTC+5:45` where the zone has no letters."""
    letters = moment.tzname() or ""
    if letters.isalpha():
        return letters
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def _at_sea(lon_deg: float) -> str:
    hours = round(lon_deg / _DEGREES_PER_HOUR)
    # these names count westward, as POSIX did
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - _OF_THE_MACHINE


@cache
def _is_there(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
