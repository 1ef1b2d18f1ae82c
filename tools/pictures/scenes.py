"""Which pictures there are: a line in SCENES, and a function that leads a browser to what is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from trackfiles.drawn import draw_course

PATIENCE_MS: Final = 60_000
PHONE: Final = (390, 820)
TALL: Final = (390, 920)
DESKTOP: Final = (1280, 800)
ALEX, SASHA = 0, 1


@dataclass(frozen=True, slots=True)
class Places:
    """Where the demo listens."""

    chat: str
    page: str


Lead = Callable[[Any, Places], Any]
"""Leads a page of Playwright to what is shown; what it returns is taken, the whole window where that is None."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture, named as its file."""

    name: str
    lead: Lead
    size: tuple[int, int] = DESKTOP
    scheme: Literal["light", "dark"] = "light"
    language: str = "en"


def connecting(page: Any, places: Places) -> None:
    """The beginning of the first one's chat with the bot."""
    _open_chat(page, places, ALEX)
    _scroll_to(page, "/connect")


def course_sent(page: Any, places: Places) -> None:
    """The course, and the question how to go."""
    _open_chat(page, places, ALEX)
    _scroll_to(page, "course.gpx")


def card_in_chat(page: Any, places: Places) -> None:
    """The bot's answer, in the language of whoever asked."""
    _open_chat(page, places, ALEX)
    _last_card(page).evaluate("image => image.closest('.item').scrollIntoView({ block: 'end' })")


def card_for_the_second(page: Any, places: Places) -> None:
    """The same for somebody whose Telegram speaks Russian."""
    _open_chat(page, places, SASHA)
    _last_card(page).evaluate("image => image.closest('.item').scrollIntoView({ block: 'end' })")


def group_asked(page: Any, places: Places) -> None:
    """Pace groups, in the group where they were asked for."""
    _open_chat(page, places, ALEX)
    page.locator(".chat-line").nth(1).click(timeout=PATIENCE_MS)
    page.locator("#messages .item", has_text="/group").first.wait_for(timeout=PATIENCE_MS)


def card_alone(page: Any, places: Places) -> Any:
    """The card as it can be sent on."""
    _open_chat(page, places, ALEX)
    page.goto(_last_card(page).evaluate("image => image.src"))
    page.evaluate("document.images[0].style.cssText = 'width:536px;height:auto;transform:none'")
    return page.locator("img")


def app_in_chat(page: Any, places: Places) -> None:
    """The Mini App, opened by the button beside the message field."""
    _open_chat(page, places, ALEX)
    page.click("#menu")
    page.frame_locator("#sheet-frame iframe").locator("#race").wait_for(state="visible", timeout=PATIENCE_MS)


def asking(page: Any, places: Places) -> None:
    """The page as it opens."""
    _open_page(page, places)
    page.wait_for_selector("#race", state="visible", timeout=PATIENCE_MS)


def answered(page: Any, places: Places) -> None:
    """A guest's answer, from its top."""
    _ask(page, places)
    _to_the_top(page.locator("#answer"))


def looked_at(page: Any, places: Places) -> None:
    """The course and its profile below the answer."""
    _ask(page, places)
    _to_the_top(page.locator("#answer .outline").first)


SCENES: Final[tuple[Scene, ...]] = (
    Scene("chat-connect", connecting, PHONE),
    Scene("chat-course", course_sent, PHONE),
    Scene("chat-card", card_in_chat, TALL),
    Scene("chat", card_in_chat, (1280, 1010)),
    Scene("chat-card-ru", card_for_the_second, TALL, "dark"),
    Scene("chat-group", group_asked),
    Scene("card", card_alone, (560, 700)),
    Scene("chat-app", app_in_chat),
    Scene("page-ask", asking),
    Scene("page-answer", answered, PHONE),
    Scene("page-look", looked_at, (1280, 960)),
    Scene("page-look-ru", looked_at, PHONE, "dark", "ru"),
)


def _open_chat(page: Any, places: Places, person: int) -> None:
    page.goto(places.chat)
    page.locator("#people input").nth(person).check(timeout=PATIENCE_MS)
    page.locator(".chat-line").first.click()
    _last_card(page).wait_for(timeout=PATIENCE_MS)
    page.wait_for_function("[...document.images].every(image => image.complete)", timeout=PATIENCE_MS)
    page.wait_for_timeout(200)  # the list scrolls itself


def _last_card(page: Any) -> Any:
    return page.locator("#messages .photo img").last


def _scroll_to(page: Any, words: str) -> None:
    _to_the_top(page.locator("#messages .item", has_text=words).first)


def _to_the_top(shown: Any) -> None:
    """With a little room above it."""
    shown.evaluate("it => { it.style.scrollMarginTop = '20px'; it.scrollIntoView({ block: 'start' }); }")


def _open_page(page: Any, places: Places) -> None:
    page.goto(places.page)
    page.wait_for_function("document.documentElement.dataset.ready === 'true'", timeout=PATIENCE_MS)


def _ask(page: Any, places: Places) -> None:
    _open_page(page, places)
    course = draw_course(places={"Hut": 0.4, "Second col": 0.68})
    page.set_input_files("#file", files=[{"name": "course.gpx", "mimeType": "application/gpx+xml", "buffer": course}])
    page.wait_for_selector("#answer .time", timeout=PATIENCE_MS)
    page.wait_for_selector("#progress", state="hidden", timeout=PATIENCE_MS)
