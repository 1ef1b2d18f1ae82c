"""Who has no mouse: every place shows that one is there, files are chosen, and nobody is lost when things go away."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.ayda.web.browser import Visit, chromium, house, visit
from tests.ayda.web.test_walks import CLOCK, PLACES, assert_clean, assert_fits
from tests.predictor.guests.pasts import outing, past
from trackfiles.drawn import draw_course

pytestmark = pytest.mark.system
COURSE = draw_course(12_000, name="Drawn", places=PLACES)
EVERYWHERE = [(language, width) for language in ("en", "ru", "ko") for width in (360, 1280)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    chromium()
    with house(tmp_path_factory.mktemp("house")) as address:
        yield address


STAND = """() => {
    const { dataset } = document.activeElement;
    const again = "stood" in dataset;
    dataset.stood = "";
    return again;
}"""
FORGET = "() => document.querySelectorAll('[data-stood]').forEach((each) => delete each.dataset.stood)"


def unseen_stops(seen: Visit, most: int = 150) -> list[str]:
    """From stop to stop by Tab, once round: those of which nothing shows that one is there, or more than one thing."""
    wrong = []
    seen.page.evaluate(FORGET)
    for _ in range(most):
        seen.page.keyboard.press("Tab")
        if seen.stands_at("body"):
            continue
        if seen.page.evaluate(STAND):
            return wrong
        ringed = seen.ringed()
        if len(ringed) != 1:
            where = seen.page.evaluate("document.activeElement.outerHTML")
            wrong.append(f"{where[:120]}: {ringed}")
    raise AssertionError("the keyboard does not come round")


@pytest.mark.parametrize(("language", "width"), EVERYWHERE)
def test_every_stop_of_the_keyboard_is_seen_and_only_that(url: str, language: str, width: int):
    with visit(url, width=width, locale=language) as seen:
        seen.open()
        seen.page.wait_for_selector("#race", state="visible")
        assert unseen_stops(seen) == []
        seen.send("drawn.gpx", COURSE)
        seen.answered()
        seen.page.click("#conditions summary")
        for tab in ("checkpoints", "goal"):
            seen.page.click(f"#tab-{tab}")
            assert unseen_stops(seen) == []
        seen.page.click("#day-open")
        assert unseen_stops(seen) == []


@pytest.mark.parametrize(("language", "width"), EVERYWHERE)
def test_a_guest_who_has_no_mouse_chooses_course_and_outings(url: str, language: str, width: int):
    with visit(url, width=width, locale=language) as seen:
        seen.open()
        seen.tab_to("#file", most=20)
        assert seen.ringed() == [seen.page.inner_text("label[for=file]")]
        seen.choose("#outings", ("export.zip", past(3)), key="Space")
        seen.page.wait_for_selector("#past-forget", state="visible")
        seen.page.wait_for_selector("#outings:focus", state="attached")
        seen.page.keyboard.press("Tab")
        seen.page.keyboard.press("Enter")
        assert seen.stands_at("#outings")
        assert seen.ringed() == ["outings-label"]
        seen.page.evaluate("document.activeElement.blur()")
        seen.choose("#file", ("drawn.gpx", COURSE), key="Enter")
        assert CLOCK.fullmatch(seen.answered())
        assert seen.stands_at("#course-name"), "what has been chosen in is gone"
        assert_fits(seen)
        assert_clean(seen)


def test_who_says_what_a_recording_is_stays_where_the_course_is(url: str):
    with visit(url) as seen:
        seen.open()
        seen.choose("#file", ("morning.gpx", outing(3)), key="Enter")
        seen.answered()
        seen.tab_to("#which button", most=40)
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector("#past-forget", state="visible")
        assert seen.stands_at("#course-name")
        assert_clean(seen)


def test_who_tries_again_stays_where_the_course_is_and_may_take_another(url: str):
    with visit(url) as seen:
        seen.open()
        seen.page.context.set_offline(True)
        seen.choose("#file", ("drawn.gpx", COURSE), key="Enter")
        seen.page.wait_for_selector("#trouble", state="visible")
        seen.page.context.set_offline(False)
        seen.tab_to("#trouble button", most=40)
        seen.page.keyboard.press("Enter")
        seen.answered()
        assert seen.stands_at("#course-name")
        seen.tab_to("#change", most=2)
        seen.page.keyboard.press("Enter")
        assert seen.stands_at("#file")


def test_who_goes_through_the_races_by_arrow_keys_takes_one_when_it_is_the_right_one(url: str):
    with visit(url) as seen:
        seen.open()
        page, keys = seen.page, seen.page.keyboard
        page.wait_for_selector("#race", state="visible")
        for taken_by in ("Enter", "Tab"):
            seen.tab_to("#race", most=20)
            keys.press("ArrowDown")
            keys.press("ArrowDown")
            assert page.is_visible("#choose"), "who is on the way to another one has not chosen yet"
            chosen = page.locator("#race option:checked").inner_text()
            assert page.evaluate("document.getElementById('race').selectedIndex") == 2
            with page.expect_response("**/guest/predictions"):
                keys.press(taken_by)
                if taken_by == "Tab":
                    assert seen.stands_at("#race-take")
                    keys.press("Space")
            seen.answered()
            assert page.inner_text("#course-name") == chosen.split(" · ")[0]
            assert seen.stands_at("#course-name")
            seen.tab_to("#change", most=2)
            keys.press("Enter")
            assert page.is_hidden("#race-take")
        assert_clean(seen)


@pytest.mark.parametrize(("language", "width"), EVERYWHERE)
def test_who_removes_a_place_stands_at_the_next_and_who_adds_one_may_add_more(url: str, language: str, width: int):
    with visit(url, width=width, locale=language) as seen:
        seen.open()
        page, keys = seen.page, seen.page.keyboard
        seen.send("drawn.gpx", COURSE)
        seen.answered()
        page.click("#tab-checkpoints")
        tab_to = partial(seen.tab_to, most=60)
        tab_to("#place-2-remove")
        for left in (2, 1):
            with page.expect_response("**/guest/predictions"):
                keys.press("Enter")
            seen.answered()
            page.wait_for_selector(f".places:not(:has(li:nth-child({left + 1})))")
            assert seen.stands_at(f"#place-{min(2, left)}-remove")
        tab_to("#place-add")
        with page.expect_response("**/guest/predictions"):
            keys.press("Enter")
        page.wait_for_selector("#place-2-name")
        assert seen.stands_at("#place-add")
        assert_fits(seen)
        assert_clean(seen)


@pytest.mark.parametrize(("language", "width"), EVERYWHERE)
def test_escape_leads_from_the_day_to_where_it_was_opened(url: str, language: str, width: int):
    with visit(url, width=width, locale=language) as seen:
        seen.open()
        page, keys = seen.page, seen.page.keyboard
        seen.send("drawn.gpx", COURSE)
        seen.answered()
        seen.tab_to("#day-open", most=60)
        keys.press("Enter")
        assert seen.stands_at("#day")
        seen.tab_to("#day-start", most=5)
        keys.press("Enter")
        assert seen.stands_at("#day"), "the button has gone, who pressed it has not"
        seen.tab_to("#passed-1", most=10)
        keys.type("1:2")
        keys.press("Escape")
        assert page.is_visible("#day"), "who is typing loses nothing"
        keys.press("Backspace")
        keys.press("Backspace")
        keys.press("Backspace")
        keys.press("Escape")
        assert page.is_hidden("#day")
        assert seen.stands_at("#day-open")
        seen.open()
        seen.tab_to("#day-again", most=10)
        keys.press("Enter")
        keys.press("Escape")
        assert seen.stands_at("#day-again")
        assert_fits(seen)
        assert_clean(seen)


def test_who_takes_something_along_stays_at_its_button(url: str):
    with visit(url) as seen:
        seen.open()
        page, keys = seen.page, seen.page.keyboard
        seen.send("drawn.gpx", COURSE)
        seen.answered()
        seen.tab_to("#take-card", most=60)
        keys.press("Enter")
        page.wait_for_selector(".picture img")
        assert seen.stands_at("#take-card")
        page.evaluate("document.getElementById('units').click()")
        assert seen.stands_at("#take-card"), "also when all is written anew around it"
        assert_clean(seen)
