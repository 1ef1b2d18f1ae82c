"""A guest in a real browser: from a course to the answer and all that follows, with pointer and keyboard."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.ayda.web.browser import Visit, chromium, house, visit
from trackfiles.drawn import draw_course

pytestmark = pytest.mark.system
PLACES = {"Spring": 0.2, "Pass": 0.3, "Hut": 0.5}
CLOCK = re.compile(r"\d{1,2}:[0-5]\d")
SAYS = {"en": "start to finish", "ru": "от старта до финиша", "ko": "출발부터 도착까지"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    chromium()
    with house(tmp_path_factory.mktemp("house")) as address:
        yield address


def courses() -> list[tuple[str, bytes]]:
    """A drawn one, and with AYDA_COURSES those of a folder."""
    folder = os.environ.get("AYDA_COURSES")
    real = [(path.name, path.read_bytes()) for path in sorted(Path(folder).glob("*.gpx"))] if folder else []
    return [("drawn.gpx", draw_course(12_000, name="Drawn", places=PLACES)), *real]


def assert_clean(seen: Visit) -> None:
    assert seen.complaints == []
    own = (seen.url, f"blob:{seen.url}", "data:")
    assert all(address.startswith(own) for address in seen.asked), "nothing from elsewhere"


def assert_fits(seen: Visit) -> None:
    wide = seen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} pixels beyond the window"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "ru", "ko"])
@pytest.mark.parametrize(("name", "content"), courses(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_guest_gets_an_answer_to_a_file(url: str, name: str, content: bytes, language: str, width: int):
    with visit(url, width=width, locale=language) as seen:
        seen.open()
        assert_fits(seen)
        seen.send(name, content)
        assert CLOCK.fullmatch(seen.answered())
        assert SAYS[language] in seen.page.inner_text("#answer")
        assert seen.page.locator(".outline .way").count() > 5
        for tab in ("climbs", "checkpoints", "goal", "why", "splits"):
            seen.page.click(f"#tab-{tab}")
            assert seen.page.locator(f"#panel-{tab}").inner_text()
            assert_fits(seen)
        assert_clean(seen)


@pytest.mark.parametrize("width", [360, 430, 620, 1280])
def test_no_way_to_go_stands_alone_in_a_row(url: str, width: int):
    with visit(url, width=width, locale="ru") as seen:
        seen.open()
        seen.send(*courses()[0])
        seen.answered()
        boxes = [each.bounding_box() for each in seen.page.locator("#effort span").all()]
        rows = Counter(round(box["y"]) for box in boxes)
        assert len(boxes) == 4
        assert set(rows.values()) in ({2}, {4})


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ru", 360), ("ko", 360), ("ru", 1280)])
def test_a_guest_who_has_no_mouse_gets_everywhere(url: str, language: str, width: int):
    with visit(url, width=width, locale=language) as seen:
        seen.open()
        page, keys = seen.page, seen.page.keyboard

        tab_to = partial(seen.tab_to, most=40)

        tab_to("#file")
        tab_to("#example")
        with page.expect_response("**/guest/predictions"):
            keys.press("Enter")
        first = seen.answered()
        page.evaluate("document.body.focus()")
        tab_to("input[name=effort]")
        with page.expect_response("**/guest/predictions"):
            keys.press("ArrowRight")
        easier = seen.answered()
        assert easier > first
        tab_to("#pace")
        with page.expect_response("**/guest/predictions"):
            keys.press("ArrowLeft")
        assert seen.answered() <= easier
        tab_to(".profile")
        before = page.get_attribute(".profile", "aria-valuetext")
        keys.press("ArrowRight")
        assert page.get_attribute(".profile", "aria-valuetext") != before
        keys.press("End")
        assert page.get_attribute(".profile", "aria-valuenow") == page.get_attribute(".profile", "aria-valuemax")
        tab_to("[role=tab]")
        for _ in range(3):
            keys.press("ArrowRight")
        assert page.is_visible("#panel-goal")
        tab_to("#goal")
        with page.expect_response("**/guest/predictions"):
            keys.press("ArrowLeft")
        seen.answered()
        page.wait_for_selector("#panel-goal .chance")
        assert page.evaluate("document.activeElement.id") == "goal", "who moves the goal stays there"
        assert_clean(seen)


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ru", 360), ("ko", 360), ("ru", 1280)])
def test_a_guest_who_has_no_mouse_takes_all_along_and_goes_by_it(url: str, language: str, width: int):
    with visit(url, width=width, locale=language) as seen:
        seen.open()
        page, keys = seen.page, seen.page.keyboard
        tab_to = partial(seen.tab_to, most=40)
        seen.send("drawn.gpx", courses()[0][1])
        seen.answered()
        tab_to("[role=tab]")
        keys.press("ArrowRight")
        keys.press("ArrowRight")
        assert page.is_visible("#panel-checkpoints")
        tab_to("#place-2-cutoff")
        keys.type("0:20")
        with page.expect_response("**/guest/predictions"):
            keys.press("Tab")
        seen.answered()
        page.wait_for_selector(".unlikely")
        tab_to("#take-card")
        keys.press("Enter")
        page.wait_for_selector(".picture img")
        with page.expect_download():
            tab_to(".picture .button:last-child")
            keys.press("Enter")
        tab_to("#day-open")
        keys.press("Enter")
        tab_to("#passed-0")
        keys.type("1:20")
        keys.press("Enter")
        page.wait_for_selector(".passings .passed")
        tab_to("#day-forget")
        keys.press("Enter")
        assert page.is_visible("#answer")
        assert_fits(seen)
        assert_clean(seen)


def test_places_can_be_named_moved_and_given_a_cutoff(url: str):
    with visit(url) as seen:
        seen.open()
        seen.send("drawn.gpx", courses()[0][1])
        seen.answered()
        page = seen.page
        page.click("#tab-checkpoints")
        assert [page.input_value(f"#place-{n}-name") for n in (1, 2, 3)] == list(PLACES)
        page.fill("#place-2-cutoff", "0:20")
        seen.anew("press", "#place-2-cutoff", "Tab")
        page.wait_for_selector(".unlikely")
        page.fill("#place-1-name", "Well & <b>source</b>")
        page.fill("#place-1-stop", "10")
        before = seen.answered()
        after = seen.anew("press", "#place-1-stop", "Tab")
        assert after >= before
        assert page.input_value("#place-1-name") == "Well & <b>source</b>"
        seen.anew("click", "#panel-checkpoints li:nth-child(3) [data-remove]")
        assert page.locator(".place").count() == 2
        seen.anew("click", "#panel-checkpoints p button")
        assert page.locator(".place").count() == 3
        assert_clean(seen)


def test_a_race_of_the_catalogue_needs_no_file_and_its_link_asks_again(url: str):
    with visit(url) as seen:
        seen.open()
        page = seen.page
        page.wait_for_selector("#race", state="visible")
        value = page.locator("#race option").nth(1).get_attribute("value")
        seen.anew("select_option", "#race", value)
        page.check("input[name=by][value=result]", force=True)
        page.fill("#result-time", "48:30")
        first = seen.anew("press", "#result-time", "Tab")
        page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error()))")
        page.click("#take-link")
        link = page.get_attribute(".along a", "href")
        page.goto("about:blank")
        with page.expect_response("**/guest/predictions"):
            page.goto(link)
        assert seen.answered() == first
        assert page.is_checked("input[name=by][value=result]")
        assert_clean(seen)


def test_a_race_may_be_typed_in_any_form_and_the_day_counts(url: str):
    with visit(url) as seen:
        seen.open()
        page = seen.page
        seen.send("drawn.gpx", courses()[0][1])
        seen.answered()
        page.check("input[name=by][value=result]", force=True)
        told = set()
        for typed in ("48:30", "48.30", "48'30", "48 min 30 s"):
            page.fill("#result-time", typed)
            told.add(seen.anew("press", "#result-time", "Tab"))
        assert len(told) == 1
        page.click("#conditions summary")
        page.fill("#heat", "38")
        assert seen.anew("press", "#heat", "Tab") not in told
        page.click("#tab-why")
        assert "heat" in page.inner_text("#panel-why")
        assert_clean(seen)


@pytest.mark.parametrize("language", ["en", "ru", "ko"])
def test_a_guest_takes_the_picture_and_every_file_along(url: str, language: str):
    with visit(url, locale=language) as seen:
        page = seen.page
        seen.open()
        seen.send("drawn.gpx", courses()[0][1])
        seen.answered()
        page.click("#take-card")
        picture = page.wait_for_selector(".picture img")
        assert picture.evaluate("shown => shown.decode().then(() => shown.naturalWidth)") == 1080
        assert_fits(seen)
        with page.expect_download() as saved:
            page.click(".picture .button:last-child")
        assert saved.value.suggested_filename == "Drawn-card.png"
        for kind, name in (("gpx", "plan.gpx"), ("tcx", "course.tcx"), ("csv", "plan.csv"), ("crew", "crew.html")):
            with page.expect_download() as file:
                page.click(f"#take-{kind}")
            assert file.value.suggested_filename == f"Drawn-{name}"
            text = file.value.path().read_text(encoding="utf-8")
            assert "Hut" in text
        assert f'<html lang="{language}">' in text, "the sheet is read by the crew"
        page.click("#units")
        assert page.is_visible(".picture img"), "what was made stays while the answer does"
        assert_clean(seen)


def test_a_picture_bears_the_courses_own_name_however_late_its_file_is_read(url: str):
    with visit(url) as seen:
        page = seen.page
        page.add_init_script("""
            const read = Blob.prototype.text;
            Blob.prototype.text = async function () {
              await new Promise((go) => { window.goOn = go; });
              return read.call(this);
            };""")
        seen.open()
        seen.send("file-name.gpx", courses()[0][1])
        seen.answered()
        page.evaluate("window.goOn()")
        page.wait_for_function("document.getElementById('course-name').textContent === 'Drawn'")
        page.click("#take-card")
        page.wait_for_selector(".picture img")
        with page.expect_download() as saved:
            page.click(".picture .button:last-child")
        assert saved.value.suggested_filename == "Drawn-card.png"


def test_what_cannot_be_made_is_said_beside_it(url: str):
    with visit(url) as seen:
        page = seen.page
        seen.open()
        seen.send("drawn.gpx", courses()[0][1])
        seen.answered()
        problem = {"status": 503, "code": "busy", "detail": "Too many."}
        page.route(
            "**/guest/plans/*", lambda route: route.fulfill(status=503, json=problem, headers={"Retry-After": "5"})
        )
        page.click("#take-csv")
        page.wait_for_selector(".along [role=status]:has-text('5 s')")
        assert page.is_enabled("#take-csv")


def test_a_race_of_the_catalogue_offers_no_file_that_needs_its_places(url: str):
    with visit(url) as seen:
        page = seen.page
        seen.open()
        page.wait_for_selector("#race", state="visible")
        seen.anew("select_option", "#race", page.locator("#race option").nth(1).get_attribute("value"))
        assert page.locator("#take-gpx, #take-tcx").count() == 0
        assert page.locator("#take-csv, #take-crew, #take-card").count() == 3


def test_what_goes_wrong_is_said_with_a_way_on(url: str):
    with visit(url, locale="ru") as seen:
        seen.open()
        seen.send("no.gpx", b"<html>no course</html>")
        seen.page.wait_for_selector("#trouble", state="visible")
        assert "GPX" in seen.page.inner_text("#trouble")
        seen.page.click("#trouble button:last-child")
        assert seen.page.is_visible("#drop")
        seen.send("drawn.gpx", courses()[0][1])
        seen.answered()
        assert seen.page.is_hidden("#trouble")
        assert [each for each in seen.complaints if "422" not in each] == []


def test_a_start_gives_clocks_and_shades_the_night(url: str):
    with visit(url, timezone_id="America/New_York") as seen:
        seen.open()
        seen.send("drawn.gpx", draw_course(40_000, 40))
        seen.answered()
        seen.page.fill("#start", "2026-06-13T17:00")
        seen.anew("press", "#start", "Tab")
        seen.page.wait_for_selector(".finish b")
        assert seen.page.locator("rect.night").count() == 1
        assert "Almaty" in seen.page.inner_text(".headline")
        assert "lamp" in seen.page.inner_text(".headline")
        assert "17:00" in seen.page.inner_text(".headline"), "a clock at the course and not at home"
        assert_clean(seen)


def test_units_change_with_one_tap_and_are_remembered(url: str):
    with visit(url, locale="en-US") as seen:
        seen.open()
        seen.send("drawn.gpx", courses()[0][1])
        seen.answered()
        assert "mi" in seen.page.inner_text(".readout")
        seen.page.click("#units")
        assert "km" in seen.page.inner_text(".readout")
        seen.open()
        assert seen.page.inner_text("#units") == "km"


@pytest.mark.parametrize("background", ["#17212b", "#ffffff"])
def test_inside_telegram_the_page_wears_its_colours(url: str, background: str):
    theme = json.dumps({"bg_color": background, "text_color": "#123456", "hint_color": "red;}*{display:none"})
    with visit(url) as seen:
        seen.page.goto("about:blank")
        seen.open("/app#tgWebAppData=x&tgWebAppThemeParams=" + re.sub("[#;{}]", lambda c: f"%{ord(c[0]):02x}", theme))
        shown = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert shown == f"rgb({', '.join(str(int(background[at : at + 2], 16)) for at in (1, 3, 5))})"
        assert seen.page.evaluate("document.documentElement.style.getPropertyValue('--quiet')") == ""
        assert [each for each in seen.complaints if "401" not in each] == [], "of a proof that is none"


@pytest.mark.parametrize("language", ["en", "ru", "ko"])
def test_a_day_and_a_night_are_told_without_a_column_cut_off(url: str, language: str):
    with visit(url, locale=language) as seen:
        page = seen.page
        seen.open()
        seen.send("long.gpx", draw_course(170_000, 60, places={"Hut": 0.4}))
        seen.answered()
        page.fill("#start", "2026-06-13T22:00")
        seen.anew("press", "#start", "Tab")
        assert page.locator("#panel-splits th[scope=rowgroup]").count() == 1, "the day is told where it begins"
        page.click("#tab-goal")
        seen.anew("press", "#goal", "ArrowLeft")
        page.wait_for_selector("#panel-goal th[scope=rowgroup]")
        for panel in ("goal", "splits"):
            page.click(f"#tab-{panel}")
            hidden = page.locator(f"#panel-{panel} .scrolls").evaluate("table => table.scrollWidth - table.clientWidth")
            assert hidden <= 0, f"{hidden} pixels are hidden"
        assert_clean(seen)
