"""What people write of the day they go on, in the words of all languages at once: `28 °C, rough, 3 people`.

A small grammar, kept strictly: each part, between commas, is one thing, and one that is not understood is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from kernel.contracts.said import Conditions, Night, Surface
from languages.refusals import NotUnderstood
from languages.typed import read_heat_c, read_height_m, read_length_m, read_time_s
from languages.voice import Units, mark

_FORM: Final = mark(
    "A day is written in parts with commas between them, such as: 28 °C, rough, 3 people, home 300 m, hut 52 km 6h."
)
_NIGHT_FORM: Final = mark("A night in a hut is written as where and for how long, up to a day, such as 52 km 6h.")
_PEOPLE_BOUNDS: Final = mark("Between 2 and 50 people go together.")
_HOME_BOUNDS: Final = mark("Nobody lives lower than -430 m or higher than 5,500 m.")
_MOST_PARTS: Final = 8
_MOST_LETTERS: Final = 300
_FEWEST, _MOST = 2, 50
_LOWEST_M, _HIGHEST_M = -430.0, 5_500.0
_FARTHEST_M, _LONGEST_S = 1_000_000.0, 86_400.0

_SURFACES: Final[Mapping[Surface, frozenset[str]]] = {
    "road": frozenset({"road", "asphalt", "tarmac", "асфальт", "шоссе", "дорога", "도로", "아스팔트", "포장도로"}),
    "path": frozenset({"path", "paths", "trail", "trails", "тропа", "тропы", "тропинки", "산길", "오솔길", "흙길"}),
    "rough": frozenset(
        {"rough", "rocks", "scree", "mud", "камни", "курумник", "осыпь", "грязь", "бездорожье", "험한 길", "험로"}
        | {"너덜길", "바위길", "진흙길"}
    ),
}
_SURFACE_OF: Final = {word: surface for surface, words in _SURFACES.items() for word in words}
_SO_MANY: Final[Mapping[str, int | None]] = {
    "alone": None, "один": None, "одна": None, "혼자": None, "혼자서": None,
    "вдвоём": 2, "вдвоем": 2, "둘이서": 2, "втроём": 3, "втроем": 3, "셋이서": 3, "вчетвером": 4, "넷이서": 4,
}  # fmt: skip
_USUAL: Final = frozenset({"as usual", "usual", "как обычно", "평소처럼", "평소대로"})
_PEOPLE: Final = re.compile(
    r"(?:we are |with |нас |вместе )?(?P<of>\d{1,3})"
    r" ?(?:people|persons|of us|together|человека?|чел\.?|вместе|명(?:이서| ?함께)?|인|사람)"
    r"|(?:we are|нас) (?P<bare>\d{1,3})",
    re.ASCII,
)
_HEAT: Final = re.compile(
    r"(?:(?P<named>heat|temperature|air|жара|температура|воздух|더위|기온) )?"
    r"(?P<of>[-+]?\d{1,3}(?:[.,]\d)?)(?P<unit> ?(?:°|º|degrees?|градус(?:а|ов)?|도)? ?[cfс]?)",
    re.ASCII,
)
_HOME: Final = re.compile(r"(?:i live|live|home|я живу|живу|дом|집|사는 곳)(?: (?:at|на|is|고도))? (?P<of>.+)")
_HUT: Final = re.compile(r"(?:night|hut|ночь|приют|хижина|산장|대피소)(?: (?:at|in|на|в))? (?P<of>.+)")


def read_day(text: str, before: Conditions | None = None, units: Units = "metric") -> Conditions | None:
    """What was told `before`, and what is told now; None when nothing is left. Raises NotUnderstood."""
    told: dict[str, Any] = {} if before is None else msgspec.structs.asdict(before)
    parts = list(_parts(text))
    if not 0 < len(parts) <= _MOST_PARTS:
        raise NotUnderstood(_FORM)
    for part in parts:
        if part in _USUAL:
            told.clear()
        else:
            told |= _one(part, units)
    said = Conditions(**told)
    return None if said == Conditions() else said


def read_people(text: str) -> int:
    """How many go together, from a number alone. Raises NotUnderstood unless they are 2 to 50."""
    said = text.strip()
    people = int(said) if re.fullmatch(r"\d{1,3}", said, re.ASCII) else 0
    return int(_bounded(people, _FEWEST, _MOST, _PEOPLE_BOUNDS))


def read_home_m(text: str, units: Units = "metric") -> float:
    """Whole metres above the sea where somebody lives, as `read_height_m`. Raises NotUnderstood."""
    return float(round(_bounded(read_height_m(text, units), _LOWEST_M, _HIGHEST_M, _HOME_BOUNDS)))


def read_night(text: str, units: Units = "metric") -> Night:
    """`52 km 6h`, `6h at 52 km`: whichever cut between two words makes both of it. Raises NotUnderstood."""
    words = [word for word in text.split() if word not in {"for", "at", "на", "동안", "에서"}]
    halves = [(" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(1, len(words))]
    for where, how_long in (*halves, *((second, first) for first, second in halves)):
        try:
            at_m, stop_s = read_length_m(where, units), read_time_s(how_long)
        except NotUnderstood:
            continue
        if at_m <= _FARTHEST_M and stop_s <= _LONGEST_S:
            return Night(at_m=at_m, stop_s=stop_s)
    raise NotUnderstood(_NIGHT_FORM)


def _parts(text: str) -> Iterator[str]:
    """The parts in small letters; a comma between two digits is one of a number."""
    said = "" if len(text) > _MOST_LETTERS else text.casefold()
    for part in re.split(r"[;\n]|,(?!\d)|(?<!\d),", said):
        plain = " ".join(part.split()).removesuffix(".")
        if plain:
            yield plain


def _one(part: str, units: Units) -> dict[str, Any]:
    """The field that a part says, and its value; None for what is no longer so."""
    if part in _SURFACE_OF:
        return {"surface": _SURFACE_OF[part]}
    if part in _SO_MANY:
        return {"people": _SO_MANY[part]}
    if people := _PEOPLE.fullmatch(part):
        return {"people": read_people(people["of"] or people["bare"])}
    heat = _HEAT.fullmatch(part)
    if heat is not None and (heat["named"] or heat["unit"].strip()):
        return {"heat_c": round(read_heat_c(f"{heat['of']}{_degrees(heat['unit'], units)}"), 1)}
    if home := _HOME.fullmatch(part):
        return {"home_m": read_home_m(home["of"], units)}
    if hut := _HUT.fullmatch(part):
        return {"hut": read_night(hut["of"], units)}
    raise NotUnderstood(_FORM)


def _degrees(unit: str, units: Units) -> str:
    """`f` or `c`: as it was written, else as who speaks counts."""
    letter = unit.strip()[-1:]
    if letter in {"f", "c", "с"}:
        return "f" if letter == "f" else "c"
    return "c" if units == "metric" else "f"


def _bounded(value: float, least: float, most: float, otherwise: str) -> float:
    if not least <= value <= most:
        raise NotUnderstood(otherwise)
    return value
