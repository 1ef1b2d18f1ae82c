"""A member who has no mouse: to Strava and back, to a goal, to files, and never lost where something goes away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import httpx
import pytest

from tests.ayda.web.browser import Visit, chromium, visit, window
from tests.ayda.web.members import MemberHouse, member_house, on_a_phone, settled, signed, told, until
from tests.ayda.web.test_keyboard_walks import EVERYWHERE
from tests.ayda.web.test_walks import assert_clean, assert_fits
from tests.predictor.guests.pasts import outing, past

pytestmark = pytest.mark.system
BOT = "https://t.me/ayda_bot?startapp="
TITLES = {
    "en": ("One more step.", "Strava is not connected."),
    "ru": ("Ещё один шаг.", "Strava не подключена."),
    "ko": ("한 단계 남았습니다.", "Strava가 연결되지 않았습니다."),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemberHouse]:
    chromium()
    with member_house(tmp_path_factory.mktemp("club"), activities=2) as running:
        for name in ("Berta", "Chul-soo", "Dmitri"):
            running.fellow(name)
        yield running


@contextmanager
def member(house: MemberHouse, telegram_id: int, language: str, width: int) -> Iterator[Visit]:
    """The Mini App, opened by this member."""
    with visit(house.url, width=width, locale=language) as seen:
        on_a_phone(seen)
        seen.open(house.address(telegram_id))
        yield seen


def enter(seen: Visit, room: str) -> None:
    """Goes to a room by the keyboard."""
    seen.page.evaluate("document.activeElement.blur()")
    seen.tab_to(f"[data-room={room}]", most=90)
    seen.page.keyboard.press("Enter")
    settled(seen)


def opened_by_key(seen: Visit, button: str) -> str:
    """The address that pressing this opens in the phone's browser."""
    before = len(told(seen, "web_app_open_link"))
    seen.tab_to(button, most=60)
    seen.page.keyboard.press("Enter")
    until(seen, lambda: len(told(seen, "web_app_open_link")) > before)
    return str(told(seen, "web_app_open_link")[-1]["url"])


@contextmanager
def browser_of_the_phone(seen: Visit, language: str, width: int) -> Iterator[Visit]:
    """Another browser, that shares nothing with Telegram, before its first page."""
    browser = Visit(window(seen.page.context.browser, width, locale=language), seen.url)
    browser.page.context.route("https://t.me/**", lambda route: route.fulfill(body="<title>Telegram</title>"))
    yield browser
    browser.page.context.close()


def decide(browser: Visit, entrance: str, decision: str) -> None:
    """At Strava, by the keyboard."""
    browser.page.goto(entrance)
    browser.tab_to(f"button[value={decision}]", most=20)
    browser.page.keyboard.press("Enter")
    browser.page.wait_for_selector("main a")


def way_on(browser: Visit, title: str) -> str:
    """What Telegram is opened for from our last page, which says this in the largest letters."""
    assert browser.page.inner_text("h1") == title
    assert_fits(browser)
    browser.page.keyboard.press("Tab")
    assert browser.stands_at("main a"), "the one thing to do comes first"
    assert browser.ringed() == [browser.page.inner_text("main a")]
    with browser.page.expect_navigation():
        browser.page.keyboard.press("Enter")
    assert browser.page.url.startswith(BOT)
    return str(browser.page.url.removeprefix(BOT))


@pytest.mark.parametrize(("language", "width"), EVERYWHERE)
def test_a_member_who_has_no_mouse_connects_changes_their_mind_and_disconnects(
    house: MemberHouse, language: str, width: int
):
    me = house.stranger()
    with member(house, me, language, width) as seen:
        page, keys = seen.page, seen.page.keyboard
        enter(seen, "you")
        entrance = opened_by_key(seen, "#room .strava .button.strong")
        with browser_of_the_phone(seen, language, width) as browser:
            decide(browser, entrance, "allow")
            start = way_on(browser, TITLES[language][0])
        page.goto("about:blank")
        seen.open(house.address(me, start))
        page.wait_for_selector("#room h1 + .note")
        assert house.ask("GET", "/strava/status", me)["state"] == "connected"
        seen.tab_to("#strava-end", most=20)
        keys.press("Enter")
        page.wait_for_selector(".strava .doubt .button")
        keys.press("Tab")
        assert seen.stands_at(".strava .doubt .button")
        keys.press("Escape")
        assert page.locator(".strava .doubt .button").count() == 0
        assert seen.stands_at("#strava-end"), "who takes it back stands where they were"
        keys.press("Enter")
        page.wait_for_selector(".strava .doubt .button")
        keys.press("Tab")
        keys.press("Enter")
        page.wait_for_selector("#room .strava .button.strong")
        assert seen.stands_at("#room .strava")
        assert_fits(seen)
        assert_clean(seen)


