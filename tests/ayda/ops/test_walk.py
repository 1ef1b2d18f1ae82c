"""The operator's way through the pages in a real browser, on a phone and at a desk, by hand and by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ayda_service.app import create_app as create_ayda
from predictor_service.app import create_app as create_predictor
from servicekit.base.settings import Secret
from servicekit.ops.lists import PAGE
from tests.ayda.ops.filled import FILL, SOME
from tests.ayda.ops.support import KEY
from tests.ayda.web.browser import Visit, chromium, visit
from tests.ayda.web.test_axe import Findings
from tests.drills.both_services import ayda_settings, predictor_settings
from tests.support_server import LoopbackServer

pytestmark = pytest.mark.system
WIDTHS = (360, 1280)
LONGEST = {"ayda": ("events", "Trouble", "UpstreamUnavailable"), "predictor": ("runs", "In words", "does not answer")}
"""The list that is more than looked through, a heading of it, and a word that stands under it."""


@pytest.fixture(scope="module", params=["ayda", "predictor"])
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def address(service: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a service with rows in every list."""
    chromium()
    folder, own = tmp_path_factory.mktemp("ops"), {"operator_key": Secret(KEY), "worker_embedded": False}
    made = {
        "ayda": lambda: create_ayda(ayda_settings(folder, **own)),
        "predictor": lambda: create_predictor(predictor_settings(folder, **own)),
    }
    app = made[service]()
    with LoopbackServer(app) as server:
        server.call(FILL[service](app.litestar.state.parts), 120)
        yield server.url


def sign_in(seen: Visit) -> None:
    seen.page.goto(seen.url + "/ops")
    seen.page.fill("#key", KEY)
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_selector("nav")


def fits(seen: Visit) -> bool:
    """Whether nothing is wider than the window, and no cell than its place."""
    page = "document.documentElement.scrollWidth <= innerWidth"
    cells = "[...document.querySelectorAll('td, th, dd, button')].every(one => one.scrollWidth <= one.clientWidth + 1)"
    return bool(seen.page.evaluate(f"{page} && {cells}"))


def in_all(seen: Visit) -> str:
    """How many rows the page says that there are."""
    found = re.search(r"([\d,]+\+?) in all", seen.page.inner_text("p.pages"))
    assert found
    return found[1]


def follow(seen: Visit, selector: str) -> None:
    """Clicks on something that leads to another page."""
    with seen.page.expect_navigation():
        seen.page.click(selector)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_complains_of_nothing_and_asks_nobody_else(address: str, width: int, scheme: str):
    with visit(address, width=width, color_scheme=scheme) as seen:
        heard = Findings()
        seen.page.goto(address + "/ops")
        heard.look(seen, "the form for the key")
        sign_in(seen)
        links = seen.page.eval_on_selector_all("nav a", "found => found.map(one => one.getAttribute('href'))")
        assert len(links) == 7
        for link in links:
            seen.page.goto(address + link)
            assert fits(seen), link
            assert seen.page.locator("h1").count() == 1
            if link not in {"/ops", "/ops/lists/actions"}:
                assert seen.page.locator("tbody tr").count() == PAGE, link
            heard.look(seen, link)
        assert all(asked.startswith(address) for asked in seen.asked)
        # the form for the key comes with a 401, which a browser mentions; there is no icon to ask for
        assert [said for said in seen.complaints if "401" not in said and "favicon" not in said] == []
        seen.page.goto(address + "/ops/lists/none")
        assert fits(seen)
        heard.look(seen, "a list that is unknown")
        assert heard.serious == {}


@pytest.mark.parametrize("width", [360, 1200, 1201])
@pytest.mark.parametrize("language", ["ru", "ko"])
def test_lists_fit_with_the_longest_headings_too(address: str, width: int, language: str):
    # 1201: the narrowest window in which a list is a table
    with visit(address, width=width, locale=language) as seen:
        sign_in(seen)
        for link in seen.page.eval_on_selector_all("nav a", "found => found.map(one => one.getAttribute('href'))"):
            seen.page.goto(address + link)
            assert fits(seen), link


@pytest.mark.parametrize("width", WIDTHS)
def test_a_long_list_is_turned_over_sorted_and_searched_by_hand(address: str, service: str, width: int):
    name, heading, word = LONGEST[service]
    with visit(address, width=width) as seen:
        sign_in(seen)
        seen.page.goto(f"{address}/ops/lists/{name}")
        assert in_all(seen) == "2,000+"
        assert "There are more" in seen.page.inner_text("main")
        first = seen.page.inner_text("tbody tr >> nth=0")
        follow(seen, "p.pages a")
        assert "Page 2 of 80" in seen.page.inner_text("p.pages")
        assert seen.page.inner_text("tbody tr >> nth=0") != first
        follow(seen, f"thead a:text-is('{heading}')")
        assert "Page 1 of 80" in seen.page.inner_text("p.pages"), "another order begins at its begin"
        assert seen.page.locator("th[aria-sort]").inner_text().startswith(heading)
        seen.page.fill("input[type=search]", word)
        follow(seen, "form.search button")
        assert 1 <= int(in_all(seen).replace(",", "")) < 2_000
        assert all(word in row for row in seen.page.locator("tbody tr").all_inner_texts())
        assert seen.page.locator("th[aria-sort]").inner_text().startswith(heading), "a search keeps the order"
        assert fits(seen)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_job_that_was_given_up_is_tried_again_by_a_click(address: str, width: int):
    with visit(address, width=width) as seen:
        sign_in(seen)
        before = due(seen)
        seen.page.goto(f"{address}/ops/lists/jobs")
        left, about = int(in_all(seen)), seen.page.inner_text("tbody tr >> nth=0 >> td >> nth=2")
        assert left == SOME - before
        follow(seen, "tbody tr:first-child button")
        assert seen.page.url == f"{address}/ops/lists/jobs"
        assert int(in_all(seen)) == left - 1
        assert about not in seen.page.inner_text("tbody")
        assert due(seen) == before + 1
        seen.page.goto(f"{address}/ops/lists/actions")
        assert "replayed" in seen.page.inner_text("tbody tr >> nth=0")


def due(seen: Visit) -> int:
    """The jobs that the first page says are due."""
    seen.page.goto(seen.url + "/ops")
    return int(seen.page.inner_text("dt:text-is('Due') + dd"))


def test_a_wrong_key_is_said_and_signing_out_ends_it(address: str):
    with visit(address) as seen:
        seen.page.goto(address + "/ops")
        seen.page.fill("#key", "not the key at all, but long enough")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector("[role=alert]")
        sign_in(seen)
        seen.page.click("header button")
        seen.page.wait_for_selector("#key")
        seen.page.goto(address + "/ops/lists/jobs")
        assert seen.page.locator("#key").count() == 1
