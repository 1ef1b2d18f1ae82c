"""A club in front of a real browser: both services with their workers, a simulated Strava, and phones with Telegram."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from ayda_service.app import create_app as create_ayda
from ayda_service.telegram.init_data import sign_init_data
from predictor_service.app import create_app as create_predictor
from predictor_service.parts import Parts as PredictorParts
from servicekit.base.clock import utc_now
from simulators.strava.simulator import Simulator
from simulators.strava.web.app import create_app as create_strava
from simulators.telegram.simulator import Telegram
from simulators.telegram.web.app import create_app as create_telegram
from tests.ayda.support import BOT_TOKEN, CLIENT_SECRET
from tests.ayda.web.browser import PATIENCE_MS, Visit
from tests.drills.both_services import ayda_settings, predictor_settings
from tests.predictor.states import athlete_has_profile, outings_compared
from tests.support_server import LoopbackServer

DARK = {"bg_color": "#17212b", "text_color": "#f5f5f5", "section_bg_color": "#1f2c38", "button_color": "#4a94d6"}
LIGHT = {"bg_color": "#ffffff", "text_color": "#000000", "section_bg_color": "#ffffff", "button_color": "#2678b6"}
PHONE = """
window.told = [];
window.TelegramWebviewProxy = { postEvent: (type, data) => window.told.push([type, JSON.parse(data)]) };
"""
"""What Telegram on a phone puts into a page."""


_LOOK_MS = 50


class Late:
    """An app that is made once its address is known."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@dataclass
class MemberHouse:
    """The club's servers, running."""

    url: str
    strava: Simulator
    telegram: Telegram
    chat_url: str
    predictor: LoopbackServer
    parts: PredictorParts
    people: int = field(default=5_000_000)

    def stranger(self) -> int:
        """The Telegram id of somebody new."""
        self.people += 1
        return self.people

    def address(self, telegram_id: int, start_param: str = "", *, theme: dict[str, str] | None = None) -> str:
        """Where Telegram opens the Mini App for this person."""
        behind = {"tgWebAppData": signed(telegram_id, start_param), "tgWebAppThemeParams": json.dumps(theme or LIGHT)}
        return f"/app#{urlencode(behind, quote_via=quote)}"

    def ask(self, method: str, path: str, telegram_id: int, **body: Any) -> Any:
        """What another member's app asks of ayda."""
        headers = {"Authorization": f"tma {signed(telegram_id)}"}
        answer = httpx.request(
            method, f"{self.url}/api/v1{path}", headers=headers, json=body, trust_env=False, timeout=240
        )
        assert answer.is_success, answer.text
        return answer.json()

    def profiled(self, telegram_id: int, outings: int = 6) -> None:
        """The predictor has read so many outings of theirs from files."""
        self.predictor.call(athlete_has_profile(self.parts, str(telegram_id), outings=outings), timeout_s=60)

    def compared(self, telegram_id: int) -> None:
        """Six outings of theirs were compared with what had been said of them, and another one may yet be."""
        began = utc_now() - timedelta(days=3)
        self.predictor.call(outings_compared(self.parts, str(telegram_id), newest_at=began), timeout_s=60)

    def fellow(self, name: str) -> int:
        """Somebody with a past, by which they are known well, who wants to be found."""
        telegram_id = self.stranger()
        self.profiled(telegram_id, outings=20)
        self.ask("PUT", "/matching", telegram_id, opted_in=True, name=name)
        return telegram_id


def signed(telegram_id: int, start_param: str = "") -> str:
    """What Telegram says of who opens the Mini App now."""
    user = {"id": telegram_id, "first_name": "Anna", "language_code": "en"}
    fields = {"auth_date": str(int(utc_now().timestamp())), "user": json.dumps(user)}
    if start_param:
        fields["start_param"] = start_param
    return sign_init_data(fields, bot_token=BOT_TOKEN)


@contextmanager
def member_house(folder: Path, activities: int = 40) -> Iterator[MemberHouse]:
    """Everything, with one athlete at Strava who has gone so often."""
    strava = Simulator(seed=1, client_secret=CLIENT_SECRET, athlete_capacity=10**6)
    strava.add_athlete(activities=activities, specials=False)
    late = (Late(), Late())
    at_ayda, at_predictor = (LoopbackServer(each) for each in late)
    with ExitStack() as running:
        at_strava = running.enter_context(LoopbackServer(create_strava(strava)))
        telegram = Telegram(token=BOT_TOKEN, mini_app_url=f"{at_ayda.url}/app")
        chat = running.enter_context(LoopbackServer(create_telegram(telegram)))
        predictor = create_predictor(
            predictor_settings(
                folder,
                ayda_url=at_ayda.url,
                strava_api_base=f"{at_strava.url}/api/v3",
                strava_oauth_base=at_strava.url,
                worker_embedded=True,
                match_allow_strava_derived=True,
                imports_folder=folder / "imports",
            )
        )
        ayda = create_ayda(
            ayda_settings(
                folder,
                public_url=at_ayda.url,
                predictor_url=at_predictor.url,
                strava_oauth_base=at_strava.url,
                strava_api_base=f"{at_strava.url}/api/v3",
                bot_name="ayda_bot",
                page_framed_by=(chat.url,),
            )
        )
        late[0].app, late[1].app = ayda, predictor
        running.enter_context(at_predictor)
        running.enter_context(at_ayda)
        parts = predictor.litestar.state.parts
        yield MemberHouse(at_ayda.url, strava, telegram, chat.url, at_predictor, parts)
        chat.call(_no_longer_awaited(telegram))


async def _no_longer_awaited(telegram: Telegram) -> None:
    """A page that waits for news keeps its server from ending."""
    telegram.bell.ring()


def on_a_phone(seen: Visit) -> None:
    """From now on the page is inside Telegram on a phone."""
    seen.page.add_init_script(PHONE)


def told(seen: Visit, event: str) -> list[dict[str, Any]]:
    """What the page has told Telegram of this kind, so far."""
    return [data for kind, data in seen.page.evaluate("window.told") if kind == event]


def opened_outside(seen: Visit, button: str) -> str:
    """The address that pressing this opens in the phone's browser."""
    before = len(told(seen, "web_app_open_link"))
    seen.page.click(button)
    until(seen, lambda: len(told(seen, "web_app_open_link")) > before)
    return str(told(seen, "web_app_open_link")[-1]["url"])


def until(seen: Visit, holds: Callable[[], bool]) -> None:
    """Looks again and again, as the page's policy lets no script of a test wait in it."""
    for _ in range(PATIENCE_MS // _LOOK_MS):
        if holds():
            return
        seen.page.wait_for_timeout(_LOOK_MS)
    raise AssertionError("it does not come to be")


def enter_room(seen: Visit, room: str) -> None:
    """Goes to a room and waits until all of it is there."""
    seen.page.click(f".rooms [data-room={room}]")
    settled(seen)


def settled(seen: Visit) -> None:
    """Nothing is being asked for any more."""
    seen.page.wait_for_selector(".loads[aria-busy]", state="detached")