@pytest.mark.parametrize(("language", "width"), EVERYWHERE)
def test_who_declines_or_comes_too_late_is_led_back_by_the_keyboard(house: MemberHouse, language: str, width: int):
    me, title = house.stranger(), TITLES[language][1]
    with member(house, me, language, width) as seen:
        enter(seen, "you")
        entrance = opened_by_key(seen, "#room .strava .button.strong")
        with browser_of_the_phone(seen, language, width) as browser:
            decide(browser, entrance, "deny")
            assert way_on(browser, title) == "strava"
            browser.page.goto(entrance)  # which was good once
            assert way_on(browser, title) == "strava"
        seen.page.goto("about:blank")
        seen.open(house.address(me, "strava"))
        assert seen.page.is_visible("#room"), "it leads to where one connects"
        opened_by_key(seen, "#room .strava .button.strong")
        assert_clean(seen)


@pytest.mark.parametrize(("language", "width"), EVERYWHERE)
def test_a_member_who_has_no_mouse_sets_a_goal(house: MemberHouse, language: str, width: int):
    me = house.stranger()
    house.profiled(me)
    with member(house, me, language, width) as seen:
        page, keys = seen.page, seen.page.keyboard
        tab_to = partial(seen.tab_to, most=60)
        tab_to("#example")
        keys.press("Enter")
        seen.answered()
        assert seen.stands_at("#course-name")
        tab_to("[role=tab]")
        for _ in range(3):
            keys.press("ArrowRight")
        tab_to("#goal")
        for key in ("ArrowLeft", "PageDown", "ArrowRight"):
            before = page.get_attribute("#goal", "aria-valuetext")
            with page.expect_response("**/api/v1/predictions"):
                keys.press(key)
            seen.answered()
            page.wait_for_selector("#panel-goal .chance")
            assert page.get_attribute("#goal", "aria-valuetext") != before
            assert seen.stands_at("#goal")
            assert seen.ringed() == ["goal"]
        assert_fits(seen)
        assert_clean(seen)


@pytest.mark.parametrize(("language", "width"), EVERYWHERE)
def test_a_member_who_has_no_mouse_sends_their_past(house: MemberHouse, language: str, width: int):
    with member(house, house.stranger(), language, width) as seen:
        enter(seen, "you")
        seen.choose("#past-files", ("export.zip", past(3)), key="Space" if width == 360 else "Enter")
        seen.page.wait_for_selector("#room .told b")
        assert seen.stands_at("#past-files")
        assert seen.ringed() == [seen.page.inner_text("label[for=past-files]")]
        assert_fits(seen)
        assert_clean(seen)


def keep_recordings(house: MemberHouse, telegram_id: int, count: int) -> None:
    """What they have sent to the bot, one by one."""
    for day in range(count):
        file = {"file": ("a.gpx", outing(day), "application/gpx+xml")}
        headers = {"Authorization": f"tma {signed(telegram_id)}"}
        url = f"{house.url}/api/v1/activities"
        assert httpx.post(url, files=file, headers=headers, trust_env=False, timeout=240).is_success


@pytest.mark.parametrize(("language", "width"), EVERYWHERE)
def test_who_erases_a_recording_stands_at_the_next_one(house: MemberHouse, language: str, width: int):
    me = house.stranger()
    keep_recordings(house, me, 3)
    with member(house, me, language, width) as seen:
        page, keys = seen.page, seen.page.keyboard
        enter(seen, "data")
        seen.tab_to(".recordings li:nth-child(2) .plain", most=30)
        keys.press("Enter")
        page.wait_for_selector(".recordings .doubt .button")
        keys.press("Escape")
        assert page.locator(".recordings .doubt .button").count() == 0
        assert seen.stands_at(".recordings li:nth-child(2) .plain")
        for left in (2, 1):
            keys.press("Enter")
            page.wait_for_selector(".recordings .doubt .button")
            keys.press("Tab")
            keys.press("Enter")
            page.wait_for_selector(f".recordings:not(:has(li:nth-child({left + 1})))", state="attached")
            settled(seen)
            assert seen.stands_at(f".recordings li:nth-child({min(2, left)})")
            seen.tab_to(".recordings .plain", most=2)
        assert_fits(seen)
        assert_clean(seen)


@pytest.mark.parametrize(("language", "width"), EVERYWHERE)
def test_who_joins_and_leaves_the_others_by_the_keyboard_stays_there(house: MemberHouse, language: str, width: int):
    me = house.stranger()
    house.profiled(me, outings=20)
    with member(house, me, language, width) as seen:
        page, keys = seen.page, seen.page.keyboard
        seen.tab_to("#example", most=20)
        keys.press("Enter")
        seen.answered()
        enter(seen, "club")
        seen.tab_to("#club-name", most=10)
        keys.type("Anna")
        keys.press("Tab")
        keys.press("Enter")
        page.wait_for_selector(".group.yours")
        settled(seen)
        assert seen.stands_at("#room .part:has(#club-name)")
        seen.tab_to("#room .part .plain", most=5)
        keys.press("Enter")
        page.wait_for_selector(".people", state="detached")
        assert seen.stands_at("#room .part:has(#club-name)")
        assert_fits(seen)
        assert_clean(seen)
