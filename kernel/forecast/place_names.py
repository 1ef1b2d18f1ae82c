"""What the name of a place on a course tells of where it lies: kilometres, start or finish, its number."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from kernel.units import MILE_M

_KM_M: Final = 1000.0
_UNITS: Final = r"(km|k|км|킬로미터|킬로|mi|mile|miles|миль|мили|миля|마일)"
_NUMBER: Final = r"([0-9]{1,3}(?:[.,][0-9]{1,3})?)"
_AFTER: Final = re.compile(rf"(?<![\w.,]){_NUMBER}\s*{_UNITS}(?![^\W\d_])", re.IGNORECASE)
_BEFORE: Final = re.compile(rf"(?<![^\W\d_])(km|км|mile|миля|킬로)\.?\s*{_NUMBER}(?![\w,.]*\d)", re.IGNORECASE)
_MILES: Final = ("mi", "миль", "мили", "миля", "마일")
_ORDINAL: Final = re.compile(
    r"(?<![^\W\d_])(?:cp|pc|kp|кп|checkpoint|control|aid(?:\s*station)?|ravito|vp|ps|station|체크포인트)"
    r"\s*[#№-]?\s*([0-9]{1,2})(?![\d.,]*\d)",
    re.IGNORECASE,
)
_START: Final = re.compile(
    r"(?<![^\W\d_])(?:start|départ|depart|salida|partenza|inizio|старт|출발|largada|スタート)(?![^\W\d_])",
    re.IGNORECASE,
)
_FINISH: Final = re.compile(
    r"(?<![^\W\d_])(?:finish|finishline|arrivée|arrivee|ziel|meta|arrivo|финиш|도착|피니시|chegada|goal|ゴール)(?![^\W\d_])",
    re.IGNORECASE,
)


class Told(NamedTuple):
    """Metres from the start that a name tells (of several passes in turn), whether it is an end, and its number."""

    at_m: tuple[float, ...]
    end: Literal["start", "finish"] | None
    number: int | None


def told_by(name: str) -> Told:
    """What `CP4 61.7 km`, `Finish` and the like tell. A name that is both start and finish tells no end."""
    written = [(found[1], found[2]) for found in _AFTER.finditer(name)]
    written = written or [(found[2], found[1]) for found in _BEFORE.finditer(name)]
    at_m = tuple(_metres(number, unit) for number, unit in written)
    starts, finishes = _START.search(name) is not None, _FINISH.search(name) is not None
    number = _ORDINAL.search(name)
    return Told(
        at_m=at_m,
        end=None if starts == finishes else "start" if starts else "finish",
        number=int(number[1]) if number else None,
    )


def _metres(number: str, unit: str) -> float:
    return float(number.replace(",", ".")) * (MILE_M if unit.lower().startswith(_MILES) else _KM_M)
