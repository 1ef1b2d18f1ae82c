"""A guest with a past in a real browser: from a ZIP of recordings to a personal answer, and to forgetting it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.ayda.web.browser import Visit, chromium, house, visit
from tests.ayda.web.test_walks import assert_clean, assert_fits
from tests.predictor.guests.pasts import outing, past
from trackfiles.drawn import draw_course

pytestmark = pytest.mark.system
RESTS = {
    "en": "It rests on 8 of your outings.",
    "ru": "Основано на 8 ваших тренировках.",
    "ko": "내 활동 8개를 바탕으로 합니다.",
}
KEPT = "localStorage.getItem('ayda.past')"
COURSE = draw_course(12_000, name="Drawn")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    chromium()
    with house(tmp_path_factory.mktemp("house")) as address:
        yield address


@pytest.fixture(scope="module")
def export() -> bytes:
    return past(8, pace_s_per_km=450.0)


def file_of(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def add(seen: Visit, *files: tuple[str, bytes], to: str = "#outings") -> None:
    """Chooses outings and waits until they are read."""
    seen.page.set_input_files(to, files=[file_of(*each) for each in files])
    seen.page.wait_for_selector("#past-forget", state="visible")


def picture(seen: Visit, name: str) -> None:
    """With AYDA_PICTURES a picture of the page in that folder, to be looked at."""
    folder = os.environ.get("AYDA_PICTURES")
    if folder:
        seen.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "ru", "ko"])
def test_a_zip_of_outings_makes_the_answer_personal(url: str, export: bytes, language: str, width: int):
    with visit(url, width=width, locale=language) as seen:
        seen.open()
        assert_fits(seen)
        picture(seen, f"{language}-{width}-1-begin")
        add(seen, ("export.zip", export))
        assert_fits(seen)
        assert "8" in seen.page.inner_text("#past-says")
        until = datetime.now(UTC) + timedelta(days=30)
        assert str(until.year) in seen.page.inner_text("#past-more")
        picture(seen, f"{language}-{width}-2-read")
        seen.send("drawn.gpx", COURSE)
        seen.answered()
        assert RESTS[language] in seen.page.inner_text("#answer")
        assert seen.page.is_hidden("#by")
        assert seen.page.is_hidden("#by-pace")
        assert_fits(seen)
        picture(seen, f"{language}-{width}-3-answer")
        assert_clean(seen)


def test_it_stays_in_this_browser_until_it_is_forgotten(url: str, export: bytes):
    with visit(url) as seen:
        seen.open()
        seen.send("drawn.gpx", COURSE)
        stranger = seen.answered()
        add(seen, ("export.zip", export))
        page = seen.page
        page.wait_for_selector("#answer .headline:has-text('of your outings')")
        mine = seen.answered()
        assert mine != stranger
        seen.open("/?lang=ru")
        assert "8" in page.inner_text("#past-says")
        seen.send("drawn.gpx", COURSE)
        assert seen.answered() == mine
        assert "profile" not in (page.evaluate("location.href"))
        seen.anew("click", "#past-forget")
        assert page.evaluate(KEPT) is None
        assert seen.answered() == stranger
        assert page.is_visible("#by-pace")
        assert_clean(seen)


def test_a_way_to_go_without_outings_still_asks_for_a_pace(url: str, export: bytes):
    with visit(url) as seen:
        seen.open()
        add(seen, ("export.zip", export))
        seen.send("drawn.gpx", COURSE)
        seen.answered()
        with seen.page.expect_response("**/guest/predictions"):
            seen.page.check("input[name=mode][value=hiking]", force=True)
        seen.answered()
        assert seen.page.is_visible("#by-pace")
        assert "outings" not in seen.page.inner_text("#answer .headline")
        assert_clean(seen)


def test_one_drop_of_course_and_outings_is_told_apart_by_content(url: str, export: bytes):
    with visit(url) as seen:
        seen.open()
        add(seen, ("a.zip", export), ("b.gpx", COURSE), ("c.gpx", outing(20)), ("d.txt", b"x"), to="#file")
        seen.page.wait_for_selector("#answer .headline:has-text('9 of your outings')")
        assert seen.page.inner_text("#course-name") == "Drawn"
        assert_clean(seen)


def test_a_lone_recording_is_predicted_and_asked_about(url: str):
    with visit(url) as seen:
        seen.open()
        seen.send("morning.gpx", outing(3))
        seen.answered()
        picture(seen, "which")
        seen.page.click("#which button")
        seen.page.wait_for_selector("#past-forget", state="visible")
        assert seen.page.is_hidden("#which")
        seen.page.wait_for_selector("#answer .headline:has-text('1 outing of yours')")
        assert_clean(seen)


def test_files_without_an_outing_are_said_to_be_none_and_the_page_goes_on(url: str):
    with visit(url, locale="ru") as seen:
        seen.open()
        seen.page.set_input_files("#outings", files=[file_of("a.zip", b"PK\x03\x04" + bytes(90))])
        seen.page.wait_for_selector("#past-trouble", state="visible")
        assert "GPX" in seen.page.inner_text("#past-trouble")
        picture(seen, "trouble")
        add(seen, ("a.gpx", outing(1)))
        assert seen.page.is_hidden("#past-trouble")
        assert_clean(seen)


def test_a_past_that_opens_no_longer_is_forgotten_and_said(url: str):
    kept = (
        "localStorage.setItem('ayda.past', JSON.stringify({sealed: 'v1.k1.00000000.AAAA', "
        "expires_at: new Date(Date.now() + 864e5).toISOString(), outings: {trail_run: 5}, dropped: {}}))"
    )
    with visit(url) as seen:
        seen.open()
        seen.page.evaluate(kept)
        seen.open()
        seen.send("drawn.gpx", COURSE)
        seen.page.wait_for_selector("#trouble", state="visible")
        assert "again" in seen.page.inner_text("#trouble")
        assert seen.page.evaluate(KEPT) is None
        seen.anew("click", "#trouble button:first-child")
        assert [each for each in seen.complaints if "422" not in each] == []


def test_one_that_is_too_old_is_not_even_sent(url: str):
    kept = (
        "localStorage.setItem('ayda.past', JSON.stringify({sealed: 'x', expires_at: '2020-01-01T00:00:00Z', "
        "outings: {trail_run: 5}, dropped: {}}))"
    )
    with visit(url) as seen:
        seen.open()
        seen.page.evaluate(kept)
        seen.open()
        assert seen.page.evaluate(KEPT) is None
        assert seen.page.is_hidden("#past-forget")


def test_a_guest_without_a_mouse_adds_stops_and_forgets(url: str, export: bytes):
    with visit(url) as seen:
        seen.open()
        page, keys = seen.page, seen.page.keyboard

        page.route("**/guest/profiles*", lambda _route: None)  # never goes out: it is under way until it is stopped
        seen.tab_to("#outings", most=40)
        with page.expect_file_chooser() as chooser:
            keys.press("Enter")
        chooser.value.set_files([file_of("export.zip", export)])
        page.wait_for_selector("#past-stop", state="visible")
        seen.tab_to("#past-stop", most=40)
        picture(seen, "reading")
        keys.press("Enter")
        page.wait_for_selector("#past-stop", state="hidden")
        assert page.evaluate(KEPT) is None
        assert page.evaluate("document.activeElement.id") == "outings"
        page.unroute("**/guest/profiles*")
        with page.expect_file_chooser() as chooser:
            keys.press("Enter")
        chooser.value.set_files([file_of("export.zip", export)])
        page.wait_for_selector("#past-forget", state="visible")
        seen.tab_to("#past-forget", most=40)
        keys.press("Enter")
        assert page.evaluate(KEPT) is None
        assert page.evaluate("document.activeElement.id") == "outings"
        assert_clean(seen)
