"""Requests from outside, over connections that stay open."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

AT_ONCE = 4


@dataclass(frozen=True)
class Call:
    """One request; `body` becomes JSON."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any = None

    def on(self, connection: http.client.HTTPConnection) -> None:
        """Sends it and reads the answer. Raises RuntimeError unless that is a success."""
        content = None if self.body is None else json.dumps(self.body)
        headers = self.headers if content is None else {"Content-Type": "application/json", **self.headers}
        connection.request(self.method, self.path, body=content, headers=dict(headers))
        answer = connection.getresponse()
        told = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{self.method} {self.path} answered {answer.status}: {told[:300]!r}")


def many(url: str, call: Callable[[int], Call], numbers: range) -> None:
    """One request for each number, some at a time."""

    def over_one(first: int) -> None:
        with _connection(url) as connection:
            for number in numbers[first::AT_ONCE]:
                call(number).on(connection)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(over_one, range(AT_ONCE)))


def _connection(url: str) -> closing[http.client.HTTPConnection]:
    where = urlsplit(url)
    return closing(http.client.HTTPConnection(where.hostname or "", where.port, timeout=60))
