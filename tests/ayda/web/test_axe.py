"""Whoever hears the page or cannot see its colours has all of it: axe finds nothing serious."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ayda.web.browser import NO_BROWSER, Visit, chromium, house, visit
from tests.ayda.web.members import DARK, LIGHT, MemberHouse, enter_room, member_house, on_a_phone
from tests.predictor.guests.pasts import outing
from trackfiles.drawn import draw_course

pytestmark = pytest.mark.system
LIGHT_MATTERS = {"minor", "moderate"}


class Findings:
    """What axe objects to, by what it looked at."""

    def __init__(self) -> None:
        self._axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=NO_BROWSER)
        self.serious: dict[str, list[Any]] = {}

    def look(self, seen: Visit, what: str) -> None:
        """Adds what it finds on the page as it is now."""
        violations = self._axe.Axe().run(seen.page).response["violations"]
        heavy = [
            (each["id"], [node["target"] for node in each["nodes"]])
            for each in violations
            if each["impact"] not in LIGHT_MATTERS
        ]
        if heavy:
            self.serious[what] = heavy


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    chromium()
    with house(tmp_path_factory.mktemp("house")) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(360, "ru"), (1280, "en")])
def test_axe_finds_nothing_serious(url: str, scheme: str, width: int, language: str):
    found = Findings()
    # axe is a script of its own, which the page's policy would not let in
    with visit(url, width=width, color_scheme=scheme, locale=language, bypass_csp=True) as seen:
        seen.open()
        seen.page.wait_for_selector("#race", state="visible")
        found.look(seen, "choosing")
        recording = {"name": "a.gpx", "mimeType": "application/gpx+xml", "buffer": outing(1)}
        seen.page.set_input_files("#outings", files=[recording])
        seen.page.wait_for_selector("#past-forget", state="visible")
        found.look(seen, "outings")
        seen.send("drawn.gpx", draw_course(9_000, places={"Hut": 0.4}))
        seen.answered()
        seen.page.click("#conditions summary")
        seen.page.fill("#heat", "hot")
        seen.page.press("#heat", "Tab")
        seen.page.wait_for_selector("#heat-wrong")
        found.look(seen, "not understood")
        for tab in ("splits", "climbs", "checkpoints", "goal", "why"):
            seen.page.click(f"#tab-{tab}")
            found.look(seen, tab)
        seen.page.click("#take-card")
        seen.page.wait_for_selector(".picture img")
        found.look(seen, "picture")
        seen.page.click("#day-open")
        found.look(seen, "day")
        seen.page.fill("#passed-0", "1:20")
        seen.page.press("#passed-0", "Enter")
        seen.page.wait_for_selector(".passings .passed")
        found.look(seen, "passed")
    assert found.serious == {}


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemberHouse]:
    chromium()
    with member_house(tmp_path_factory.mktemp("club"), activities=0) as running:
        for name in ("Berta", "Chul-soo", "Dmitri"):
            running.fellow(name)
        yield running


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(360, "ko"), (1280, "ru")])
def test_axe_finds_nothing_serious_in_the_rooms_of_a_member(
    club: MemberHouse, theme: dict[str, str], width: int, language: str
):
    me = club.fellow("Anna")
    found = Findings()
    with visit(club.url, width=width, locale=language, bypass_csp=True) as seen:
        on_a_phone(seen)
        seen.open(club.address(me, theme=theme))
        seen.send("drawn.gpx", draw_course(9_000, places={"Hut": 0.4}))
        seen.answered()
        for room in ("route", "you", "club", "data"):
            enter_room(seen, room)
            found.look(seen, room)
        seen.page.fill("#erase-word", {"ko": "삭제", "ru": "удалить"}[language])
        seen.page.click(".danger")
        seen.page.wait_for_selector("#receipt")
        found.look(seen, "receipt")
    assert found.serious == {}


def test_axe_finds_nothing_serious_where_outings_are_judged(club: MemberHouse):
    me = club.stranger()
    club.compared(me)
    found = Findings()
    for width, language, theme in ((360, "ru", DARK), (1280, "en", LIGHT)):
        with visit(club.url, width=width, locale=language, bypass_csp=True) as seen:
            on_a_phone(seen)
            seen.open(club.address(me, theme=theme))
            enter_room(seen, "you")
            seen.page.wait_for_selector("#room .accuracy tbody tr")
            for summary in seen.page.locator("#room summary").all():
                summary.click()
            seen.page.wait_for_selector(".counted input")
            found.look(seen, f"outings and comparisons, {language}")
    assert found.serious == {}
