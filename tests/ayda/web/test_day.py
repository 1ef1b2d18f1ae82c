"""On the day, in a real browser: passing times are typed, the rest is forecast anew, and the crew opens a link."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ayda.web.browser import Visit, chromium, house, visit
from tests.ayda.web.test_walks import PLACES, assert_clean, assert_fits
from trackfiles.drawn import draw_course

pytestmark = pytest.mark.system
START = "2026-06-13T06:00"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    chromium()
    with house(tmp_path_factory.mktemp("house")) as address:
        yield address


def on_the_day(seen: Visit, *, start: str | None = START, length_m: float = 32_000) -> None:
    seen.open()
    seen.send("drawn.gpx", draw_course(length_m, name="Drawn", places=PLACES))
    seen.answered()
    if start:
        seen.page.fill("#start", start)
        seen.anew("press", "#start", "Tab")
    seen.page.click("#day-open")


def type_passing(seen: Visit, number: int, text: str) -> None:
    """Types and waits until the rest is worked out anew."""
    seen.page.fill(f"#passed-{number}", text)
    with seen.page.expect_response("**/reforecasts"):
        seen.page.press(f"#passed-{number}", "Enter")
    seen.page.wait_for_selector(f".passings .passed #passed-{number}")
    seen.page.wait_for_selector(".passings .eta b")


def minutes(clock: str) -> int:
    hours, rest = clock.split(":")
    return 60 * int(hours) + int(rest)


def finish(seen: Visit) -> int:
    return minutes(seen.page.inner_text(".now .time"))


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "ru", "ko"])
def test_who_comes_late_finishes_later_and_surer(url: str, language: str, width: int):
    with visit(url, width=width, locale=language) as seen:
        on_the_day(seen)
        page = seen.page
        assert page.is_hidden("#answer")
        plan = finish(seen)
        assert_fits(seen)
        page.fill("#passed-0", "nonsense")
        page.press("#passed-0", "Tab")
        assert page.get_attribute("#passed-0", "aria-invalid") == "true"
        type_passing(seen, 0, "0655")
        assert page.input_value("#passed-0").replace("0655", "06:55") == "06:55"
        first = finish(seen)
        assert first > plan
        type_passing(seen, 1, "7:45")
        assert finish(seen) > first
        assert page.locator(".passings .eta b").count() == len(PLACES) - 2 + 1
        assert_fits(seen)
        assert_clean(seen)


def test_a_day_outlives_the_page_and_is_forgotten_when_wished(url: str):
    with visit(url) as seen:
        on_the_day(seen)
        type_passing(seen, 0, "06:50")
        late = finish(seen)
        seen.open()
        seen.page.click("#day-again")
        seen.page.wait_for_selector(".passings .passed")
        seen.page.wait_for_selector(".passings .eta b")
        assert finish(seen) == late
        seen.page.click("#day-forget")
        assert seen.page.is_visible("#drop")
        assert seen.page.is_hidden("#day-again")
        assert seen.page.evaluate("localStorage.getItem('ayda.day')") is None


def test_the_crew_opens_a_link_without_the_course_and_types_on(url: str):
    with visit(url, timezone_id="America/New_York") as seen:
        on_the_day(seen)
        type_passing(seen, 0, "06:50")
        late = finish(seen)
        page = seen.page
        page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error()))")
        page.click("#day-link")
        link = page.get_attribute("#day .along a", "href")
        held = json.loads(base64.urlsafe_b64decode(link.partition("#day=")[2] + "=="))
        assert set(held) == {"name", "start", "zone", "length", "gain", "moving", "finish", "places", "done"}
        assert len(link) < 1_500
    with visit(url, locale="ru", timezone_id="Asia/Seoul") as crew:
        crew.page.goto(link)
        crew.page.wait_for_selector(".passings .passed")
        crew.page.wait_for_selector(".passings .eta b")
        assert finish(crew) == late, "a clock at the course, wherever the crew is"
        type_passing(crew, 1, "07:30")
        assert crew.page.locator(".passings .passed").count() == 2
        assert_clean(crew)


def test_without_a_line_the_passing_is_kept_and_worked_out_later(url: str):
    with visit(url) as seen:
        on_the_day(seen)
        page = seen.page
        page.context.set_offline(True)
        page.fill("#passed-0", "06:50")
        page.press("#passed-0", "Enter")
        page.wait_for_selector("#day [role=alert]")
        assert page.locator(".passings .passed").count() == 1
        with page.expect_response("**/reforecasts"):
            page.context.set_offline(False)
        page.wait_for_selector("#day [role=alert]", state="detached")
        assert page.locator(".passings .eta b").count() > 0


def test_times_that_contradict_each_other_are_said_to(url: str):
    with visit(url) as seen:
        on_the_day(seen)
        type_passing(seen, 1, "07:10")
        seen.page.fill("#passed-0", "07:30")
        seen.page.press("#passed-0", "Enter")
        seen.page.wait_for_selector("#day [role=alert]")
        assert "contradict" in seen.page.inner_text("#day [role=alert]")


def test_without_a_start_it_begins_with_a_tap_and_here_is_one_more(url: str):
    with visit(url) as seen:
        on_the_day(seen, start=None)
        page = seen.page
        type_passing(seen, 0, "1:05")
        assert page.input_value("#passed-0") in {"1:05", "105"}
        page.click("#day-forget")
        page.clock.install(time=datetime(2026, 6, 13, 6, 0, tzinfo=UTC))
        page.click("#day-open")
        page.click("#day-start")
        page.clock.fast_forward("31:00")
        page.wait_for_selector("#day-here", state="visible")
        page.click("#day-here")
        page.wait_for_selector(".passings .passed")
        assert minutes(page.input_value("#passed-0")) % 60 == 31


def test_the_day_is_open_to_who_has_no_mouse(url: str):
    with visit(url) as seen:
        on_the_day(seen)
        page, keys = seen.page, seen.page.keyboard
        for wanted in ("#day-close", "#passed-0"):
            for _ in range(12):
                keys.press("Tab")
                if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
                    break
            else:
                raise AssertionError(f"the keyboard does not reach {wanted}")
        keys.type("06:50")
        with page.expect_response("**/reforecasts"):
            keys.press("Tab")
        page.wait_for_selector(".passings .passed")
        page.wait_for_selector("#passed-1:focus")


WRONG: list[Any] = [
    None, [], "x", {}, {"places": []}, {"moving": [1, 2, 3], "finish": [1, 2], "length": 5, "gain": 1, "places": []},
    {"moving": ["1", 2, 3], "finish": [1, 2, 3], "length": 5, "gain": 1, "places": []},
    {"moving": [1, 2, 3], "finish": [1, 2, 3], "length": 1e99, "gain": 1, "places": []},
]  # fmt: skip


@pytest.mark.parametrize("held", WRONG, ids=str)
def test_a_link_that_holds_no_day_opens_the_page_as_it_is(url: str, held: Any):
    packed = base64.urlsafe_b64encode(json.dumps(held).encode()).decode().rstrip("=")
    with visit(url) as seen:
        seen.open(f"/#day={packed}")
        assert seen.page.is_visible("#drop")
        assert_clean(seen)


def test_a_start_or_a_zone_that_nobody_knows_is_left_out(url: str):
    held = {
        "name": "x", "start": "1 Jan 2026", "zone": "Mars/Base",
        "moving": [3000, 3600, 4000], "finish": [3000, 3600, 4000],
        "length": 10_000, "gain": 100, "places": [{"at": 5000, "eta": [1500, 1800, 2000], "passed": 1e9, "cutoff": -1}],
    }  # fmt: skip
    packed = base64.urlsafe_b64encode(json.dumps(held).encode()).decode().rstrip("=")
    with visit(url) as seen:
        seen.open(f"/#day={packed}")
        assert seen.page.inner_text(".now .time") == "1:00"
        assert seen.page.locator(".passings .passed").count() == 0
        assert_clean(seen)
