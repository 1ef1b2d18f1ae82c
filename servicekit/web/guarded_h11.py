"""uvicorn's protocol over h11, which reads some requests that another server in front may have read differently."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

import h11
import uvicorn
from h11._receivebuffer import ReceiveBuffer
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from servicekit.web.guarded import Guarded

_END: Final = re.compile(rb"\n\r?\n")
_AMBIGUOUS: Final = re.compile(rb"\A\n|(?<!\r)\n|\r(?!\n)|\n[ \t]")
"""A line that ends in LF alone, a CR that ends none, a line that goes on in the next one."""
_LENGTH: Final = re.compile(rb"(content-length|transfer-encoding):", re.IGNORECASE)


class StrictLines(ReceiveBuffer):
    """Takes only lines that end as the standard has it; headers of both ways to tell a length are refused."""

    def maybe_extract_lines(self) -> list[bytearray] | None:
        """As h11 does it. Raises h11.RemoteProtocolError."""
        end = _END.search(self._data)
        if self._data[:1] == b"\n" or (end and _AMBIGUOUS.search(self._data, 0, end.end())):
            raise h11.RemoteProtocolError("ambiguous line ends")
        lines: list[bytearray] | None = super().maybe_extract_lines()
        lengths = [bytes(line).lower() for line in lines or () if _LENGTH.match(line)]
        if len(lengths) > 1 or any(b"," in line for line in lengths):
            raise h11.RemoteProtocolError("ambiguous length")
        return lines


class GuardedH11(Guarded, H11Protocol):
    """For where httptools cannot be had."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # h11 offers no other way to have a say in this
        self.conn._receive_buffer = StrictLines()  # noqa: SLF001
