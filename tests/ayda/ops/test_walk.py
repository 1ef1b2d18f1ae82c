"""The operator's way through the pages in a real browser, on a phone and at a desk, by hand and by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ayda_service.app import create_app as create_ayda
from predictor_service.app import create_app as create_predictor
from servicekit.base.settings import Secret
from tests.ayda.ops.support import KEY
from tests.ayda.web.browser import Visit, visit
from tests.ayda.web.test_axe import Findings
from tests.drills.both_services import ayda_settings, predictor_settings
from tests.support_server import LoopbackServer

pytestmark = pytest.mark.system
WIDTHS = (360, 1280)


@pytest.fixture(scope="module", params=["ayda", "predictor"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, own = tmp_path_factory.mktemp("ops"), {"operator_key": Secret(KEY), "worker_embedded": False}
    made = {
        "ayda": lambda: create_ayda(ayda_settings(folder, **own)),
        "predictor": lambda: create_predictor(predictor_settings(folder, **own)),
    }
    with LoopbackServer(made[request.param]()) as server:
        yield server.url


def sign_in(seen: Visit) -> None:
    seen.page.goto(seen.url + "/ops")
    seen.page.fill("#key", KEY)
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_selector("nav")


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
            assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert seen.page.locator("h1").count() == 1
            heard.look(seen, link)
        assert all(asked.startswith(address) for asked in seen.asked)
        # the form for the key comes with a 401, which a browser mentions; there is no icon to ask for
        assert heard.serious == {}
        assert [said for said in seen.complaints if "401" not in said and "favicon" not in said] == []


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


def shoot(address: str, folder: Path) -> None:
    """Pictures of all pages, for who wants to look at them."""
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            with visit(address, width=width, color_scheme=scheme) as seen:
                sign_in(seen)
                for link in seen.page.eval_on_selector_all("nav a", "all => all.map(one => one.getAttribute('href'))"):
                    seen.page.goto(address + link)
                    name = link.rpartition("/")[2]
                    seen.page.screenshot(path=str(folder / f"{name}-{width}-{scheme}.png"), full_page=True)
