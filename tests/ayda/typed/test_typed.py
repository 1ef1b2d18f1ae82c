"""What people type into a field of the page is read by the grammar of the chat, for anybody, and nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, get_args

import pytest

from ayda_service.settings import Settings
from kernel.contracts.said import TypedKind
from tests.ayda.support import Ayda, World, assert_problem
from tests.languages.test_typed import LENGTHS, NO_TIMES, RESULTS, STOPS, TIMES

TYPED: Final = "/api/v1/typed"
MEANINGS: Final[Mapping[TypedKind, Mapping[str, Sequence[float]]]] = {
    "length": {text: [length_m] for text, length_m in LENGTHS.items()},
    "time": {text: [time_s] for text, time_s in TIMES.items()},
    "stop": {text: [stop_s] for text, stop_s in STOPS.items()},
    "result": RESULTS,
    "heat": {"28": [28], "82,4F": [28], "28 градусов": [28], "-5 °C": [-5]},
    "home": {"300": [300], "300 m": [300], "1000 ft": [305]},
    "people": {"2": [2], " 50 ": [50]},
    "night": {"52 8:00": [52_000, 28_800], "52 km 6h": [52_000, 21_600], "52 км 6 ч": [52_000, 21_600]},
}
WRONG: Final[Mapping[TypedKind, Sequence[str]]] = {
    "length": ["far", "8.2 parsecs"],
    "time": [text for text in NO_TIMES if text],
    "stop": ["long", "25h"],
    "result": ["10", "10 km 5:00:00:00", "48:30"],
    "heat": ["warm", "70"],
    "home": ["high", "9000"],
    "people": ["1", "51", "two", "2.5"],
    "night": ["52 km", "6h", "52 km 30h", "52 6"],
}


async def meaning(ayda: Ayda, kind: str, text: str, language: str = "en", units: str = "metric") -> Any:
    answer = await ayda.http.post(
        f"{TYPED}?units={units}", json={"kind": kind, "text": text}, headers={"Accept-Language": language}
    )
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize("kind", get_args(TypedKind))
async def test_every_kind_of_text_means_what_it_means_in_the_chat(ayda: Ayda, kind: TypedKind):
    for text, numbers in MEANINGS[kind].items():
        assert await meaning(ayda, kind, text) == {"numbers": pytest.approx(numbers, abs=1e-3), "wrong": None}, text
    assert ayda.predictor.requests == []


@pytest.mark.parametrize("kind", get_args(TypedKind))
async def test_what_is_not_understood_is_said_in_the_language_of_who_typed_it(ayda: Ayda, kind: TypedKind):
    for text in WRONG[kind]:
        told = {language: await meaning(ayda, kind, text, language) for language in ("en", "ru", "ko")}
        assert all(each["numbers"] == [] for each in told.values()), text
        assert len({each["wrong"] for each in told.values()}) == 3, text


async def test_a_plain_number_is_of_the_units_in_use(ayda: Ayda):
    assert (await meaning(ayda, "length", "10", units="imperial"))["numbers"] == pytest.approx([16_093.44])
    assert (await meaning(ayda, "home", "1000", units="imperial"))["numbers"] == [305]
    assert (await meaning(ayda, "night", "10 2h", units="imperial"))["numbers"] == pytest.approx([16_093.44, 7_200])


async def test_another_kind_and_an_endless_text_are_refused(ayda: Ayda):
    for asked in ({"kind": "mood", "text": "fine"}, {"kind": "time", "text": ""}, {"kind": "time", "text": "9" * 201}):
        assert_problem(await ayda.http.post(TYPED, json=asked), 422, "validation_failed")


async def test_it_needs_neither_predictor_nor_guests(world: World, alone: Settings):
    async with world.running(replace(alone, guest_predictions=False)) as ayda:
        assert (await meaning(ayda, "people", "3"))["numbers"] == [3]
