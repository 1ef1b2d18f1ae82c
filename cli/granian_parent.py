"""Granian's parent: it starts the process that serves, watches over it, and holds nothing that only that one needs.

`ayda serve --server granian` puts it in its own place once everything has been checked; nobody calls it by hand.
"""

from __future__ import annotations

import os
import socket
import sys
from functools import partial
from typing import Any, get_args

from cli import stopping
from servicekit.base.logs import LogFormat, configure_logs
from servicekit.web.granian_server import serve_with_granian
from servicekit.web.limits import Limits


def become(service: str, listener: socket.socket, limits: Limits, log_level: str, log_format: LogFormat) -> None:
    """This process's last act: what it has imported to check the settings would stay for as long as it watches."""
    told = (service, str(listener.fileno()), str(limits.connections), str(limits.notice_s), log_level, log_format)
    if os.name == "nt":  # there whoever waits for this process would be told that it has ended
        main(*told)
        return
    listener.set_inheritable(True)
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "cli.granian_parent", *told])  # noqa: S606 - no shell is wanted


def main(*told: str) -> None:
    """Serves on a socket that is open already, until SIGINT or SIGTERM; it is told what `become` was."""
    service, descriptor, connections, notice_s, log_level, log_format = told
    (known,) = (each for each in get_args(LogFormat) if each == log_format)
    configure_logs(log_level, known)
    with socket.socket(fileno=int(descriptor)) as listener:
        limits = Limits(connections=int(connections), notice_s=float(notice_s))
        serve_with_granian(partial(_load_app, service), listener, limits)
    stopping.say()


def _load_app(service: str) -> Any:
    from cli.services import configured_app  # noqa: PLC0415 - in the process that serves, and only there

    return configured_app(service)


if __name__ == "__main__":
    main(*sys.argv[1:])
