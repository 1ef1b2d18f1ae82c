"""What no server lets through: requests that two readers could understand differently."""

from __future__ import annotations

import json
from typing import Any

import pytest

from servicekit.web.framing import Framing
from servicekit.web.limits import Limits

HOST = (b"host", b"ayda.example")
LENGTH = (b"content-length", b"2")
CHUNKS = (b"transfer-encoding", b"chunked")


async def answer(*fields: tuple[bytes, bytes], version: str = "1.1", target: bytes = b"/") -> tuple[int, Any, Any]:
    """Status, headers and code."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"code": null}'})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "http_version": version, "headers": list(fields), "raw_path": target, "query_string": b"",
    }  # fmt: skip
    await Framing(app, Limits())(scope, None, send)  # type: ignore[arg-type]
    return sent[0]["status"], dict(sent[0]["headers"]), json.loads(sent[1]["body"])["code"]


@pytest.mark.parametrize(
    "fields",
    [
        [HOST, LENGTH, CHUNKS],
        [HOST, CHUNKS, LENGTH],
        [HOST, LENGTH, LENGTH],
        [HOST, CHUNKS, CHUNKS],
        [HOST, (b"Content-Length", b"2"), LENGTH],
        [HOST, (b"transfer-encoding", b"gzip, chunked")],
        [HOST, (b"transfer-encoding", b"identity")],
        [HOST, HOST],
        [HOST, (b"host", b"other.example")],
    ],
)
async def test_a_request_with_two_meanings_is_refused_and_its_connection_ends(fields: list[tuple[bytes, bytes]]):
    status, headers, code = await answer(*fields)
    assert (status, code, headers[b"connection"]) == (400, "ambiguous_request", b"close")


@pytest.mark.parametrize("version", ["0.9", "2", "1.2"])
async def test_only_the_versions_we_speak_are_answered(version: str):
    assert (await answer(HOST, version=version))[0] == 400


async def test_chunks_are_of_http_1_1_alone():
    assert (await answer(HOST, CHUNKS, version="1.0"))[0] == 400
    assert (await answer(HOST, LENGTH, version="1.0"))[0] == 200


@pytest.mark.parametrize(
    "fields", [[], [HOST], [HOST, LENGTH], [HOST, CHUNKS], [HOST, (b"transfer-encoding", b" Chunked ")]]
)
async def test_what_has_one_meaning_is_answered(fields: list[tuple[bytes, bytes]]):
    assert (await answer(*fields))[0] == 200


async def test_headers_are_bounded_in_number_and_size():
    many = [(b"x-%d" % number, b"") for number in range(Limits().head_fields)]
    assert (await answer(*many))[0] == 200
    status, headers, code = await answer(*many, HOST)
    assert (status, code, headers[b"connection"]) == (431, "headers_too_large", b"close")
    assert (await answer((b"x", b"y" * 16_370)))[0] == 200
    assert (await answer((b"x", b"y" * 16_385)))[0] == 431
    assert (await answer(target=b"/" * 16_385))[0] == 431
