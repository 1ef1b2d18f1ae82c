"""The id that ties together everything one request causes, in this process and in the jobs it leaves behind."""

from __future__ import annotations

from contextvars import ContextVar

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
