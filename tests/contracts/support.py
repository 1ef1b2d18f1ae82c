"""How a pact is written by a consumer test and how a provider is held to it.

A consumer test adds one exchange, lets the real service talk to Pact's server and checks what the service made of it.
When every test of a consumer has passed, and only then, its file in `pacts/` is replaced.
"""

from __future__ import annotations

import gc
import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from pact import Pact, Verifier, match

ROOT = Path(__file__).parents[2]
PACTS = ROOT / "pacts"
KEY = "contract-key-not-a-secret-000000000000"
WRONG_KEY = "another-key-not-a-secret-0000000000000"
REQUEST_ID = "contract-0001"


INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"


def problem(status: int, code: str, *fields: str) -> dict[str, Any]:
    """An error as a consumer relies on it: status, code and the refused fields are the contract, the words are not."""
    named = [{"field": field, "message": match.str("Why it was refused.")} for field in fields]
    return {
        "status": status,
        "code": code,
        "type": "about:blank",
        "title": match.str("Problem"),
        "detail": match.str("What happened, in a sentence."),
        "request_id": REQUEST_ID,
        "errors": named,
    }


LINES_TYPE = "application/x-ndjson"


@dataclass(frozen=True)
class Lines:
    """An answer line by line: an example, and what every such answer matches, as Oniguruma reads it."""

    example: list[dict[str, Any]]
    pattern: str

    @property
    def text(self) -> str:
        return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in self.example)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as a pact has them. `wait_s` is the Retry-After of a 503."""

    description: str
    request: tuple[str, str]
    status: int
    answer: Any
    state: str | None = None
    body: Any = None
    text: str | bytes | None = None
    text_type: str = "application/gpx+xml"
    query: Mapping[str, str] = field(default_factory=dict)
    key: str | None = KEY
    headers: Mapping[str, Any] = field(default_factory=dict)
    wait_s: int = 30
    spent: bool = False
    """The caller's time is over when the request arrives."""
    any_success: bool = False
    """The consumer takes any 2xx for what it is."""

    @property
    def caller(self) -> dict[str, str]:
        """What opens the consumer that sends this, where that is not its usual key."""
        return {"key": self.key} if self.key == WRONG_KEY else {}

    def describe(self, pact: Pact) -> None:
        interaction = pact.upon_receiving(self.description)
        if self.state is not None:
            interaction = interaction.given(self.state)
        interaction = interaction.with_request(*self.request).with_header("X-Request-ID", REQUEST_ID)
        interaction = interaction.with_header(
            "X-Deadline-Ms", match.regex("0" if self.spent else "9000", regex=r"^\d{1,9}$")
        )
        if self.key is not None:
            interaction = interaction.with_header("X-API-Key", self.key)
        for name, value in self.headers.items():
            interaction = interaction.with_header(name, value)
        for name, value in self.query.items():
            interaction = interaction.with_query_parameter(name, value)
        if self.body is not None:
            interaction = interaction.with_body(self.body, content_type="application/json")
        if self.text is not None:
            content = self.text.encode() if isinstance(self.text, str) else self.text
            interaction = interaction.with_binary_body(content, content_type=self.text_type)
        kind = "application/json" if self.status < 400 else "application/problem+json"
        interaction = interaction.will_respond_with(self.status).with_header("X-Request-ID", REQUEST_ID)
        if self.status == 503:
            interaction = interaction.with_header("Retry-After", match.regex(str(self.wait_s), regex=r"^[1-9]\d*$"))
        if isinstance(self.answer, Lines):
            matchers = {"combine": "AND", "matchers": [{"match": "regex", "regex": self.answer.pattern}]}
            interaction = interaction.with_body(self.answer.text, content_type=LINES_TYPE)
            interaction.with_matching_rules({"body": {"$": matchers}}, "Response")
        else:
            interaction.with_body(self.answer, content_type=kind)


class Tomorrow(httpx.AsyncBaseTransport):
    """The network, where every success tells something that nobody knows yet; it counts what it is asked."""

    def __init__(self) -> None:
        self._network = httpx.AsyncHTTPTransport()
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        answer = await self._network.handle_async_request(request)
        content = await answer.aread()
        await answer.aclose()
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        if answer.is_success:
            lines = content.splitlines() if headers.get("content-type") == LINES_TYPE else [content]
            content = b"\n".join(json.dumps(_of_tomorrow(json.loads(line))).encode() for line in lines) + b"\n"
        return httpx.Response(answer.status_code, headers=headers, content=content, request=request)

    async def aclose(self) -> None:
        await self._network.aclose()


_MAPS = {"detail", "erased", "row", "outings", "dropped", "left_out"}
"""Objects whose members are data, not fields."""


def _of_tomorrow(content: Any) -> Any:
    if isinstance(content, list):
        return [_of_tomorrow(each) for each in content]
    if not isinstance(content, dict):
        return content
    told = {name: value if name in _MAPS else _of_tomorrow(value) for name, value in content.items()}
    return {**told, "known_to_nobody_yet": {"since": "tomorrow"}}


