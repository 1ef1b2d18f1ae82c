"""Taking a file out of a request: the body itself, or the form field `file`."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from kernel.errors import DomainError
from kernel.tracks import MAX_GPX_BYTES

FORM_ALLOWANCE: Final = 64 * 1024
MAX_UPLOAD_BYTES: Final = MAX_GPX_BYTES + FORM_ALLOWANCE
"""What a route that takes files lets through; the file in it is held to `MAX_GPX_BYTES`."""


class FileTooLarge(DomainError):
    """The file has more bytes than are read."""

    sentence = f"The file is larger than the {MAX_GPX_BYTES // 2**20} MiB that are accepted; please thin it out."


class FileMissing(DomainError):
    """There is no file, or nothing in it."""

    sentence = "The file is empty; please send it as the body or as the form field `file`."


async def read_upload(request: Request[Any, Any, Any]) -> bytes:
    """The content of the file. Raises FileTooLarge, or FileMissing when there is none or it is empty."""
    try:
        content = await _content(request)
    except RequestEntityTooLarge:
        raise FileTooLarge from None
    if len(content) > MAX_GPX_BYTES:
        raise FileTooLarge
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
