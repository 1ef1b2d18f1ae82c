"""FIT through fitdecode: the records of an activity as samples.

Field numbers, units and the meaning of invalid values: Garmin, Flexible and Interoperable Data Transfer Protocol.
"""

from __future__ import annotations

import io
import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import fitdecode
import numpy as np

from kernel.tracks import BadTrack, FloatArray
from kernel.tracks.gpx_elements import MAX_POINTS
from trackfiles.samples import Part, Samples
from trackfiles.sports import sport_of_word

FIT_MARK: Final = slice(8, 12)
_EPOCH_S: Final = 631_065_600
"""1989-12-31T00:00:00Z in epoch seconds, where FIT time begins."""

_RELATIVE_BELOW: Final = 0x10000000
_SEMICIRCLE_DEG: Final = 180.0 / 2**31
_SHORTEST_HEADER: Final = 12
_CRC_BYTES: Final = 2
_COLUMNS: Final = (
    "timestamp", "position_lat", "position_long", "enhanced_altitude", "altitude", "distance", "heart_rate", "cadence",
    "temperature",
)  # fmt: skip
_WIDTH: Final = len(_COLUMNS) + 2
"""And the number of the file in its chain, and whether recording went on there after it was interrupted."""

_PLAIN_SUB_SPORTS: Final = {"", "generic", "all"}
_SPORTS_OF_KINDS: Final = {"running", "walking"}
_TROUBLE: Final = (
    fitdecode.FitError, struct.error, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError,
    ValueError,
)  # fmt: skip


@dataclass(slots=True)
class _File:
    """What one file of a chain says."""

    sports: list[str] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)
    is_course: bool = False


@dataclass(slots=True)
class _Found:
    cells: array[float] = field(default_factory=lambda: array("d"))
    files: list[_File] = field(default_factory=lambda: [_File()])
    interrupted: bool = False

    def take_record(self, values: dict[str, object]) -> None:
        self.cells.extend(_number(values.get(name)) for name in _COLUMNS)
        self.cells.extend((len(self.files) - 1.0, float(self.interrupted)))
        self.interrupted = False
        if len(self.cells) > MAX_POINTS * _WIDTH:
            raise BadTrack("too_many_points", f"The recording has more than {MAX_POINTS:,} points.")


class _Reader(fitdecode.FitReader):  # type: ignore[misc]  # the library has no types
    """Takes fields of apps that nobody declared: theirs are passed over anyway."""

    def _add_dev_field_description(self, message: Any) -> None:
        index = message.get_raw_value("developer_data_index", fallback=None)
        if index is not None and int(index) not in self._local_dev_types:
            self._add_dev_data_id_impl(int(index))
        super()._add_dev_field_description(message)


def is_fit(content: bytes) -> bool:
    """Whether these bytes begin as a FIT file does."""
    return content[FIT_MARK] == b".FIT"


def read_fit(content: bytes) -> tuple[Samples, tuple[Part, ...]]:
    """The samples of a FIT activity or course, and the files of a chain with their words, such as `trail_running`.

    A missing checksum is accepted, a wrong one is not. Records before the clock was set are left out; those of a course
    may do without times. Raises BadTrack: `broken_fit`, `too_many_points`.
    """
    found = _Found()
    try:
        for frame in _frames(_closed(content)):
            _take(frame, found)
    except _TROUBLE as error:
        raise _broken("it cannot be decoded") from error
    parts = tuple(Part(_one_sport(one.sports or one.announced), one.is_course) for one in found.files)
    return _samples(found.cells, parts), parts


def _closed(content: bytes) -> bytes:
    """The content, with a checksum of zero at its end if there is none. Refuses a file that was cut or never closed."""
    if not is_fit(content):
        raise _broken("it does not begin as a FIT file does")
    at = 0
    while at < len(content):
        if len(content) - at < _SHORTEST_HEADER or content[at + 8 : at + 12] != b".FIT":
            break  # whatever follows the last file is no file
        header_bytes, body_bytes = content[at], int.from_bytes(content[at + 4 : at + 8], "little")
        if body_bytes == 0:
            raise _broken("it has no data, as when a device stops before it saves")
        at += header_bytes + body_bytes
        if at > len(content):
            raise _broken("it ends in the middle, so it was cut short")
        at += _CRC_BYTES
    return content[:at].ljust(at, b"\0")


