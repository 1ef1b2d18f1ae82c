"""uvicorn's protocol over httptools, without what llhttp leaves open.

llhttp refuses by itself whatever two readers could understand differently: lines that end in LF alone, folded headers,
a length beside chunks. It bounds no size, and gives trailers out as if they were headers.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from servicekit.web.guarded import Guarded


class TooFarAhead(Exception):
    """More requests came on a connection than it may wait for."""


class GuardedHttpTools(Guarded, HttpToolsProtocol):
    """For CPython on anything but Windows."""

    _in_head = False

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; a trailer, which no proxy has looked at, is none."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The request can be answered, now or after those before it. Raises TooFarAhead."""
        self._in_head = False
        if len(self.pipeline) >= self.limits.pipelined:
            self.transport.abort()
            raise TooFarAhead
        super().on_headers_complete()
