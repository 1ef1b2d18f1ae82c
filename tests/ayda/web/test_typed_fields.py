"""What is typed into the page, in a real browser: read by the server, and what is not understood is said beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ayda_service.web.static import SOURCES
from languages.moments import read_clock
from languages.typed import read_time_s
from tests.ayda.web.browser import Visit, chromium, house, visit
from tests.ayda.web.test_walks import CLOCK, PLACES, assert_clean, assert_fits
from trackfiles.drawn import draw_course

pytestmark = pytest.mark.system
COURSE = draw_course(12_000, name="Drawn", places=PLACES)
HUTS = {"en": "the night in a hut", "ru": "ночь в приюте", "ko": "산장에서의 하룻밤"}
KEYPAD = {"12.40": "12:40", "1240": "12:40", "640": "6:40", "12 40": "12:40", " 6:05 ": "6:05"}
"""What a phone's keypad has without a colon, and what it stands for."""
STARTED_S, DAY_S = 6 * 3_600, 24 * 3_600
CLOCKS = ("12:40", "06:05", "6:05", "23:59", "0:30", "24:00", "12:60", "noon", "12:4", "-1:00", "1:2:3", "")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    chromium()
    with house(tmp_path_factory.mktemp("house")) as address:
        yield address


def ask(seen: Visit) -> str:
    seen.open()
    seen.send("drawn.gpx", COURSE)
    return seen.answered()


def wrong(seen: Visit, field: str, text: str) -> str:
    """What stands beside a field into which this is typed."""
    seen.page.fill(field, text)
    seen.page.press(field, "Tab")
    said = seen.page.wait_for_selector(f"{field}-wrong")
    assert seen.page.get_attribute(field, "aria-invalid") == "true"
    assert seen.page.get_attribute(field, "aria-describedby") == f"{field}-wrong".removeprefix("#")
    return str(said.inner_text())


@pytest.mark.parametrize("width", [360, 1280])
def test_what_is_not_understood_is_said_beside_its_field_and_changes_nothing(url: str, width: int):
    told = set()
    for language in ("en", "ru", "ko"):
        with visit(url, width=width, locale=language) as seen:
            before = ask(seen)
            seen.page.click("#conditions summary")
            told.add(wrong(seen, "#heat", "hot"))
            assert_fits(seen)
            assert seen.answered() == before
            seen.page.fill("#heat", "38")
            assert seen.anew("press", "#heat", "Tab") != before
            assert seen.page.locator("#heat-wrong").count() == 0
            seen.page.click("#tab-checkpoints")
            told.add(wrong(seen, "#place-1-cutoff", "soon"))
            assert_fits(seen)
            seen.page.fill("#place-1-cutoff", "2h20")
            seen.anew("press", "#place-1-cutoff", "Tab")
            assert seen.page.input_value("#place-1-cutoff") == "2:20"
            assert_clean(seen)
    assert len(told) == 6, "each in its language"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "ru", "ko"])
def test_a_night_in_a_hut_is_told_by_keyboard_and_stands_among_the_causes(url: str, language: str, width: int):
    with visit(url, width=width, locale=language) as seen:
        before = ask(seen)
        page, keys = seen.page, seen.page.keyboard
        seen.tab_to("#conditions summary", most=60)
        keys.press("Enter")
        seen.tab_to("#hut-at", most=10)
        keys.type("6")
        seen.tab_to("#hut-stay", most=1)
        keys.type("8:00")
        keys.press("Tab")
        after = seen.other_than(before)
        assert int(after.partition(":")[0]) == int(before.partition(":")[0]) + 8
        page.click("#tab-why")
        row = page.locator("#panel-why tr", has_text=HUTS[language])
        assert row.locator("td:last-child").inner_text() == "+8:00"
        assert_fits(seen)
        page.click("#tab-checkpoints")
        assert page.locator(".place").count() == len(PLACES) + 1
        seen.anew("click", "#panel-checkpoints li:first-child [data-remove]")
        assert page.locator(".place").count() == len(PLACES), "the hut is told once, however places change"
        page.click("#units")
        assert CLOCK.fullmatch(seen.answered())
        assert page.input_value("#hut-at") == "3.73"
        assert_clean(seen)


def test_a_link_keeps_the_night_and_the_day(url: str):
    with visit(url, locale="en") as seen:
        ask(seen)
        page = seen.page
        page.click("#conditions summary")
        for field, text in (("#home-height", "1000 ft"), ("#people", "3"), ("#heat", "82.4F")):
            page.fill(field, text)
            seen.anew("press", field, "Tab")
        page.fill("#hut-at", "5 mi")
        page.fill("#hut-stay", "6h")
        told = seen.anew("press", "#hut-stay", "Tab")
        page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error()))")
        page.click("#take-link")
        link = page.get_attribute(".along a", "href")
        page.goto("about:blank")
        page.goto(link)
        seen.ready()
        seen.send("drawn.gpx", COURSE)
        assert seen.answered() == told
        shown = {field: page.input_value(field) for field in ("#home-height", "#people", "#heat", "#hut-at")}
        assert shown == {"#home-height": "305", "#people": "3", "#heat": "28", "#hut-at": "8.05"}
        assert_clean(seen)


def source(route: Any) -> None:
    """A module as it is written."""
    route.fulfill(path=SOURCES / route.request.url.rpartition("/")[2], content_type="text/javascript")


def test_the_days_clock_reads_as_the_chat_does_where_no_server_can_be_reached(url: str):
    # a module that a test asks for would be code that the page's policy does not let in
    with visit(url, bypass_csp=True) as seen:
        seen.page.route("**/sources/*", source)
        seen.open()
        typed = [*CLOCKS, *KEYPAD]
        read = """async ([url, typed]) => {
            const { Clock } = await import(url);
            const day = new Clock({ start_at: null, time_zone: null }, "2026-06-13T06:00");
            const since = new Clock({ start_at: null, time_zone: null }, "");
            return typed.map((text) => [day.after(text, 12 * 3600), since.after(text, 0)]);
        }"""
        told = seen.page.evaluate(read, ["/sources/clock.js", typed])
    for text, (on_the_clock, since_the_start) in zip(typed, told, strict=True):
        clock = read_clock(KEYPAD.get(text, text))
        shown = None if on_the_clock is None else (STARTED_S + on_the_clock) % DAY_S
        assert shown == (None if clock is None else 3_600 * clock.hour + 60 * clock.minute), text
        if since_the_start is not None:
            assert since_the_start == read_time_s(KEYPAD.get(text, text)), text
