"""deploy/nginx.conf: what gets through to ayda, what does not, and in which words."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.stack.plan import ROOT
from tests.system.processes import HOST, free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CONF = ROOT / "deploy" / "nginx.conf"
NAME = "ayda.example.org"
OF_AN_ADDRESS = 5
"""Here: a hundred would have to come before the first one has been silent for too long."""

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed: its configuration is read by nobody"),
]


@dataclass
class Seen:
    """The requests that came through."""

    requests: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)


@dataclass(frozen=True)
class Edge:
    """nginx in front of an ayda that writes down what it is asked."""

    plain: int
    tls: int
    seen: Seen

    def connected(self) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection((HOST, self.tls), 10), server_hostname=NAME)

    def says(self, request: bytes) -> bytes:
        """All that is answered to these bytes."""
        with self.connected() as connection:
            connection.sendall(request)
            return _all_of(connection)

    def status(self, path: str, *more: str) -> int:
        head = "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {NAME}", "Connection: close", *more])
        return int(self.says(f"{head}\r\n\r\n".encode()).split()[1])


def _all_of(connection: socket.socket) -> bytes:
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    folder, seen = tmp_path_factory.mktemp("nginx"), Seen()
    with ExitStack() as stack:
        ayda = ThreadingHTTPServer((HOST, 0), _writing_down(seen))
        stack.callback(ayda.server_close)
        threading.Thread(target=ayda.serve_forever, daemon=True).start()
        stack.callback(ayda.shutdown)
        yield Edge(*stack.enter_context(nginx_before(ayda.server_port, folder)), seen)


@contextmanager
def nginx_before(ayda: int, folder: Path) -> Iterator[tuple[int, int]]:
    """nginx with the file as it stands before an ayda at this port: its own ports, without TLS and with it."""
    plain, tls = free_port(), free_port()
    _certificate(folder)
    conf = folder / "nginx.conf"
    conf.write_text(_around(_here(folder, plain, tls, ayda), folder))
    subprocess.run([str(NGINX), "-t", "-c", str(conf), "-e", str(folder / "error.log")], check=True, timeout=240)
    process = subprocess.Popen([str(NGINX), "-c", str(conf), "-e", str(folder / "error.log")])
    try:
        for port in (plain, tls):
            _until_somebody_listens(port)
        yield plain, tls
    finally:
        process.terminate()
        process.wait(30)


def _here(folder: Path, plain: int, tls: int, ayda: int) -> str:
    """The file as it stands, with ports and certificates of this machine."""
    text = CONF.read_text(encoding="utf-8")
    for there, here in (
        ("listen [::]:80;", ""),
        ("listen [::]:443 ssl http2;", ""),
        ("listen 80;", f"listen {HOST}:{plain};"),
        ("listen 443 ", f"listen {HOST}:{tls} "),
        ("127.0.0.1:8001", f"{HOST}:{ayda}"),
        ("/var/log/nginx", str(folder)),
        ("limit_conn ayda_visitors 100;", f"limit_conn ayda_visitors {OF_AN_ADDRESS};"),
        (f"/etc/letsencrypt/live/{NAME}", str(folder)),
    ):
        assert there in text, there
        text = text.replace(there, here)
    return text


def _around(text: str, folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    events = f"daemon off; worker_processes 1; pid {folder}/pid; events {{ worker_connections 512; }}"
    return f"{events}\nhttp {{ access_log off; {temporary}\n{text}\n}}"


def _certificate(folder: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    today = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    made = builder.sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(made.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(private)


def _writing_down(seen: Seen) -> type[BaseHTTPRequestHandler]:
    class Ayda(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): self.headers.get_all(name) or [] for name in self.headers}
            seen.requests.append((self.path, headers))
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"OK")

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: Any) -> None:
            """Nothing: tests say what matters."""

    return Ayda


def _until_somebody_listens(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("nginx does not listen")


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/app", "/static/page.0123.js", "/api/v1/strava/callback?code=x", "/api/v1/guest/predictions"),
        *("/api/v1/guest/profiles", "/webhooks/strava", "/webhooks/strava/0123", "/telegram/webhook"),
    ],
)
def test_what_the_public_may_ask_gets_through_as_it_is(edge: Edge, path: str):
    assert edge.status(path) == 200
    assert edge.seen.requests[-1][0] == path


@pytest.mark.parametrize(
    "path",
    [
        *("/metrics", "/ops", "/ops/jobs", "/schema", "/schema/openapi.json", "/health/ready", "/health/live"),
        *("/api/internal/strava/token", "/api/v1/../internal/strava/token", "/api/v1/%2e%2e/internal/strava/token"),
        *("//metrics", "/static/../metrics", "/Metrics", "/metrics/", "/application", "/telegram/webhook/x"),
        *("/api", "/webhooks", "/anything"),
    ],
)
def test_what_is_for_the_inside_stays_inside(edge: Edge, path: str):
    before = len(edge.seen.requests)
    assert edge.status(path) == 404
    assert len(edge.seen.requests) == before


def test_a_visitor_is_who_they_are_and_not_who_they_say(edge: Edge):
    assert edge.status("/app", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: http") == 200
    headers = edge.seen.requests[-1][1]
    assert headers["x-forwarded-for"] == [HOST]
    assert headers["x-forwarded-proto"] == ["https"]


def test_a_request_that_can_be_read_in_two_ways_comes_through_in_one_or_not_at_all(edge: Edge):
    """What Granian reads leniently (docs/operate.md) never reaches it."""
    hidden = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    before = len(edge.seen.requests)
    for lengths in (
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ):
        said = edge.says(b"POST /api/v1/guest/predictions HTTP/1.1\r\nHost: x\r\n" + lengths + hidden)
        assert said.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 "))
    bare = b"GET /app HTTP/1.1\nHost: x\nConnection: close\n\n"
    assert edge.says(bare).startswith(b"HTTP/1.1 200 ")
    came = edge.seen.requests[before:]
    assert [path for path, _ in came] == ["/app"], "written anew, with line ends as they should be"


def test_too_large_a_body_is_refused_before_it_is_read(edge: Edge):
    before = len(edge.seen.requests)
    head = f"POST /api/v1/activities HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\nContent-Length: 99999999\r\n\r\n"
    assert edge.says(head.encode()).startswith(b"HTTP/1.1 413 ")
    assert len(edge.seen.requests) == before


def test_without_tls_there_is_only_the_way_to_it(edge: Edge):
    with socket.create_connection((HOST, edge.plain), 10) as connection:
        connection.sendall(f"GET /app?x=1 HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
        said = _all_of(connection)
    assert said.startswith(b"HTTP/1.1 301 ")
    assert f"Location: https://{NAME}/app?x=1".encode() in said


def test_one_address_holds_no_more_connections_than_it_may(edge: Edge):
    with ExitStack() as stack:
        for _ in range(OF_AN_ADDRESS):
            connection = stack.enter_context(edge.connected())
            connection.sendall(b"POST /api/v1/guest/predictions HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
        deadline = time.monotonic() + 10
        while (status := edge.status("/app")) != 503 and time.monotonic() < deadline:
            time.sleep(0.05)
    assert status == 503
