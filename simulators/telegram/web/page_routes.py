"""The page at `/`, and links to the bot as `t.me` has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from simulators.telegram.simulator import Telegram

_FOLDER: Final = Path(__file__).parent.parent / "page"
_TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_HEADERS: Final = {
    # whatever Mini App the bot names may be framed; nothing else comes from elsewhere
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "frame-src http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_LINK_FIELDS: Final = ("start", "startapp")


@get("/", operation_id="ShowPage")
async def show_page() -> Response[bytes]:
    return _asset("index.html")


@get("/page/{name:str}", operation_id="ShowAsset")
async def show_asset(name: FromPath[str]) -> Response[bytes]:
    return _asset(name)


@get(["/t.me/{username:str}", "/t.me/{username:str}/{app:str}"], operation_id="FollowLink")
async def follow_link(
    request: Request[Any, Any, Any], telegram: NamedDependency[Telegram], username: FromPath[str]
) -> Redirect:
    """A link to the bot, with `start` or `startapp`, opens the page, which does what the link says."""
    if username.lower() != telegram.bot.username.lower():
        raise NotFoundException(f"There is no @{username} here.")
    wanted = {name: value for name, value in request.query_params.items() if name in _LINK_FIELDS}
    return Redirect(f"/?{urlencode(wanted)}", status_code=302)


def _asset(name: str) -> Response[bytes]:
    # only what lies in the folder by that very name: no path leads out of it
    found = next((path for path in _FOLDER.iterdir() if path.name == name and path.suffix in _TYPES), None)
    if found is None:
        raise NotFoundException("There is no such page.")
    return Response(found.read_bytes(), media_type=_TYPES[found.suffix], headers=_HEADERS)


HANDLERS: Final = (show_page, show_asset, follow_link)
