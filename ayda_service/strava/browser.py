"""What a browser is given on its way to Strava and back: a cookie, and pages that lead to Telegram."""

from __future__ import annotations

import re
import secrets
from typing import Any, Final

from litestar import Request, Response
from litestar.datastructures import Cookie

from ayda_service.problems import PROBLEMS
from languages.voice import mark
from servicekit.web import small_pages
from servicekit.web.small_pages import PageText, small_page

_LIFE_S: Final = 600
_NONCE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

CONNECTED: Final = PageText(
    mark("Strava is connected."),
    mark("Your activities are being read now; your profile will be ready in a moment."),
    way_out=mark("Back to Telegram"),
)
ONE_MORE_STEP: Final = PageText(
    mark("One more step."),
    mark(
        "Strava has agreed. The connection is made when you open this link in your own Telegram. It works once, for "
        "five minutes; pass it on to nobody."
    ),
    way_out=mark("Finish in Telegram"),
)
_TOO_MANY: Final = mark("Too many links that do not work came from your network. Please wait a few minutes.")
NOT_CONNECTED: Final = mark("Strava is not connected.")
_AGAIN: Final = mark("Start again in Telegram")


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


def page(told: PageText, accepted: str = "", *, bot_link: str | None = None, start: str = "strava") -> Response[str]:
    """The page, with its way to the Mini App; `start` is the parameter that it is opened with."""
    return small_page(told, accepted, address=_opened(bot_link, start))


def error_page(
    error: Exception, request: Request[Any, Any, Any], *, bot_link: str | None, title: str = NOT_CONNECTED
) -> Response[str]:
    """The page for whatever went wrong, with the way to a new start."""
    return small_pages.error_page(error, request, PROBLEMS, PageText(title, "", _AGAIN), _opened(bot_link))


def too_many_page(wait_s: float, *, bot_link: str | None) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the page for an address from which too many wrong links came."""
    return small_pages.too_many_page(wait_s, PageText(NOT_CONNECTED, _TOO_MANY, _AGAIN), _opened(bot_link))


def _opened(bot_link: str | None, start: str = "strava") -> str | None:
    return f"{bot_link}?startapp={start}" if bot_link else None
