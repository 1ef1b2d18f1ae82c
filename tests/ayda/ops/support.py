"""An operator with a browser that keeps cookies and runs nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import httpx

KEY = "the-operators-key-of-these-tests-0000"
HTML = {"Accept": "text/html"}


@dataclass
class Operator:
    """Whoever walks over the pages of one service."""

    http: httpx.AsyncClient

    async def get(self, path: str = "/ops", **options: object) -> httpx.Response:
        return await self.http.get(path, headers=HTML, **options)  # type: ignore[arg-type]

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.http.post(path, data=fields, headers=HTML)

    async def sign_in(self, key: str = KEY) -> httpx.Response:
        return await self.post("/ops/login", key=key)

    async def form(self) -> str:
        """The token of the forms of this session."""
        found = re.search(r'name="form" value="([^"]+)"', (await self.get()).text)
        assert found
        return found[1]

    async def text(self, path: str = "/ops", **query: str) -> str:
        """What a page says, without its markup."""
        answer = await self.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", answer.text))
