"""Granian with everything that keeps strangers from holding it, so that nobody has to remember options.

Its parser, hyper's, accepts lines that end in LF alone and prefers chunks to a length without a word, and it counts no
connections by their address: a proxy that refuses those and limits these has to stand in front of it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

from servicekit.web.limits import Limits

_LOGGER: Final = "_granian"
_BUFFER_BYTES: Final = 65_536
"""Of a connection; heads that are longer get 431 from hyper, those that the app finds too long from the app."""
_CLOSING_S: Final = 13
"""For jobs to end or be given back, and for databases to be closed."""
_THROUGH_OUR_PIPELINE: Final = {
    # replaces Granian's own handlers, which write to standard output past the redaction
    "loggers": {_LOGGER: {"level": "WARNING", "handlers": [], "propagate": True}},
}


class _Server(MPServer):
    """Serves on a socket of ours, as that has the time limit for answers nobody reads."""

    def __init__(self, listener: socket.socket, notice_s: float, **options: Any) -> None:
        super().__init__("", **options)
        self._listener = listener
        self._notice_s = notice_s

    def _init_shared_socket(self) -> None:
        if sys.platform != "linux":
            self._listener.close()
            super()._init_shared_socket()
            return
        self._listener.listen(self.backlog)
        self._listener.setblocking(False)
        self._listener.set_inheritable(True)
        # there is no public way to hand a socket over
        self._ssp, self._sso = None, self._listener
        self._shd = SocketHolder(self._listener.fileno(), False, self.backlog)  # type: ignore[assignment,call-arg]

    def _stop_workers(self) -> None:
        if self._notice_s and self.interrupt_signal and sys.platform != "win32":
            for worker in self.wrks:
                if worker.is_alive():  # type: ignore[no-untyped-call]
                    os.kill(worker.inner.pid, signal.SIGUSR1)
            time.sleep(self._notice_s)
        super()._stop_workers()  # type: ignore[no-untyped-call]


def serve_with_granian(load_app: Callable[[], Any], listener: socket.socket, limits: Limits) -> None:
    """Serves until SIGINT or SIGTERM what `load_app` makes in a process of its own, which is killed when it lingers."""
    host, port = listener.getsockname()[:2]
    server = _Server(
        listener,
        limits.notice_s,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=limits.backlog,
        backpressure=limits.connections,
        http1_settings=HTTP1Settings(header_read_timeout=round(limits.head_s * 1000), max_buffer_size=_BUFFER_BYTES),
        workers_kill_timeout=round(limits.grace_s + limits.cut_s + _CLOSING_S),
        log_level=LogLevels.warning,
        log_dictconfig=_THROUGH_OUR_PIPELINE,
    )
    server.serve(
        target_loader=partial(_giving_notice_when_told, load_app) if limits.notice_s else load_app, wrap_loader=False
    )


def _giving_notice_when_told(load_app: Callable[[], Any]) -> Any:
    """In the process that serves."""
    app = load_app()
    if sys.platform != "win32":
        signal.signal(signal.SIGUSR1, lambda _number, _frame: app.notice.give())
    return app
