"""What a browser is given on its way to Strava and back: a cookie, and pages in English and Russian."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import secrets
from html import escape
from typing import Any, Final

from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie

_LIFE_S: Final = 600
_NONCE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

_STYLE: Final = (
    "body{font:18px/1.5 system-ui,sans-serif;margin:12vh auto;max-width:32rem;padding:0 1.5rem}"
    "h1{font-size:1.6rem}a{color:#FC5200;font-weight:bold}"
)
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
CONNECTED: Final = (
    "Strava is connected.",
    "Your activities are being read now; your profile will be ready in a moment.",
    "Strava подключена. Ваши тренировки загружаются, профиль скоро будет готов.",
)
ONE_MORE_STEP: Final = (
    "One more step.",
    (
        "Strava has agreed. The connection is made when you open this link in your own Telegram. It works once, for "
        "five minutes; pass it on to nobody."
    ),
    (
        "Strava дала согласие. Подключение завершится, когда вы откроете эту ссылку в своём Telegram. Она работает "
        "один раз, пять минут; никому её не передавайте."
    ),
)
FINISH: Final = ("Finish in Telegram", "Завершить в Telegram")
NOT_CONNECTED: Final = "Strava is not connected."
_HEADERS: Final = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
TOO_MANY: Final = (
    "Too many links that do not work came from your network. Please wait a few minutes.",
    "Из вашей сети пришло слишком много нерабочих ссылок. Подождите несколько минут.",
)
AGAIN: Final = ("Start again in Telegram", "Начать заново в Telegram")
BACK: Final = ("Back to Telegram", "Вернуться в Telegram")
RUSSIAN: Final = {
    "authorization_expired": "Время авторизации истекло. Попробуйте ещё раз.",
    "authorization_reused": (
        "Эта ссылка уже использована. Если Strava тогда подключилась, всё в порядке; если нет, начните заново."
    ),
    "authorization_swapped": (
        "Подключение было начато в другом браузере, поэтому мы его остановили. Ничего не подключено. "
        "Начните заново и оставайтесь в одном браузере."
    ),
    "authorization_foreign": (
        "Подключение было начато из другого аккаунта Telegram, поэтому мы его остановили. Ничего не подключено. "
        "Если вам прислали ссылку, не пользуйтесь ею; чтобы подключить свою Strava, начните здесь."
    ),
    "authorization_denied": "Вы не разрешили доступ в Strava, поэтому ничего не подключено. Можно начать заново.",
    "scope_missing": "Нужно разрешение на просмотр тренировок. Попробуйте ещё раз и оставьте его включённым.",
    "athlete_linked_elsewhere": (
        "Этот аккаунт Strava уже подключён к другому участнику. Сначала его нужно отключить там."
    ),
    "capacity_full": "Strava пока не разрешает приложению подключать новых людей. Напишите организатору клуба.",
    "strava_unavailable": "Strava сейчас недоступна. Попробуйте позже.",
}


class BrowserCookie:
    """What ties an authorization to the browser it was begun in.

    HttpOnly and SameSite=Lax, for ten minutes; over https also Secure, and of this very host.
    """

    def __init__(self, public_url: str) -> None:
        self._secure = public_url.startswith("https://")
        # a browser takes a `__Host-` cookie from nobody but this host itself: a sibling domain cannot plant one
        self._name = "__Host-ayda_browser" if self._secure else "ayda_browser"

    def presented(self, request: Request[Any, Any, Any]) -> str | None:
        """The nonce this browser has; None without a well-formed one."""
        nonce = request.cookies.get(self._name, "")
        return nonce if _NONCE.fullmatch(nonce) else None

    def nonce(self, request: Request[Any, Any, Any]) -> str:
        """The nonce this browser has, so that two tabs may connect at once, or a new one."""
        return self.presented(request) or secrets.token_urlsafe(32)

    def of(self, nonce: str) -> Cookie:
        """The cookie to give."""
        return Cookie(
            self._name,
            value=nonce,
            path="/",
            max_age=_LIFE_S,
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )


def page(
    title: str,
    english: str,
    russian: str,
    *,
    status: int = 200,
    bot_name: str | None = None,
    way_out: tuple[str, str] = BACK,
    start: str = "strava",
) -> Response[str]:
    """One small page; every text is escaped. `way_out` names in both languages where its link leads.

    `start` is the parameter that the Mini App is opened with.
    """
    label = f'{escape(way_out[0])} / <span lang="ru">{escape(way_out[1])}</span>'
    if bot_name:
        label = f'<a href="https://t.me/{escape(bot_name)}?startapp={escape(start)}">{label}</a>'
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>"
        f'<p>{escape(english)}</p><p lang="ru">{escape(russian)}</p><p>{label}</p></html>'
    )
    return Response(body, media_type=MediaType.HTML, status_code=status, headers=_HEADERS)


def too_many_page(wait_s: float, *, bot_name: str | None) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the page for an address from which too many wrong links came."""
    shown = page(NOT_CONNECTED, *TOO_MANY, bot_name=bot_name, way_out=AGAIN)
    own = {"content-type": "text/html; charset=utf-8", "retry-after": str(max(1, math.ceil(wait_s)))}
    return shown.content.encode(), {**_HEADERS, **own}
