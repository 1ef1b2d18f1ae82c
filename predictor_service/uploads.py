"""Taking the file out of a request: the body itself, or the form field `file`."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from kernel.tracks import MAX_GPX_BYTES
from predictor_service.errors import FileMissing, FileTooLarge

FORM_ALLOWANCE: Final = 64 * 1024
MAX_UPLOAD_BYTES: Final = MAX_GPX_BYTES + FORM_ALLOWANCE
"""What a route that takes files lets through; the file in it is held to `MAX_GPX_BYTES`."""


async def read_upload(request: Request[Any, Any, Any]) -> bytes:
    """The content of the file. Raises FileTooLarge, or FileMissing when there is none or it is empty."""
    try:
        content = await _content(request)
    except RequestEntityTooLarge:
        raise FileTooLarge(MAX_GPX_BYTES) from None
    if len(content) > MAX_GPX_BYTES:
        raise FileTooLarge(MAX_GPX_BYTES)
    if not content:
        raise FileMissing
    return content


async def _content(request: Request[Any, Any, Any]) -> bytes:
    kind, _ = request.content_type
    if kind != RequestEncodingType.MULTI_PART:
        return await request.body()
    field = (await request.form()).get("file")
    if isinstance(field, UploadFile):
        return await field.read()
    return field.encode() if isinstance(field, str) else b""
