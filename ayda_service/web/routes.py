"""HTTP: the page, and what it is made of."""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Sequence
from typing import Annotated, Any, Final

from litestar import MediaType, Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from ayda_service.web.pages import page_html, policy
from ayda_service.web.static import STATIC, page_files
from languages.catalog import LANGUAGES, Language, language_wanted

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_PACKING: Final = 5
Wanted = Annotated[str | None, QueryParameter(name="lang", max_length=35)]


def page_routes(framed_by: Sequence[str]) -> Router:
    """`/`, which nobody frames, `/app` for Telegram, framed by these origins, and `/static`."""
    files = page_files()
    for language in LANGUAGES:
        page_html(language, "")  # the first visitor does not wait for it to be written

    @get("/", operation_id="Page", include_in_schema=False)
    async def guests(request: Request[Any, Any, Any], lang: Wanted = None) -> Response[bytes]:
        """The page in a browser of its own."""
        return _page(request, lang, ())

    @get("/app", operation_id="MiniApp", include_in_schema=False)
    async def mini_app(request: Request[Any, Any, Any], lang: Wanted = None) -> Response[bytes]:
        """The same inside Telegram."""
        return _page(request, lang, framed_by)

    @get(STATIC + "/{name:str}", operation_id="PageFile", include_in_schema=False)
    async def static(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        """A file of the page, which never changes under its name."""
        file = files.served(name)
        if file is None:
            raise NotFoundException
        packs = _unpacks(request)
        coding = {"Content-Encoding": "gzip"} if packs else {}
        headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding", **coding}
        return Response(file.packed if packs else file.content, media_type=file.media_type, headers=headers)

    return Router("/", route_handlers=[guests, mini_app, static])


def _page(request: Request[Any, Any, Any], lang: str | None, framed_by: Sequence[str]) -> Response[bytes]:
    language: Language = language_wanted(lang, request.headers.get("Accept-Language", ""))
    nonce, packs = secrets.token_urlsafe(18), _unpacks(request)
    content = page_html(language, nonce).encode()
    headers = {
        "Content-Security-Policy": policy(nonce, framed_by),
        "Content-Language": language,
        "Vary": "Accept-Encoding, Accept-Language",
        **({"Content-Encoding": "gzip"} if packs else {}),
    }
    body = gzip.compress(content, _PACKING, mtime=0) if packs else content
    return Response(body, media_type=MediaType.HTML, headers=headers)


def _unpacks(request: Request[Any, Any, Any]) -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "")