class Switch:
    """Two instances of a provider behind one address: one with API keys, one without."""

    def __init__(self, app: Any, app_without_keys: Any) -> None:
        self.app = app
        self._app_without_keys = app_without_keys
        self.closed = False

    def close(self) -> None:
        """From now on requests reach the instance without keys."""
        self.closed = True

    def _closing_both(self, send: Any) -> Any:
        async def forward(message: Any) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await self._app_without_keys.litestar.state.parts.database.close()
            await send(message)

        return forward

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, self._closing_both(send))
            return
        await (self._app_without_keys if self.closed else self.app)(scope, receive, send)


@dataclass
class PactWriter:
    """Collects the interactions of one consumer and provider in a folder of the test run."""

    consumer: str
    provider: str
    folder: Path
    begun: int = 0
    written: int = 0
    ran: set[str] = field(default_factory=set)
    any_success: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return f"{self.consumer}-{self.provider}.json"

    @contextmanager
    def interaction(self, exchange: Exchange) -> Iterator[str]:
        """Serve the exchange from a fresh pact; the block gets the URL, and a mismatch raises at its end."""
        self.begun += 1
        pact = Pact(self.consumer, self.provider).with_specification("V4")
        exchange.describe(pact)
        with pact.serve(addr="127.0.0.1") as server:
            yield str(server.url)
        pact.write_file(self.folder)
        self.written += 1
        if exchange.any_success:
            self.any_success.add(exchange.description)

    def publish_if_complete(self, request: pytest.FixtureRequest) -> None:
        """Replace the committed pact by what this run wrote, unless a test of the folder failed or was left out."""
        asked = request.config.args
        if request.config.option.keyword or any("::" in each or each.endswith(".py") for each in asked):
            pytest.skip("only part of the consumer's tests was asked for")
        folder = request.path.parent
        left_out = {item.nodeid for item in request.session.items if folder in item.path.parents} - self.ran
        assert not left_out, f"these ran elsewhere or not at all: {sorted(left_out)[:3]}"
        assert self.begun == self.written > 0, "some interactions were not written; see the failures above"
        self.publish()

    def publish(self) -> None:
        """Write the pact in a stable order."""
        text = json.loads((self.folder / self.name).read_text(encoding="utf-8"))
        text["interactions"].sort(key=lambda interaction: interaction["description"])
        for interaction in text["interactions"]:
            if interaction["description"] in self.any_success:
                rules = interaction["response"].setdefault("matchingRules", {})
                rules["status"] = {"": {"combine": "AND", "matchers": [{"match": "statusCode", "status": "success"}]}}
        folder = Path(os.environ.get("AYDA_PACTS_FOLDER", PACTS))
        folder.mkdir(exist_ok=True)
        (folder / self.name).write_text(json.dumps(text, indent=2, ensure_ascii=False, sort_keys=True) + "\n")


def verify_provider(provider: str, url: str, states: Mapping[str, Callable[..., None]], pact_file: Path) -> None:
    """Hold a running provider to a pact file. Raises AssertionError with what Pact has to say."""
    with warnings.catch_warnings():
        # pact-python's server for provider states leaves its listening socket to the garbage collector
        warnings.simplefilter("ignore", ResourceWarning)
        failure = _failure(provider, url, states, pact_file)
        gc.collect()
    assert not failure, failure


def _failure(provider: str, url: str, states: Mapping[str, Callable[..., None]], pact_file: Path) -> str:
    """What is wrong, empty when nothing is.

    A state handler that raises would make the verifier retry for minutes, so its errors are collected instead.
    """
    unknown = states_of(pact_file) - states.keys()
    if unknown:
        return f"pact failures: nobody can set up {sorted(unknown)}"
    errors: list[str] = []
    handlers = {name: _guarded(name, set_up, errors) for name, set_up in states.items()}
    verifier = Verifier(provider, host="127.0.0.1").add_source(pact_file).add_transport(url=url)
    verifier = verifier.state_handler(handlers, teardown=False).set_error_on_empty_pact()
    verifier = verifier.set_coloured_output(enabled=False)
    try:
        verifier.verify()
    except RuntimeError:
        return f"{errors}\n{verifier.output(strip_ansi=True)}"
    return "\n".join(errors)


def states_of(pact_file: Path) -> set[str]:
    """Every provider state that the pact names. An unknown one would make the verifier retry for minutes."""
    interactions = json.loads(pact_file.read_text(encoding="utf-8"))["interactions"]
    return {state["name"] for each in interactions for state in each.get("providerStates", [])}


def _guarded(name: str, set_up: Callable[..., None], errors: list[str]) -> Callable[..., None]:
    def handler(parameters: Mapping[str, Any] | None = None) -> None:
        try:
            set_up(**(parameters or {}))
        except Exception as error:  # noqa: BLE001 - told in the failure of the test
            errors.append(f"{name}: {error!r}")

    return handler


def pact_under_test(consumer: str, provider: str) -> Path:
    """The committed pact, or another version named by AYDA_PACT_FILE (see tools/can_i_deploy.py)."""
    named = os.environ.get("AYDA_PACT_FILE")
    return Path(named) if named else PACTS / f"{consumer}-{provider}.json"
