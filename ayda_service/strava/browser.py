"""The cookie that ties an authorization to the browser in which it was begun."""

from __future__ import annotations

import re
import secrets
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

_LIFE_S: Final = 600
_NONCE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class BrowserCookie:
    """HttpOnly and SameSite=Lax, for ten minutes; over https also Secure, and of this very host."""

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
            self._name, value=nonce, path="/", max_age=_LIFE_S, httponly=True, secure=self._secure, samesite="lax"
        )
