"""The answer of another service, read within a byte limit and decoded into the type it should have."""

from __future__ import annotations

import math
import zlib
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Self, TypeVar

import msgspec

from kernel.contracts.problem import Problem
from servicekit.base.clock import utc_now
from servicekit.http.errors import BadUpstreamResponse, UpstreamRefused, UpstreamUnavailable

T = TypeVar("T")

_GZIP_WBITS: Final = 16 + zlib.MAX_WBITS
_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """One answer; header names are lower-case and neither headers nor content appear in its repr."""

    service: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    def decode(self, kind: type[T]) -> T:
        """The JSON body as `kind`; BadUpstreamResponse if it is none."""
        try:
            return msgspec.json.decode(self.content, type=kind)
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            raise BadUpstreamResponse(self.service, f"no {_name(kind)}") from _shape_only(error)

    def expect(self, *statuses: int) -> Self:
        """This answer if it has one of the statuses; else UpstreamUnavailable for 5xx, UpstreamRefused for the rest."""
        if self.status in statuses:
            return self
        if self.status >= _SERVER_ERROR:
            raise UpstreamUnavailable(
                self.service, self.retry_after_s(), reason=f"status {self.status}", problem=self.problem()
            )
        raise UpstreamRefused(self.service, self.status, self.problem(), self.retry_after_s())

    def problem(self) -> Problem | None:
        """The problem details the service gave, None if it gave none."""
        try:
            return msgspec.json.decode(self.content, type=Problem)
        except (ValueError, RecursionError):
            return None

    def retry_after_s(self, now: datetime | None = None) -> float | None:
        """Seconds the service asks to wait, None when it does not say."""
        text = self.headers.get("retry-after", "").strip()
        if not text:
            return None
        try:
            wait_s = float(text)
        except ValueError:
            wait_s = _until(text, now or utc_now())
        return wait_s if math.isfinite(wait_s) and wait_s >= 0 else None


class UnreadableBody(Exception):
    """The body is larger than accepted, compressed in a way that was not asked for, or damaged."""


async def read_body(chunks: AsyncIterable[bytes], encoding: str, max_bytes: int) -> bytes:
    """The body, inflated if it is gzip, never holding much more than `max_bytes` of it. Raises UnreadableBody."""
    inflater = zlib.decompressobj(_GZIP_WBITS) if encoding in {"gzip", "x-gzip"} else None
    if inflater is None and encoding not in {"", "identity"}:
        raise UnreadableBody("unknown compression")
    body = bytearray()
    async for chunk in chunks:
        try:
            # one byte more than allowed is enough to know, however small the bomb
            body += chunk if inflater is None else inflater.decompress(chunk, max_bytes + 1 - len(body))
        except zlib.error:
            raise UnreadableBody("damaged compression") from None
        if len(body) > max_bytes:
            raise UnreadableBody(f"more than {max_bytes} bytes")
    if inflater is not None and not inflater.eof:
        raise UnreadableBody("damaged compression")
    return bytes(body)


def _until(text: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return math.nan
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def _name(kind: object) -> str:
    return getattr(kind, "__name__", None) or str(kind)


def _shape_only(error: Exception) -> Exception | None:
    # a decoding error may quote the content (an enum's value), a shape error names a path
    return error if isinstance(error, msgspec.ValidationError) and "Invalid" not in str(error) else None
