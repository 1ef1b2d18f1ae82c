"""What somebody says of themselves, of the course and of the day, also as it is typed: nothing of it is guessed."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

CourseLength = Annotated[float, msgspec.Meta(ge=100, le=1_000_000)]
"""Metres of the course as its organiser measured it."""

Surface = Literal["road", "path", "rough"]
"""Asphalt; the paths that outings mostly run on; blocks, roots, scree, mud."""


TypedKind = Literal["length", "time", "stop", "result", "heat", "home", "people", "night"]
"""What is typed into one field."""


class RaceResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A race someone ran (or walked, for `hiking`), from start to finish; it stands in for a stated flat pace."""

    distance_m: Annotated[float, msgspec.Meta(ge=1_000, le=500_000)]
    time_s: Annotated[float, msgspec.Meta(gt=0, le=1_000_000)]


class Night(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A night in a hut: metres from the start, and seconds from coming to leaving."""

    at_m: Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
    stop_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] = "Hut"


class Conditions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Each is optional, and what is not said changes nothing.

    `heat_c` is the air in the shade over most of the way, in degrees Celsius; `home_m` how high somebody lives who has
    not got used to more, in metres; `people` how many go together and wait for each other.
    """

    surface: Surface | None = None
    heat_c: Annotated[float, msgspec.Meta(ge=-60, le=60)] | None = None
    home_m: Annotated[float, msgspec.Meta(ge=-430, le=5_500)] | None = None
    hut: Night | None = None
    people: Annotated[int, msgspec.Meta(ge=2, le=50)] | None = None


class TypedText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text as it was typed, and the kind of thing it is to be."""

    kind: TypedKind
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class TypedMeaning(msgspec.Struct, frozen=True):
    """The numbers that a text means, or a sentence on what is `wrong` and how it is written.

    Metres of a `length` and of where `home` is above the sea, seconds of a `time` and a `stop`, degrees Celsius of
    `heat`, how many `people`; metres and seconds of a `result` and of a `night` in a hut.
    """

    numbers: list[float]
    wrong: str | None
