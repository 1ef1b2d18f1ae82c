"""HTTP: what a text means that somebody typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final

from litestar import Request, Router, post
from litestar.params import JSONBody, QueryParameter

from kernel.contracts.said import TypedKind, TypedMeaning, TypedText
from languages.catalog import language_wanted
from languages.day import read_home_m, read_night, read_people
from languages.refusals import NotUnderstood
from languages.typed import read_heat_c, read_length_m, read_result, read_stop_s, read_time_s
from languages.voice import Units, Voice

InUnits = Annotated[Units, QueryParameter(description="Of what is typed without a unit.")]


def _result(text: str, units: Units) -> Sequence[float]:
    ran = read_result(text, units)
    return ran.distance_m, ran.time_s


def _night(text: str, units: Units) -> Sequence[float]:
    night = read_night(text, units)
    return night.at_m, night.stop_s


_READERS: Final[Mapping[TypedKind, Callable[[str, Units], Sequence[float]]]] = {
    "length": lambda text, units: [read_length_m(text, units)],
    "time": lambda text, _units: [read_time_s(text)],
    "stop": lambda text, _units: [read_stop_s(text)],
    "result": _result,
    "heat": lambda text, _units: [round(read_heat_c(text), 1)],
    "home": lambda text, units: [read_home_m(text, units)],
    "people": lambda text, _units: [read_people(text)],
    "night": _night,
}


def typed_routes() -> Router:
    """`/typed`, for members and everybody else alike."""

    @post("/typed", operation_id="ReadTyped", status_code=200, sync_to_thread=False)
    def read(request: Request[Any, Any, Any], data: JSONBody[TypedText], units: InUnits = "metric") -> TypedMeaning:
        """What a text means; what is not understood is said in the language of the browser. Nothing is stored."""
        try:
            return TypedMeaning(list(_READERS[data.kind](data.text, units)), None)
        except NotUnderstood as wrong:
            language = language_wanted(None, request.headers.get("Accept-Language", ""))
            return TypedMeaning([], wrong.said_by(Voice(language, units)))

    return Router("/", route_handlers=[read], tags=["what people type"])
