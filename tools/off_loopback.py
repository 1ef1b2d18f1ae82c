"""Run a command where nothing leads off this machine, and tell what it sent elsewhere all the same.

`python tools/off_loopback.py COMMAND...`: a network namespace of its own, in which every address leads to the loopback
interface and every packet there is watched; names do not resolve. Exit code 1 when a packet was for another address
than loopback, else the command's own. Needs Linux, `unshare` and `ip`.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable

IMPOSSIBLE = 77
"""The exit code where the system does not allow such a namespace."""
_INSIDE = "--inside"
_EVERY_PROTOCOL = 3
_V4, _V6 = b"\x08\x00", b"\x86\xdd"
_SETUP = (
    "ip link set lo up",
    "ip route add local default dev lo",
    "ip -6 route add local default dev lo",
)


def destination(frame: bytes) -> str | None:
    """Where a frame of the loopback interface goes, if that is off loopback."""
    kind, packet = frame[12:14], frame[14:]
    if kind == _V4 and len(packet) >= 20:
        address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.IPv4Address(packet[16:20])
    elif kind == _V6 and len(packet) >= 40:
        address = ipaddress.IPv6Address(packet[24:40])
    else:
        return None
    return None if address.is_loopback or address.is_multicast else str(address)


def watch(seen: Counter[str]) -> Callable[[], None]:
    """Counts frames by their foreign destination until the returned function is called."""
    line = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERY_PROTOCOL))
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024 * 1024)
    line.bind(("lo", 0))
    line.settimeout(0.2)
    over = threading.Event()

    def run() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                found = destination(line.recv(2048))
                if found is not None:
                    seen[found] += 1

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def stop() -> None:
        over.set()
        thread.join()
        line.close()

    return stop


def inside(command: list[str]) -> int:
    """The command in this namespace, which is ours alone."""
    for step in _SETUP[:2]:
        if subprocess.run(step.split(), check=False).returncode:
            return IMPOSSIBLE
    subprocess.run(_SETUP[2].split(), check=False, capture_output=True)  # a machine may have no IPv6
    seen = Counter[str]()
    stop = watch(seen)
    code = subprocess.run(command, check=False).returncode
    stop()
    print(f"off loopback: {sum(seen.values())} packets to {sorted(seen)}", file=sys.stderr)
    return 1 if seen else code


def main(command: list[str]) -> int:
    """The exit code of all of it."""
    if command[:1] == [_INSIDE]:
        return inside(command[1:])
    try:
        possible = subprocess.run(["unshare", "-rn", "ip", "link"], check=False, capture_output=True).returncode == 0
    except OSError:
        possible = False
    if not possible:
        print("this system allows no network namespace", file=sys.stderr)
        return IMPOSSIBLE
    again = [sys.executable, os.path.abspath(__file__), _INSIDE, *command]  # noqa: PTH100 - the path as it was called
    return subprocess.run(["unshare", "-rn", *again], check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
