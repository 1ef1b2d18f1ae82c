"""The card: for a phone, readable by everybody, nothing over the edge or over other words, and no place on Earth."""

from __future__ import annotations

import math
import pickle
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime
from itertools import combinations, pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from kernel.contracts.prediction import Prediction, QuantilesS
from languages.voice import Voice
from takealong.along import start_of
from takealong.card.colours import colours_at, colours_of, pace_limits
from takealong.card.ground import apart
from takealong.card.scene import Card, card_of
from takealong.card.sheet import card_png, card_sheet
from takealong.card.spoken import spoken_card
from takealong.card.texts import MOST_LISTED, listed_indices
from takealong.course import Ground, Paces, paces_of
from takealong.letters import drawable
from takealong.pictures import DPI, HEIGHT_PX, WIDTH_PX, picture_of
from tests.takealong.made import camps, loop, told

SMALLEST_PX = 22.0
SIX = datetime(2026, 6, 13, 6)  # noqa: DTZ001 - at the course
EVENING = datetime(2026, 10, 24, 21)  # noqa: DTZ001 - at the course
MOST_BYTES = 300_000
COURSES = {
    "a plain loop": {},
    "with a start": {"start_at": SIX},
    "three kilometres": {"track": loop(3_000.0), "start_at": SIX},
    "under an hour": {"track": loop(6_000.0, 20.0), "effort": "fast"},
    "flat": {"track": loop(30_000.0, 0.0)},
    "one checkpoint": {"checkpoints": camps(1, 20_000), "start_at": SIX},
    "two checkpoints": {"checkpoints": camps(2, 20_000), "start_at": SIX},
    "checkpoints": {"checkpoints": camps(6, 20_000), "start_at": SIX},
    "eighty checkpoints": {"checkpoints": camps(80, 20_000), "start_at": SIX},
    "into the night": {"track": loop(60_000.0), "mode": "hiking", "start_at": EVENING, "checkpoints": camps(9, 60_000)},
    "a week": {"track": loop(250_000.0, 900.0), "mode": "hiking", "start_at": SIX},
    "a goal": {"goal_s": 9_000.0, "start_at": EVENING},
    "a long name": {"name": "Утренний круг по парку " * 6, "start_at": SIX},
    "in Korean": {"name": "지리산 둘레길 100 km", "start_at": SIX},
    "in no letters we have": {"name": "雪山 ✨ 🏔", "start_at": SIX},
    "markup": {"name": "$x^2$ <b> \\frac"},
}


def card(**asked: object) -> Card:
    prediction, ground = told(**asked)  # type: ignore[arg-type]
    return card_of(prediction, ground, spoken_card(prediction, ground, Voice()))


def unknown_ground(card: Card) -> Card:
    return replace(card, profile=None, outline=None, texts=replace(card.texts, top=""))


@pytest.fixture(scope="module", params=[*COURSES, "no ground", "no places"])
def sheet(request: pytest.FixtureRequest) -> Figure:
    if request.param == "no ground":
        return card_sheet(unknown_ground(card(start_at=SIX, checkpoints=camps(3, 20_000))))
    if request.param == "no places":
        return card_sheet(replace(card(start_at=SIX), outline=None))
    return card_sheet(card(**COURSES[request.param]))


def words_of(sheet: Figure) -> Iterator[tuple[str, Text, Bbox]]:
    """Everything written on the sheet, with the pixels it covers."""
    FigureCanvasAgg(sheet).draw()
    for text in sheet.findobj(Text):
        assert isinstance(text, Text)
        box = text.get_window_extent()
        if text.get_text().strip() and text.get_visible() and box.width and box.height:
            yield text.get_text(), text, box


def test_no_word_leaves_the_card(sheet: Figure):
    for words, _, box in words_of(sheet):
        assert box.x0 >= 30, words
        assert box.y0 >= 20, words
        assert box.x1 <= WIDTH_PX - 30, words
        assert box.y1 <= HEIGHT_PX - 20, words


def test_every_letter_can_be_read_on_a_phone(sheet: Figure):
    for words, text, _ in words_of(sheet):
        assert text.get_fontsize() * DPI / 72 >= SMALLEST_PX, words


def test_no_words_lie_on_other_words(sheet: Figure):
    written = [(words, box) for words, _, box in words_of(sheet)]
    for (one, a), (other, b) in combinations(written, 2):
        wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide <= 1 or high <= 6, (one, other)


def test_the_time_from_start_to_finish_is_the_largest_thing(sheet: Figure):
    sizes = sorted(text.get_fontsize() for _, text, _ in words_of(sheet))
    assert sizes[-1] > 2 * sizes[-2]


def test_a_card_is_small_enough_to_send(sheet: Figure):
    png = picture_of(sheet, "png")
    assert png.startswith(b"\x89PNG")
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (1080, 1350)
    assert len(png) <= MOST_BYTES


def test_the_same_answer_is_the_same_picture_in_every_format():
    for ending in ("png", "svg", "pdf"):
        one, other = (picture_of(card_sheet(card(start_at=SIX)), ending) for _ in range(2))
        assert one == other
    assert picture_of(card_sheet(card()), "svg").lstrip().startswith(b"<?xml")
    assert picture_of(card_sheet(card()), "pdf").startswith(b"%PDF")


def test_an_unknown_format_is_refused():
    with pytest.raises(KeyError):
        picture_of(card_sheet(card()), "jpg")


def test_nothing_on_a_card_says_where_the_course_lies():
    here, there = card(track=loop()), card(track=loop(lat_deg=46.0, lon_deg=-120.0))
    assert here.outline is not None
    assert there.outline is not None
    for one, other in ((here.outline.east_m, there.outline.east_m), (here.outline.north_m, there.outline.north_m)):
        assert one == pytest.approx(other, abs=0.01)
    assert here.outline.east_m[0] == here.outline.north_m[0] == 0
    svg = picture_of(card_sheet(here), "svg").decode()
    assert not re.search(r"\b46\.0\d{3,}", svg)


