"""A member in a real browser: from the first opening in Telegram to the receipt of the erasure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import gpxpy
import pytest

from ayda_service.web.scripts import MEMBERS_ENTRANCE
from ayda_service.web.static import page_files
from tests.ayda.web.browser import Visit, chromium, visit, window
from tests.ayda.web.members import (
    DARK,
    MemberHouse,
    enter_room,
    member_house,
    on_a_phone,
    opened_outside,
    settled,
    told,
    until,
)
from tests.ayda.web.test_walks import CLOCK, assert_clean, assert_fits
from trackfiles.drawn import draw_course

pytestmark = pytest.mark.system
ROOMS = ("you", "club", "data", "route")
COURSE = draw_course(12_000, name="Two cols", places={"Spring": 0.2, "Pass": 0.5})
ERASE = {"en": "erase", "ru": "удалить", "ko": "삭제"}
TITLES = {"en": "You", "ru": "Вы", "ko": "나"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemberHouse]:
    chromium()
    with member_house(tmp_path_factory.mktemp("club")) as running:
        yield running


def asked_anew(seen: Visit, act: str, *arguments: Any) -> str:
    """What is answered after doing something to the page."""
    with seen.page.expect_response("**/api/v1/predictions"):
        getattr(seen.page, act)(*arguments)
    return seen.answered()


def connect(seen: Visit, house: MemberHouse, telegram_id: int) -> None:
    """Through the phone's browser, to Strava and back into Telegram."""
    enter_room(seen, "you")
    entrance = opened_outside(seen, "#room .strava .button.strong")
    browser = window(seen.page.context.browser, 360, locale="ru")
    browser.goto(entrance)
    browser.click("button[value=allow]")
    browser.wait_for_load_state()
    finish = browser.get_attribute("main a", "href")
    assert finish is not None
    start = re.fullmatch(r"https://t\.me/ayda_bot\?startapp=(strava_[A-Za-z0-9_-]+)", finish)
    assert start is not None, finish
    browser.context.close()
    seen.page.goto("about:blank")
    seen.open(house.address(telegram_id, start[1]))
    seen.page.wait_for_selector("#room h1 + .note")


def ask_and_change(seen: Visit) -> None:
    """An answer about the member, with a cutoff and a goal."""
    page = seen.page
    seen.send("two-cols.gpx", COURSE)
    assert CLOCK.fullmatch(seen.answered())
    assert page.is_hidden("#by-pace"), "whose past is known is not asked for a pace"
    assert re.search(r"rests on \d+ of your outings", page.inner_text(".headline"))
    assert page.locator(".outline .way").count() > 3
    page.click("#tab-checkpoints")
    page.fill("#place-2-cutoff", "0:20")
    asked_anew(seen, "press", "#place-2-cutoff", "Tab")
    page.wait_for_selector(".unlikely")
    page.click("#tab-goal")
    page.focus("#goal")
    asked_anew(seen, "press", "#goal", "ArrowLeft")
    page.wait_for_selector("#panel-goal .chance")
    assert_fits(seen)


def take_plan(seen: Visit) -> None:
    """The card, shown here, and the plan as a file, in the phone's browser."""
    seen.page.click("#take-card")
    seen.page.wait_for_selector(".picture img")
    plan = seen.page.request.get(opened_outside(seen, "#take-gpx"))
    assert plan.headers["content-disposition"] == 'attachment; filename="plan.gpx"'
    assert gpxpy.parse(plan.text()).tracks[0].segments[0].points[0].time is not None


def meet_others(seen: Visit, names: set[str]) -> None:
    """Partners and groups, once one has chosen a name that is one."""
    page = seen.page
    enter_room(seen, "club")
    page.fill("#club-name", "Anna <b>")
    page.click("#room .part:first-child .button.strong")
    page.wait_for_selector("#room .said .unlikely")
    page.fill("#club-name", "Anna")
    page.click("#room .part:first-child .button.strong")
    page.wait_for_selector(".people li")
    settled(seen)
    assert names >= set(page.locator(".people li span:first-child").all_inner_texts())
    assert page.locator(".group.yours").count() == 1
    assert "Anna" in page.inner_text(".group.yours")
    assert_fits(seen)


