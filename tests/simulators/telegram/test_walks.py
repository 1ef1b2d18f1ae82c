"""The chat in a real browser: on a phone and on a desk, by day and by night, two people, the group and the Mini App."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ayda_service.app import create_app as create_ayda
from simulators.telegram import DEFAULT_TOKEN, Telegram, create_app
from simulators.telegram.world.people import GROUP_ID
from tests.ayda.web.browser import NO_BROWSER, Visit, chromium, visit
from tests.drills.both_services import ayda_settings
from tests.simulators.telegram.stage import ALEX, PNG, SASHA
from tests.support_server import LoopbackServer

pytestmark = pytest.mark.system
LIGHT_MATTERS = {"minor", "moderate"}
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz/" * 4
MENU = {"type": "web_app", "text": "Ayda"}
SIZES = pytest.mark.parametrize("width", [360, 1280])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A chat in which something was said, with an ayda behind its menu button."""
    chromium()
    folder: Path = tmp_path_factory.mktemp("chat")
    with LoopbackServer(create_app(Telegram())) as telegram:
        settings = ayda_settings(folder, worker_embedded=False, page_framed_by=(telegram.url,))
        with LoopbackServer(create_ayda(settings)) as ayda:
            with httpx.Client(base_url=telegram.url, trust_env=False) as http:
                _fill(http, f"{ayda.url}/app")
            yield telegram.url


def _fill(http: httpx.Client, app: str) -> None:
    def call(method: str, **fields: Any) -> None:
        assert http.post(f"/bot{DEFAULT_TOKEN}/{method}", json=fields).json()["ok"]

    def say(person: int, text: str, chat: int | None = None) -> None:
        assert http.post("/client/messages", json={"person_id": person, "text": text, "chat_id": chat}).is_success

    call("setChatMenuButton", menu_button=MENU | {"web_app": {"url": app}})
    call("setMyCommands", commands=[{"command": "predict", "description": "How long will a route take me?"}])
    for person in (ALEX, SASHA):
        say(person, "/start")
        say(person, LONG)
        say(person, f"{person} in the group", GROUP_ID)
        rows = [[{"text": "race: all you have, and then some", "callback_data": "g"}] * 2, [{"text": "x", "url": app}]]
        call("sendMessage", chat_id=person, text=LONG, reply_markup={"inline_keyboard": rows})
        photo = {"photo": ("card.png", PNG + bytes(200), "image/png")}
        sent = http.post(f"/bot{DEFAULT_TOKEN}/sendPhoto", data={"chat_id": str(person)}, files=photo)
        assert sent.json()["ok"], sent.text


def _open(seen: Visit, person: int, *, group: bool = False) -> None:
    seen.page.goto(seen.url)
    seen.page.locator("#people input").nth(person).check()
    seen.page.locator(".chat-line").nth(int(group)).click()
    seen.page.locator("#messages .item").first.wait_for()


@SIZES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_reaches_beyond_the_window_and_axe_finds_nothing_serious(url: str, width: int, scheme: str):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=NO_BROWSER)
    found: dict[str, Any] = {}
    with visit(url, width=width, color_scheme=scheme, bypass_csp=True) as seen:
        for person, group in ((0, False), (1, False), (1, True)):
            _open(seen, person, group=group)
            wide = seen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{wide} pixels beyond the window"
            violations = axe.Axe().run(seen.page).response["violations"]
            found[f"{person} {group}"] = [each["id"] for each in violations if each["impact"] not in LIGHT_MATTERS]
    assert {what: each for what, each in found.items() if each} == {}


@SIZES
@pytest.mark.parametrize("person", [0, 1])
def test_the_mini_app_opens_in_its_frame_and_knows_who_opened_it(url: str, width: int, person: int):
    with visit(url, width=width) as seen:
        _open(seen, person)
        seen.page.click("#menu")
        frame = seen.page.frame_locator("#sheet-frame iframe")
        frame.locator("#example").wait_for(state="visible")
        address = seen.page.locator("#sheet-frame iframe").get_attribute("src")
        assert str((ALEX, SASHA)[person]) in str(address)
        seen.page.click("#sheet-back")
        seen.page.locator("#sheet").wait_for(state="hidden")
        assert not [said for said in seen.complaints if "frame-ancestors" in said or "Refused to frame" in said]


@SIZES
def test_both_people_write_in_the_group_and_see_each_other(url: str, width: int):
    with visit(url, width=width) as seen:
        _open(seen, 1, group=True)
        seen.page.fill("#text", "hello from Sasha")
        seen.page.keyboard.press("Enter")
        seen.page.locator("#messages .mine", has_text="hello from Sasha").last.wait_for()
        _open(seen, 0, group=True)
        heard = seen.page.locator("#messages .theirs", has_text="hello from Sasha").last
        heard.wait_for()
        assert "Sasha" in seen.page.locator("#messages .who").last.inner_text()
