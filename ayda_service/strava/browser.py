"""What a browser is given on its way to Strava and back: a cookie, and pages in every language."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import secrets
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import structlog
from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie

from ayda_service.problems import PROBLEMS
from languages.catalog import LANGUAGES, Language, language_wanted
from languages.voice import Voice, mark
from servicekit.web.problems import INTERNAL_ERROR, rule_of

_LIFE_S: Final = 600
_NONCE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:18px/1.5 system-ui,sans-serif;margin:10vh auto 2rem;max-width:32rem;padding:0 1.5rem;"
    "word-break:keep-all;overflow-wrap:break-word}h1{font-size:1.7rem;line-height:1.2}"
    "main a{display:block;text-align:center;padding:.8rem 1rem;border-radius:12px;background:#1a1d23;color:#fff;"
    "text-decoration:none;font-weight:bold}aside{font-size:15px;border-top:1px solid #8886;margin-top:1.6rem}"
    "aside h2{font-size:1rem;margin:1rem 0 0}aside p{margin:.2rem 0}aside a{color:inherit}"
    "a:focus-visible{outline:3px solid #2563c9;outline-offset:3px}"
    "@media(prefers-color-scheme:dark){main a{background:#f0eee8;color:#14161a}a:focus-visible{outline-color:#8ab4ff}}"
)
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says, each in English; `way_out` names where its link leads, `code` the problem the text is of."""

    title: str
    text: str
    way_out: str = mark("Back to Telegram")
    code: str | None = None


CONNECTED: Final = Told(
    mark("Strava is connected."),
    mark("Your activities are being read now; your profile will be ready in a moment."),
)
ONE_MORE_STEP: Final = Told(
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
_HEADERS: Final = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}


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


def looks_ahead(request: Request[Any, Any, Any]) -> bool:
    """Whether a browser only guesses that its person will come here: such addresses are good once."""
    return any("prefetch" in request.headers.get(name, "").lower() for name in ("Sec-Purpose", "Purpose", "X-Moz"))


def nothing_yet() -> Response[Any]:
    """For a browser that looks ahead."""
    return Response(None, status_code=204, headers={"Cache-Control": "no-store"})


def page(
    told: Told, accepted: str = "", *, status: int = 200, bot_link: str | None = None, start: str = "strava"
) -> Response[str]:
    """One small page, in the language that an Accept-Language header wants and below it in the others.

    Nothing else is known of who reads it: a phone's browser may speak another language than its owner's Telegram.
    Every text is escaped. `start` is the parameter that the Mini App is opened with.
    """
    first = language_wanted(None, accepted)
    address = f"{bot_link}?startapp={start}" if bot_link else None
    others = (language for language in LANGUAGES if language != first)
    body = (
        f'<!doctype html><html lang="{first}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(Voice(first).say(told.title))}</title><style>{_STYLE}</style>"
        f"<main>{_section(told, first, 'h1', address)}</main>"
        + "".join(f'<aside lang="{each}">{_section(told, each, "h2", address)}</aside>' for each in others)
        + "</html>"
    )
    headers = {**_HEADERS, "Vary": "Accept-Language"}
    return Response(body, media_type=MediaType.HTML, status_code=status, headers=headers)


def _section(told: Told, language: Language, heading: str, address: str | None) -> str:
    voice = Voice(language)
    text = voice.say(told.text) if told.code is None else voice.problem(told.code, told.text)
    way_out = escape(voice.say(told.way_out))
    link = way_out if address is None else f'<a href="{escape(address)}">{way_out}</a>'
    return f"<{heading}>{escape(voice.say(told.title))}</{heading}><p>{escape(text)}</p><p>{link}</p>"


def accepted_languages(request: Request[Any, Any, Any]) -> str:
    """What the browser says it reads."""
    return request.headers.get("Accept-Language", "")


def error_page(
    error: Exception, request: Request[Any, Any, Any], *, bot_link: str | None, title: str = NOT_CONNECTED
) -> Response[str]:
    """The page for whatever went wrong, with the way to a new start."""
    rule = rule_of(error, PROBLEMS)
    if rule is None:
        structlog.get_logger(__name__).error("request_crashed", exc_info=error)
        rule = INTERNAL_ERROR
    told = Told(title, rule.detail or str(error), _AGAIN, rule.code)
    shown = page(told, accepted_languages(request), status=rule.status, bot_link=bot_link)
    if rule.retry_after_s is not None:
        shown.set_header("Retry-After", str(math.ceil(rule.retry_after_s)))
    return shown


def too_many_page(wait_s: float, *, bot_link: str | None) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the page for an address from which too many wrong links came."""
    shown = page(Told(NOT_CONNECTED, _TOO_MANY, _AGAIN), bot_link=bot_link)
    own = {"content-type": "text/html; charset=utf-8", "retry-after": str(max(1, math.ceil(wait_s)))}
    return shown.content.encode(), {**_HEADERS, **own}