def take_all_and_leave(seen: Visit) -> None:
    """The export, then the erasure with its receipt."""
    page = seen.page
    enter_room(seen, "data")
    export = page.request.get(opened_outside(seen, "#room .export .button"))
    assert set(export.json()) == {"telegram_id", "exported_at", "ayda", "predictor"}
    page.click(".danger")
    assert page.locator(".danger").count() == 1, "not without the word"
    page.fill("#erase-word", "Erase")
    page.click(".danger")
    page.wait_for_selector("#receipt")
    page.wait_for_selector("#receipt:has-text('All is done.')")
    assert re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", page.inner_text("#receipt .code"))
    assert page.locator(".rooms").count() == 0
    assert_fits(seen)


def test_a_member_connects_asks_meets_others_and_leaves(house: MemberHouse):
    names = ("Berta", "Chul-soo", "Dmitri")
    for name in names:
        house.fellow(name)
    me = house.stranger()
    with visit(house.url) as seen:
        on_a_phone(seen)
        seen.open(house.address(me))
        assert seen.page.locator(".hint .button").count() == 1, "it says that nothing is known yet"
        connect(seen, house, me)
        seen.page.wait_for_selector("#room .curve")
        assert seen.page.locator(".facts dd").count() >= 4
        enter_room(seen, "route")
        assert seen.page.locator(".hint .button").count() == 0
        ask_and_change(seen)
        take_plan(seen)
        meet_others(seen, set(names))
        take_all_and_leave(seen)
        # the name that is none, and nothing else
        assert [each for each in seen.complaints if "422" not in each] == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "ru", "ko"])
def test_every_room_speaks_and_fits(house: MemberHouse, language: str, width: int):
    me = house.stranger()
    house.profiled(me)
    with visit(house.url, width=width, locale=language) as seen:
        on_a_phone(seen)
        seen.open(house.address(me))
        for room in ROOMS:
            enter_room(seen, room)
            assert_fits(seen)
            assert seen.page.get_attribute(f"[data-room={room}]", "aria-current") == "page"
        enter_room(seen, "you")
        assert seen.page.inner_text("#room h1") == TITLES[language]
        assert seen.page.locator(".curve").count() == 1
        curve = seen.page.locator("#room details", has=seen.page.locator("table"))
        curve.locator("summary").click()
        assert_nothing_hidden(seen, "#room details .scrolls")
        assert_clean(seen)


def assert_nothing_hidden(seen: Visit, table: str) -> None:
    """All columns of a table are seen without moving it sideways."""
    hidden = seen.page.locator(table).evaluate("table => table.scrollWidth - table.clientWidth")
    assert hidden <= 0, f"{hidden} pixels of {table} are hidden"


@pytest.fixture(scope="module")
def compared(house: MemberHouse) -> int:
    """Of the one member whose outings were compared, the Telegram id."""
    me = house.stranger()
    house.compared(me)
    return me


def test_a_member_reads_how_right_it_was_and_names_the_outing(house: MemberHouse, compared: int):
    me = compared
    with visit(house.url, locale="ru") as seen:  # whose words are the longest
        on_a_phone(seen)
        seen.open(house.address(me))
        enter_room(seen, "you")
        page, rows = seen.page, "#room .accuracy tbody tr"
        page.wait_for_selector(rows)
        assert page.locator(rows).count() == 6
        assert "0:52" in page.inner_text(rows), "said and taken, both 52 minutes"
        assert_nothing_hidden(seen, "#room .accuracy .scrolls")
        page.click("#room .accuracy .open summary")
        page.click("#room .accuracy .open .button >> nth=0")
        page.wait_for_selector(f"{rows}:nth-child(7)")
        assert page.locator("#room .accuracy .open").count() == 0, "nothing is left to be named"
        assert_fits(seen)
        assert_clean(seen)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "ru", "ko"])