def _frames(content: bytes) -> Iterator[Any]:
    handling, checksums = fitdecode.ErrorHandling.IGNORE, fitdecode.CrcCheck.READONLY
    with _Reader(io.BytesIO(content), processor=None, error_handling=handling, check_crc=checksums) as reader:
        yield from reader


def _take(frame: Any, found: _Found) -> None:
    if isinstance(frame, fitdecode.FitCRC):
        if frame.crc and not frame.matched:
            raise _broken("its checksum does not match its content")
    elif isinstance(frame, fitdecode.FitHeader):
        if found.cells:
            found.files.append(_File())
    elif isinstance(frame, fitdecode.FitDataMessage):
        _take_message(frame.name, _values(frame), found)


def _take_message(name: str, values: dict[str, object], found: _Found) -> None:
    file = found.files[-1]
    if name == "record":
        found.take_record(values)
    elif name == "event" and values.get("event") == "timer":
        found.interrupted |= str(values.get("event_type")).startswith("stop")
    elif name == "file_id":
        file.is_course = values.get("type") == "course"
    elif name in {"session", "sport"}:
        words = file.sports if name == "session" else file.announced
        words.append(_sport_word(values.get("sport"), values.get("sub_sport")))


def _values(frame: Any) -> dict[str, object]:
    """Values by name: a field of the file's own beats one computed of another, developer fields do not count."""
    values: dict[str, object] = {}
    for one in frame.fields:
        if one.field_def is None:
            values.setdefault(one.name, one.value)
        elif not one.field_def.is_dev and one.value is not None:
            values[one.name] = one.value
    return values


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _sport_word(sport: object, sub_sport: object) -> str:
    if not isinstance(sport, str):
        return ""
    if sport == "generic" and isinstance(sub_sport, str) and sub_sport not in _PLAIN_SUB_SPORTS:
        return sub_sport
    if sport not in _SPORTS_OF_KINDS or not isinstance(sub_sport, str) or sub_sport in _PLAIN_SUB_SPORTS:
        return sport
    return sub_sport if sub_sport.endswith(sport) else f"{sub_sport}_{sport}"


def _one_sport(words: list[str]) -> str | None:
    """The first session's sport, `multisport` where several differ and not all of them are on foot."""
    said = [word for word in words if word]
    mixed = len(set(said)) > 1 and not all(map(sport_of_word, said))
    return "multisport" if mixed else next(iter(said), None)


def _samples(cells: array[float], parts: Sequence[Part]) -> Samples:
    table = np.array(cells, dtype=np.float64).reshape(-1, _WIDTH)
    part = table[:, -2].astype(np.intp)
    course = np.array([one.is_course for one in parts], dtype=np.bool_)[part]
    table = table[course | (table[:, 0] >= _RELATIVE_BELOW)]
    time_s, lat, lon, enhanced_m, altitude_m, distance_m, heartrate, cadence, temperature, of_part, resumed = table.T
    return Samples(
        time_s=np.where(time_s >= _RELATIVE_BELOW, time_s + _EPOCH_S, np.nan),
        lat_deg=lat * _SEMICIRCLE_DEG,
        lon_deg=lon * _SEMICIRCLE_DEG,
        elevation_m=_first_known(enhanced_m, altitude_m),
        distance_m=distance_m,
        part=of_part.astype(np.intp),
        resumed=resumed > 0,
        sensors={"heartrate": heartrate, "cadence": cadence, "temperature": temperature},
    )


def _first_known(better: FloatArray, other: FloatArray) -> FloatArray:
    return np.where(np.isnan(better), other, better)


def _broken(why: str) -> BadTrack:
    return BadTrack("broken_fit", f"This FIT file is damaged: {why}. Export it from the device or the service again.")
