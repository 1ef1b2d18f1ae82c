"""A real browser in front of both real services, on loopback sockets.

Chromium is the system's (`chromium`, or AYDA_CHROMIUM); without it, or without Playwright, these tests are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ayda_service.app import create_app as create_ayda
from predictor_service.app import create_app as create_predictor
from tests.ayda.support import patient
from tests.drills.both_services import ayda_settings, predictor_settings
from tests.support_server import LoopbackServer
from tools.pictures import browser as pictures

NO_BROWSER = "no Chromium here, or no Playwright to drive it"
PATIENCE_MS = 180_000
RINGED = """() => [...document.querySelectorAll("body *")].filter((each) => {
    const { outlineStyle, outlineWidth, clipPath } = getComputedStyle(each);
    const drawn = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && clipPath === "none";
    return drawn && each.checkVisibility({ opacityProperty: true });
})"""
"""What a line is drawn around, as it is around what has the focus."""


def chromium() -> str:
    """Where the browser is. Skips the test where there is none, or nothing to drive it."""
    pytest.importorskip("playwright.sync_api", reason=NO_BROWSER)
    found = pictures.chromium()
    if found is None:
        pytest.skip(NO_BROWSER)
    return found


@contextmanager
def house(folder: Path) -> Iterator[str]:
    """The address of ayda, with its predictor beside it."""
    predictor = create_predictor(predictor_settings(folder))
    with LoopbackServer(predictor) as behind:
        ayda = create_ayda(ayda_settings(folder, predictor_url=behind.url, worker_embedded=False))
        patient(ayda)
        with LoopbackServer(ayda) as server:
            yield server.url


@dataclass
class Visit:
    """A page in a browser, and all that it complained of or reached for."""

    page: Any
    url: str
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> None:
        """Goes to an address of the page."""
        self.page.goto(self.url + path)
        self.ready()

    def ready(self) -> None:
        """Waits until the page can be used."""
        # by a selector: a function that is waited for would be code made of text, which the page's policy forbids
        self.page.wait_for_selector("html[data-ready=true]", state="attached")

    def tab_to(self, selector: str, *, most: int) -> None:
        """Presses Tab until the focus is there. AssertionError when it is not after so many."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if self.stands_at(selector):
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    def ringed(self) -> list[str]:
        """What a line is drawn around, by its id, else by its words."""
        return list(self.page.evaluate(f"() => ({RINGED})().map((each) => each.id || each.textContent.trim())"))

    def stands_at(self, selector: str) -> bool:
        """Whether this has the focus."""
        return bool(self.page.evaluate("wanted => document.activeElement.matches(wanted)", selector))

    def choose(self, selector: str, *files: tuple[str, bytes], key: str, most: int = 60) -> None:
        """Goes to a field for files by Tab, opens it by a key and chooses."""
        self.tab_to(selector, most=most)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press(key)
        kind = "application/octet-stream"
        chooser.value.set_files([{"name": name, "mimeType": kind, "buffer": content} for name, content in files])

    def send(self, name: str, content: bytes) -> None:
        """Chooses a file."""
        file = {"name": name, "mimeType": "application/gpx+xml", "buffer": content}
        self.page.set_input_files("#file", files=[file])

    def answered(self) -> str:
        """The time in the largest letters, once it is there and nothing is under way."""
        self.page.wait_for_selector("#answer .time")
        self.page.wait_for_selector("#progress", state="hidden")
        return str(self.page.inner_text("#answer .time"))

    def other_than(self, before: str) -> str:
        """What is answered once it is something else: what was asked on the way may be answered first."""
        for _ in range(PATIENCE_MS // 50):
            if (now := self.answered()) != before:
                return now
            self.page.wait_for_timeout(50)
        raise AssertionError(f"it stays at {before}")

    def anew(self, act: str, *arguments: Any) -> str:
        """What is answered after doing something to the page."""
        with self.page.expect_response("**/guest/predictions"):
            getattr(self.page, act)(*arguments)
        return self.answered()


def window(browser: Any, width: int, **options: Any) -> Any:
    """A page of this width, whose browser shares nothing with any other, and that is waited for with patience."""
    context = browser.new_context(viewport={"width": width, "height": 780}, **options)
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


@contextmanager
def visit(url: str, *, width: int = 360, **options: Any) -> Iterator[Visit]:
    """A fresh browser with a page of this width that is not opened yet."""
    playwright = pytest.importorskip("playwright.sync_api", reason=NO_BROWSER)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = window(browser, width, **options)
        seen = Visit(page, url)
        page.on("console", lambda said: seen.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (seen.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: seen.asked.append(request.url))
        # with a listener from the start choosers are kept from the first on: one that opens while the driver
        # is only beginning to listen is lost
        page.on("filechooser", lambda _chooser: None)
        yield seen
        browser.close()