def test_a_member_takes_a_wrong_comparison_back_by_keyboard_and_may_name_it_again(
    house: MemberHouse, compared: int, language: str, width: int
):
    me = compared
    newest = house.ask("GET", "/accuracy", me)["newest"]
    with visit(house.url, width=width, locale=language) as seen:
        on_a_phone(seen)
        seen.open(house.address(me))
        enter_room(seen, "you")
        page, rows = seen.page, "#room .accuracy tbody tr"
        page.wait_for_selector(rows)
        asked = page.locator("#room .accuracy .open h3").count()
        seen.tab_to(".wrongly summary", most=60)
        page.keyboard.press("Enter")
        assert page.locator(".wrongly h3").count() == len(newest)
        assert_fits(seen)
        seen.tab_to(".wrongly .button", most=2)
        page.keyboard.press("Enter")
        page.wait_for_selector(f"{rows}:nth-child({len(newest)})", state="detached")
        assert house.ask("GET", "/accuracy", me)["newest"] == newest[1:]
        assert page.evaluate("document.activeElement.matches('.accuracy')"), "who took it back stays there"
        seen.tab_to(".accuracy .open summary", most=3)
        page.keyboard.press("Enter")
        assert page.locator("#room .accuracy .open h3").count() == asked + 1
        assert_fits(seen)
        with page.expect_response("**/accuracy"):
            page.locator("#room .accuracy .open .button").last.click()
        settled(seen)
        until(seen, lambda: page.locator("#room .accuracy .open h3").count() == asked)
        assert_clean(seen)
    mended = {"activity_id": newest[0]["activity_id"]}
    house.ask("PUT", f"/predictions/{newest[0]['prediction_id']}/outing", me, **mended)


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ru", 360), ("ko", 360)])
def test_a_member_switches_an_outing_off_and_on_again(house: MemberHouse, language: str, width: int):
    me = house.stranger()
    house.profiled(me)
    with visit(house.url, width=width, locale=language) as seen:
        on_a_phone(seen)
        seen.open(house.address(me))
        page = seen.page
        enter_room(seen, "you")
        page.locator("details", has=page.locator(".outings")).locator("summary").click()
        switch, note = page.locator(".counted input").first, page.locator(".counted [role=status]").first
        switch.wait_for()
        assert page.locator(".counted li").count() == 6
        for counts in (False, True):
            switch.click()
            page.wait_for_function(
                "off => (document.querySelector('.counted [role=status]').textContent !== '') === off", arg=not counts
            )
            known = house.ask("GET", "/outings", me)["outings"]
            assert [each["counts"] for each in known] == [counts, *[True] * 5]
        assert note.inner_text() == ""
        assert_fits(seen)
        assert_clean(seen)


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ru", 360), ("ko", 360)])
def test_a_member_has_their_paths_remembered_and_forgotten_by_keyboard(house: MemberHouse, language: str, width: int):
    me = house.stranger()
    house.profiled(me)
    with visit(house.url, width=width, locale=language) as seen:
        on_a_phone(seen)
        seen.open(house.address(me))
        enter_room(seen, "you")
        settled(seen)
        for remembered in (True, False):
            seen.tab_to(".paths button", most=60)
            seen.page.keyboard.press("Enter")
            until(seen, lambda wanted=remembered: house.ask("GET", "/own-paths", me)["remembered"] is wanted)
            settled(seen)
            assert seen.page.evaluate("document.activeElement.closest('.paths') !== null")
            assert_fits(seen)
        assert_clean(seen)


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ru", 360), ("ko", 360)])
def test_a_member_who_has_no_mouse_gets_everywhere(house: MemberHouse, language: str, width: int):
    for name in ("Elsa", "Farid", "Goran"):
        house.fellow(name)
    me = house.stranger()
    house.profiled(me, outings=20)
    with visit(house.url, width=width, locale=language) as seen:
        on_a_phone(seen)
        seen.open(house.address(me))
        page, keys = seen.page, seen.page.keyboard

        tab_to = partial(seen.tab_to, most=60)

        def opens_outside(selector: str) -> None:
            before = len(told(seen, "web_app_open_link"))
            tab_to(selector)
            keys.press("Enter")
            until(seen, lambda: len(told(seen, "web_app_open_link")) > before)

        tab_to("#example")
        keys.press("Enter")
        seen.answered()
        opens_outside("#take-gpx")
        page.focus("[data-room=you]")
        keys.press("Enter")
        settled(seen)
        opens_outside("#room .strava .button")
        tab_to("details:has(.outings) summary")
        keys.press("Enter")
        settled(seen)
        tab_to(".counted input")
        with page.expect_response("**/api/v1/outings/*"):
            keys.press("Space")
        settled(seen)
        tab_to("#past-files")
        page.evaluate("document.body.focus()")
        page.focus("[data-room=club]")
        keys.press("Enter")
        settled(seen)
        tab_to("#club-name")
        keys.type("Nobody Else")
        keys.press("Tab")
        keys.press("Enter")
        page.wait_for_selector(".people li")
        page.wait_for_selector(".group.yours")
        page.focus("[data-room=data]")
        keys.press("Enter")
        settled(seen)
        opens_outside("#room .export .button")
        tab_to("#erase-word")
        keys.type(ERASE[language])
        keys.press("Tab")
        keys.press("Enter")
        page.wait_for_selector("#receipt")
        assert page.evaluate("document.activeElement.id") == "receipt", "who erased is told so at once"


