"""`/bot<token>/<method>` and `/file/bot<token>/<path>`."""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import MediaType, Request, Response, get, route
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.params import FromPath

from simulators.telegram.limits import LARGEST_DOCUMENT_BYTES
from simulators.telegram.methods.calls import answer_call
from simulators.telegram.methods.parameters import Parameters, SentFile
from simulators.telegram.refusals import BotApiError, bad_request, unauthorized
from simulators.telegram.simulator import Telegram
from simulators.telegram.web.gate import SILENT_HEADER

AnyCall = Request[Any, Any, Any]
_LARGEST_BODY_BYTES: Final = LARGEST_DOCUMENT_BYTES + 1024 * 1024
_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@route(
    "/_bot/{token:str}/{method:str}",
    http_method=[HttpMethod.GET, HttpMethod.POST],
    operation_id="CallMethod",
    status_code=200,
    request_max_body_size=_LARGEST_BODY_BYTES,
)
async def call_method(
    request: AnyCall, telegram: NamedDependency[Telegram], token: FromPath[str], method: FromPath[str]
) -> Response[dict[str, Any]]:
    """What the Bot API answers to this call."""
    _check_token(telegram, token)
    answer = await answer_call(telegram, method, await _parameters(request))
    headers = {} if answer.silent_s is None else {SILENT_HEADER: str(answer.silent_s)}
    return Response(answer.body, status_code=answer.status, media_type=MediaType.JSON, headers=headers)


@get("/_file/{token:str}/{path:path}", operation_id="DownloadFile")
async def download_file(
    telegram: NamedDependency[Telegram], token: FromPath[str], path: FromPath[Path]
) -> Response[bytes]:
    """The bytes at a path that getFile has given within the last hour."""
    _check_token(telegram, token)
    if telegram.trouble.outage:
        raise BotApiError(telegram.trouble.status, "Bad Gateway")
    file = telegram.files.at(path.as_posix().lstrip("/"), telegram.clock.now_s())
    if file is None:
        raise BotApiError(404, "Not Found")
    return Response(telegram.files.content(file), media_type="application/octet-stream")


def _check_token(telegram: Telegram, token: str) -> None:
    if not hmac.compare_digest(token.encode(), telegram.token.encode()):
        raise unauthorized()


async def _parameters(request: AnyCall) -> Parameters:
    """Query, form and JSON fields together, as all of them are taken; later ones win."""
    fields: dict[str, Any] = dict(request.query_params.items())
    if request.content_type[0] == "application/json":
        return Parameters(fields | _json_fields(await request.body()))
    if request.content_type[0] not in _FORMS:
        return Parameters(fields)
    form = await request.form()
    try:
        files = {
            name: SentFile(value.filename, value.content_type, await value.read())
            for name, value in form.items()
            if isinstance(value, UploadFile)
        }
        texts = {name: value for name, value in form.items() if not isinstance(value, UploadFile)}
    finally:
        await form.close()
    return Parameters(fields | texts, files)


def _json_fields(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except msgspec.DecodeError:
        raise bad_request("can't parse JSON object") from None


HANDLERS: Final = (call_method, download_file)
