"""A guest's files on their way through: in the spool while they come in and are sent on, and so much of an address.

What is counted is counted by each process for itself, and forgotten with it.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from litestar import Request
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException

from ayda_service.errors import GuestBytesSpent
from kernel.contracts.guest import MOST_GUEST_BODY_BYTES
from servicekit.web.flood import Allowance, Visitors, visitor_of
from servicekit.web.sent_files import SentFiles

BYTES: Final = Allowance(burst=1_000, every_s=3.6)
"""In MiB: so many at once from an address, and as many again within an hour."""
_MIB: Final = 1024 * 1024
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{1,70}", re.ASCII)
_NO_FORM: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Upload:
    """What somebody sent, as it came, and what it says it is."""

    path: Path
    content_type: str


class GuestUploads:
    """Takes bodies in that go on to the predictor; nothing of them is looked at here."""

    def __init__(self, files: SentFiles, *, clock_s: Callable[[], float], allowance: Allowance = BYTES) -> None:
        """`clock_s` counts seconds and never goes back."""
        self._files = files
        self._clock_s = clock_s
        self._left = Visitors(allowance)

    @asynccontextmanager
    async def receive(self, request: Request[Any, Any, Any]) -> AsyncIterator[Upload]:
        """The body of a request, for the length of the block.

        Raises GuestBytesSpent before a byte of it is taken; Busy, FilesTooLarge, FileMissing and SpoolFull.
        """
        content_type = _type_of(request)
        self._pay(request)
        async with self._files.receive_body(request, MOST_GUEST_BODY_BYTES) as got:
            yield Upload(got.path, content_type)

    def _pay(self, request: Request[Any, Any, Any]) -> None:
        """A body that does not say how long it is costs as much as the longest."""
        length = request.content_length
        size_bytes = MOST_GUEST_BODY_BYTES if length is None else min(length, MOST_GUEST_BODY_BYTES)
        cost, visitor, now_s = math.ceil(size_bytes / _MIB), visitor_of(request.scope), self._clock_s()
        wait_s = self._left.wait_s(visitor, now_s, cost)
        if wait_s > 0:
            raise GuestBytesSpent(wait_s)
        self._left.take(visitor, now_s, cost)


def _type_of(request: Request[Any, Any, Any]) -> str:
    """Which form a body is; written anew, so that nothing else of a stranger's goes into a header of ours."""
    kind, options = request.content_type
    if kind != RequestEncodingType.MULTI_PART:
        return _NO_FORM
    boundary = options.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise ClientException("Invalid multipart/form-data")
    return f'multipart/form-data; boundary="{boundary}"'