def test_telegrams_back_button_leads_back_and_its_theme_is_worn(house: MemberHouse):
    me = house.stranger()
    with visit(house.url) as seen:
        on_a_phone(seen)
        seen.open(house.address(me))
        assert told(seen, "web_app_ready") == [{}]
        assert told(seen, "web_app_setup_back_button")[-1] == {"is_visible": False}
        enter_room(seen, "data")
        assert told(seen, "web_app_setup_back_button")[-1] == {"is_visible": True}
        hear = "([kind, data]) => window.Telegram.WebView.receiveEvent(kind, data)"
        seen.page.evaluate(hear, ["back_button_pressed", None])
        assert seen.page.is_visible("#choose")
        assert told(seen, "web_app_setup_back_button")[-1] == {"is_visible": False}
        seen.page.evaluate(hear, ["theme_changed", {"theme_params": DARK}])
        assert seen.page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert_clean(seen)


def test_language_and_units_are_kept_for_the_member(house: MemberHouse):
    me = house.stranger()
    with visit(house.url, locale="en-US") as seen:
        on_a_phone(seen)
        seen.open(house.address(me))
        enter_room(seen, "data")
        with seen.page.expect_response("**/me/preferences"):
            seen.page.check("input[name=measures][value=metric]", force=True)
        # not check(): it looks at the field again, which the new page has not, and would wait for it
        with seen.page.expect_navigation():
            seen.page.click("#room label[lang=ko]")
        seen.ready()
        assert seen.page.get_attribute("html", "lang") == "ko"
        assert house.ask("GET", "/me/preferences", me) == {"language": "ko", "units": "metric"}
    with visit(house.url, locale="en-US") as seen:
        on_a_phone(seen)
        seen.page.goto(seen.url + house.address(me))
        seen.page.wait_for_selector("html[lang=ko][data-ready=true]", state="attached")
        assert seen.page.inner_text("#units") == "km"


def test_a_guest_loads_nothing_of_the_members_part(house: MemberHouse):
    with visit(house.url) as seen:
        seen.open()
        assert not [address for address in seen.asked if "/static/member" in address]
        assert seen.page.locator(".rooms").count() == 0
        seen.page.goto("about:blank")
        seen.open(house.address(house.stranger()))
        assert [address for address in seen.asked if "/static/member." in address] == [
            f"{seen.url}{page_files().named(MEMBERS_ENTRANCE).url}"
        ]
        assert seen.page.locator(".rooms").count() == 1
        assert_clean(seen)


def test_whom_telegram_does_not_vouch_for_is_told_so_and_stays_a_guest(house: MemberHouse):
    with visit(house.url, locale="ru") as seen:
        seen.open("/app#tgWebAppData=auth_date%3D1%26hash%3D00")
        assert "Telegram" in seen.page.inner_text("main > [role=alert]")
        assert seen.page.locator(".rooms").count() == 0
        seen.send("course.gpx", COURSE)
        assert CLOCK.fullmatch(seen.answered())
        assert [each for each in seen.complaints if "401" not in each] == []


def test_in_the_frame_of_a_chat_the_app_speaks_with_telegram(house: MemberHouse):
    with visit(house.url, width=1280) as seen:
        seen.page.goto(f"{house.chat_url}/?startapp=strava")
        app = seen.page.frame_locator("#sheet-frame iframe")
        app.locator("#room .strava .button.strong").wait_for()
        assert seen.page.inner_text("#sheet-back") == "Back"
        with seen.page.context.expect_page() as outside:
            app.locator("#room .strava .button.strong").click()
        outside.value.wait_for_selector("button[value=allow]")
        seen.page.click("#sheet-back")
        app.locator("#choose").wait_for(state="visible")
        assert seen.page.inner_text("#sheet-back") == "Close"
        assert [each for each in seen.complaints if "frame" in each.lower() or "Security" in each] == []
