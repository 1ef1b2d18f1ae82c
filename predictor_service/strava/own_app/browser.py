"""What a browser is given when it comes back from Strava: pages, and a cookie that says it has connected."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

from languages.voice import mark
from servicekit.strava.consents import STATE_LIFE, digest_of
from servicekit.web import small_pages
from servicekit.web.small_pages import PageText

CONNECTED: Final = PageText(
    mark("Strava is connected."), mark("Your activities are being read now. You can close this page.")
)
NOT_CONNECTED: Final = PageText(mark("Strava is not connected."), "")
_TOO_MANY: Final = PageText(
    NOT_CONNECTED.title, "Too many requests came from your network; please wait a minute.", code="too_many_requests"
)


class ConnectedCookie:
    """The digest of the state that a browser has connected with; HttpOnly, SameSite=Lax, as long as a state lives.

    Whoever makes one up is told what is not so by a page that only they see; nothing else goes by it.
    """

    def __init__(self, public_url: str) -> None:
        self._secure = public_url.startswith("https://")
        # a browser takes a `__Host-` cookie from nobody but this host itself: a sibling domain cannot plant one
        self._name = "__Host-predictor_connected" if self._secure else "predictor_connected"

    def tells_of(self, request: Request[Any, Any, Any], state: str) -> bool:
        """Whether this browser has connected with this state."""
        return request.cookies.get(self._name) == digest_of(state)

    def of(self, state: str) -> Cookie:
        """The cookie to give."""
        return Cookie(
            self._name,
            value=digest_of(state),
            path="/",
            max_age=int(STATE_LIFE.total_seconds()),
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )


def too_many_page(wait_s: float) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the page for an address from which too much came."""
    return small_pages.too_many_page(wait_s, _TOO_MANY)
