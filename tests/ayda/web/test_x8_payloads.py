"""X8: whatever stands in a file, a name, a link or an answer, none of it is executed or becomes markup."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import pytest

from tests.ayda.web.browser import Visit, chromium, house, visit
from tests.drills.reporting import report
from trackfiles.drawn import draw_course

pytestmark = pytest.mark.system
PAYLOADS = (
    "<script>window.executed=1</script>",
    "<img src=x onerror=window.executed=1>",
    "<svg onload=window.executed=1>",
    '"><svg/onload=window.executed=1>',
    "'-window.executed=1-'",
    "javascript:window.executed=1",
    "</title><script>window.executed=1</script>",
    "<iframe srcdoc='<script>parent.executed=1</script>'>",
    "<a href=javascript:window.executed=1>x</a>",
    "{{constructor.constructor('window.executed=1')()}}",
    "${window.executed=1}",
    "<style>*{display:none}</style>",
    "<math><mtext></mtext><script>window.executed=1</script></math>",
    "]]><script>window.executed=1</script>",
    "\u202e<b onmouseover=window.executed=1>x</b>",
)
ADDED = "document.querySelectorAll('img, iframe, object, embed, style, b[onmouseover], a[href^=javascript]').length"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    chromium()
    with house(tmp_path_factory.mktemp("house")) as address:
        yield address


def assert_nothing_ran(seen: Visit, payload: str) -> None:
    page = seen.page
    for tab in ("climbs", "checkpoints", "goal", "why", "splits"):
        if page.locator(f"#tab-{tab}").count():
            page.click(f"#tab-{tab}")
    assert page.evaluate("window.executed") is None, payload
    assert page.evaluate(ADDED) == 0, payload
    assert page.evaluate("document.scripts.length") == 2, payload
    assert not [each for each in seen.complaints if "dialog" in each]


def test_nothing_in_a_file_is_executed(url: str):
    with visit(url) as seen:
        for payload in PAYLOADS:
            seen.open()
            seen.send(f"{payload.replace('/', '')}.gpx", draw_course(3_000, name=payload, places={payload[:80]: 0.5}))
            seen.answered()
            assert seen.page.inner_text("#course-name").strip() == payload.strip()
            assert_nothing_ran(seen, payload)
    report("X8", payloads=len(PAYLOADS), executed=0)


def refusing(payload: str) -> Callable[[Any], None]:
    """A server that writes this into each part of its problem."""

    def answer(route: Any) -> None:
        problem = {"status": 422, "code": payload, "detail": payload, "errors": [{"field": payload}]}
        route.fulfill(status=422, json=problem, content_type="application/problem+json")

    return answer


def test_nothing_in_a_problem_is_executed(url: str):
    with visit(url) as seen:
        for payload in PAYLOADS:
            seen.page.route("**/guest/predictions", refusing(payload))
            seen.open()
            seen.send("a.gpx", draw_course(3_000))
            seen.page.wait_for_selector("#trouble", state="visible")
            assert payload in seen.page.text_content("#trouble")
            assert_nothing_ran(seen, payload)
            seen.page.unroute("**/guest/predictions")


def test_nothing_in_a_race_of_the_catalogue_is_executed(url: str):
    facts = {"distance_m": 1000.0, "gain_m": 1.0, "loss_m": 1.0, "gain_band_m": [1.0, 1.0]}
    races = [
        {"id": f"r{n}", "name": payload, "country": "X", "distances": [{"id": "d", "name": payload, "facts": facts}]}
        for n, payload in enumerate(PAYLOADS)
    ]
    with visit(url) as seen:
        seen.page.route("**/api/v1/races", lambda route: route.fulfill(json={"races": races}))
        seen.open()
        seen.page.wait_for_selector("#race", state="visible")
        assert seen.page.locator("#race option").count() == len(PAYLOADS) + 1
        assert_nothing_ran(seen, "races")


def test_nothing_in_a_link_is_executed(url: str):
    with visit(url) as seen:
        for payload in PAYLOADS:
            asked = {
                "mode": payload, "effort": payload, "start_at": payload, "race_id": payload, "flat_pace": payload,
                "checkpoints": [{"name": payload, "at_m": 500, "stop_s": payload}], "__proto__": {"executed": 1},
            }  # fmt: skip
            packed = base64.urlsafe_b64encode(json.dumps(asked).encode()).decode().rstrip("=")
            seen.page.goto("about:blank")
            seen.open(f"/#ask={packed}")
            seen.send("a.gpx", draw_course(3_000))
            seen.answered()
            assert_nothing_ran(seen, payload)
            seen.page.click("#tab-checkpoints")
            assert seen.page.input_value("#place-1-name") == payload[:80]


def test_nothing_in_a_day_is_executed(url: str):
    with visit(url) as seen:
        for payload in PAYLOADS:
            place = {"name": payload, "at": 5000, "eta": [1500, 1800, 2000], "stop": payload, "cutoff": payload}
            day = {
                "name": payload, "start": payload, "zone": payload, "length": 9_000, "gain": 100, "done": payload,
                "moving": [3000, 3600, 4000], "finish": [3000, 3600, 4000], "__proto__": {"executed": 1},
                "places": [place],
            }  # fmt: skip
            packed = base64.urlsafe_b64encode(json.dumps(day).encode()).decode().rstrip("=")
            seen.page.goto("about:blank")
            seen.open(f"/#day={packed}")
            assert seen.page.inner_text("#day h1").strip() == payload.strip()
            seen.page.fill("#passed-0", "0:40")
            seen.page.press("#passed-0", "Enter")
            seen.page.wait_for_selector(".passings .passed")
            assert_nothing_ran(seen, payload)


def test_markup_in_the_address_is_not_written_into_the_page(url: str):
    with visit(url) as seen:
        for payload in PAYLOADS:
            seen.page.goto(f"{url}/?lang={escape(payload)}"[:300])
            assert seen.page.evaluate("window.executed") is None
