"""Small pages for a browser that comes back from Strava: every language on one, without scripts, kept by nobody."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Final

import structlog
from litestar import MediaType, Request, Response

from languages.catalog import LANGUAGES, Language, language_wanted
from languages.voice import Voice
from servicekit.web.problems import INTERNAL_ERROR, ProblemTable, rule_of

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
_HEADERS: Final = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
LONGEST: Final = 1000
"""Nothing that Strava or we have made is as long."""


@dataclass(frozen=True, slots=True)
class PageText:
    """What a page says, each in English; `way_out` names where its link leads, `code` the problem the text is of."""

    title: str
    text: str
    way_out: str = ""
    code: str | None = None


def looks_ahead(request: Request[Any, Any, Any]) -> bool:
    """Whether a browser only guesses that its person will come here: such addresses are good once."""
    return any("prefetch" in request.headers.get(name, "").lower() for name in ("Sec-Purpose", "Purpose", "X-Moz"))


def nothing_yet() -> Response[Any]:
    """For a browser that looks ahead."""
    return Response(None, status_code=204, headers={"Cache-Control": "no-store"})


def too_long(values: Sequence[str | None]) -> bool:
    """Whether one of these is longer than anything that is meant here."""
    return any(value is not None and len(value) > LONGEST for value in values)


def small_page(told: PageText, accepted: str = "", *, status: int = 200, address: str | None = None) -> Response[str]:
    """One small page, in the language that an Accept-Language header wants and below it in the others.

    Nothing else is known of who reads it: a phone's browser may speak another language than its owner's Telegram.
    Every text is escaped. `address` is where the way out leads.
    """
    first = language_wanted(None, accepted)
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


def _section(told: PageText, language: Language, heading: str, address: str | None) -> str:
    voice = Voice(language)
    text = voice.say(told.text) if told.code is None else voice.problem(told.code, told.text)
    said = f"<{heading}>{escape(voice.say(told.title))}</{heading}><p>{escape(text)}</p>"
    if not told.way_out:
        return said
    way_out = escape(voice.say(told.way_out))
    link = way_out if address is None else f'<a href="{escape(address)}">{way_out}</a>'
    return f"{said}<p>{link}</p>"


def accepted_languages(request: Request[Any, Any, Any]) -> str:
    """What the browser says it reads."""
    return request.headers.get("Accept-Language", "")


def error_page(
    error: Exception,
    request: Request[Any, Any, Any],
    problems: ProblemTable,
    told: PageText,
    address: str | None = None,
) -> Response[str]:
    """The page for whatever went wrong, by the table of a service; title and way out are those of `told`."""
    rule = rule_of(error, problems)
    if rule is None:
        structlog.get_logger(__name__).error("request_crashed", exc_info=error)
        rule = INTERNAL_ERROR
    said = replace(told, text=rule.detail or str(error), code=rule.code)
    shown = small_page(said, accepted_languages(request), status=rule.status, address=address)
    if rule.retry_after_s is not None:
        shown.set_header("Retry-After", str(math.ceil(rule.retry_after_s)))
    return shown


def too_many_page(wait_s: float, told: PageText, address: str | None = None) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the page for an address from which too much came."""
    shown = small_page(told, address=address)
    own = {"content-type": "text/html; charset=utf-8", "retry-after": str(max(1, math.ceil(wait_s)))}
    return shown.content.encode(), {**_HEADERS, **own}