def test_a_card_goes_to_another_process_and_comes_back_drawn():
    sent = pickle.loads(pickle.dumps(card(start_at=SIX)))  # noqa: S301 - our own
    assert card_png(sent) == card_png(card(start_at=SIX))


def test_what_a_card_says_is_what_the_answer_says():
    prediction, ground = told(start_at=SIX, checkpoints=camps(80, 20_000), goal_s=18_000.0)
    texts = spoken_card(prediction, ground, Voice())
    start, elapsed = start_of(prediction), prediction.elapsed_s
    assert start is not None
    assert texts.title == "Lake loop"
    assert "Saturday 13 June 2026" in texts.facts
    assert f"{prediction.route.distance_m / 1000:.1f} km" in texts.facts
    hours, minutes = (int(part) for part in texts.time.split(":"))
    assert abs(3600 * hours + 60 * minutes - elapsed.p50) <= 31
    assert texts.under.endswith("steady")
    assert " ".join(words for words, _ in texts.finish).startswith("home at ")
    assert "CEST" in texts.finish[-1][0]
    assert texts.margin[0][0] == "8 in 10 such days end between"
    assert [tile.asked for tile in texts.tiles] == [False, True, False]
    assert "goal 5:00" in texts.aside
    assert len(texts.listed) == MOST_LISTED
    assert "6 of 80" in texts.checkpoints


def test_times_beside_each_other_have_one_form_around_an_hour_too():
    prediction, ground = told()
    times = msgspec.structs.replace(prediction.times_s, fast=3_400, moderate=3_500, easy=3_700)
    around = msgspec.structs.replace(prediction, elapsed_s=QuantilesS(3_300, 3_500, 3_900), times_s=times)
    texts = spoken_card(around, ground, Voice())
    assert " ".join(words for words, _ in texts.margin) == "8 in 10 such days end between 0:55 and 1:05"
    assert [tile.time for tile in texts.tiles] == ["0:57", "0:58", "1:02"]


def test_a_finish_on_another_day_names_it_and_its_own_offset():
    prediction, ground = told(track=loop(60_000.0), mode="hiking", start_at=EVENING)
    said = " ".join(words for words, _ in spoken_card(prediction, ground, Voice()).finish)
    assert "CET on Sunday 25 October" in said


def test_without_a_past_the_card_says_so_and_without_a_start_it_names_no_clock():
    texts = spoken_card(*told(), Voice())
    assert "without a past of yours" in texts.rests
    assert texts.finish == ()


@given(st.integers(0, 200))
def test_few_checkpoints_are_all_named_and_of_many_the_last_one_is(count: int):
    prediction = replace_checkpoints(count)
    indices = listed_indices(prediction)
    assert len(indices) == len(set(indices)) == min(count, MOST_LISTED)
    assert indices == sorted(indices)
    assert all(0 <= index < count for index in indices)
    assert not count or indices[-1] == count - 1


def replace_checkpoints(count: int) -> Prediction:
    prediction, _ = told(checkpoints=camps(1, 20_000))
    return msgspec.structs.replace(prediction, checkpoints=prediction.checkpoints * count)


@given(st.lists(st.floats(0, 900), min_size=1, max_size=20))
def test_numbers_are_moved_apart_and_keep_their_order(places: list[float]):
    wished = np.array(sorted(places))
    placed = apart(wished, 40.0, 17.0, 919.0)
    assert all(later - earlier >= 40.0 - 1e-6 for earlier, later in pairwise(placed))
    assert placed[0] >= 17.0 - 1e-6
    assert placed[-1] <= 919.0 + 1e-6


def luminance(colour: tuple[float, float, float]) -> float:
    """As WCAG counts it."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_slower_is_darker_to_every_eye():
    scale = [luminance(colour) for colour in colours_at(np.linspace(0, 1, 50))]
    assert all(darker < lighter for lighter, darker in pairwise(scale))
    assert scale[0] > 5 * scale[-1]


@given(st.lists(st.tuples(st.floats(50, 5_000), st.floats(150, 3_000)), min_size=1, max_size=60))
def test_paces_have_colours_between_ends_that_never_touch(pieces: list[tuple[float, float]]):
    metres, s_per_km = np.array(pieces).T
    paces = Paces(np.concatenate(([0.0], np.cumsum(metres))), s_per_km)
    fast, slow = pace_limits(paces)
    assert slow / fast >= 1.34
    assert all(0 <= part <= 1 and math.isfinite(part) for colour in colours_of(paces) for part in colour)


def test_pieces_cover_the_course_and_take_its_time():
    prediction, _ = told()
    paces = paces_of(prediction)
    assert paces.edges_m[0] == 0
    assert paces.edges_m[-1] == prediction.splits[-1].to_m
    total_s = float((np.diff(paces.edges_m) * paces.s_per_km).sum() / 1000)
    assert total_s == pytest.approx(prediction.interval.p50_s, abs=len(paces.s_per_km))


def test_cyrillic_and_hangul_are_drawn_and_a_letter_nobody_has_is_a_square():
    assert drawable("Озеро 지리산 $x$") == "Озеро 지리산 $x$"
    assert drawable("雪") == "□"


def test_every_field_of_a_ground_may_be_missing():
    prediction, ground = told(start_at=SIX)
    known = {each.name: getattr(ground, each.name) for each in fields(Ground)}
    bare = Ground(**{**known, "profile": None, "points": None})
    assert card_png(card_of(prediction, bare, spoken_card(prediction, bare, Voice())))
