"""How a pact is written by a consumer test and how a provider is held to it.

A consumer test adds one interaction, lets the real client talk to Pact's server and checks what the client made of it.
When every test of a module has passed, and only then, the module's file in `pacts/` is replaced.
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

import pytest
from pact import Pact, Verifier, match

ROOT = Path(__file__).parents[2]
PACTS = ROOT / "pacts"
KEY = "contract-key-not-a-secret-000000000000"
WRONG_KEY = "another-key-not-a-secret-0000000000000"
REQUEST_ID = "contract-0001"


def problem(status: int, code: str) -> dict[str, Any]:
    """An error as a consumer relies on it: the status and the code are the contract, the words are not."""
    return {
        "status": status,
        "code": code,
        "title": match.str("Problem"),
        "detail": match.str("What happened, in a sentence."),
        "request_id": match.str(REQUEST_ID),
    }


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
    written: int = field(default=0)

    @property
    def name(self) -> str:
        return f"{self.consumer}-{self.provider}.json"

    @contextmanager
    def interaction(self, describe: Callable[[Pact], Any]) -> Iterator[str]:
        """Serve what `describe` adds to a fresh pact; the block gets the URL, and a mismatch raises at its end."""
        pact = Pact(self.consumer, self.provider).with_specification("V4")
        describe(pact)
        with pact.serve(addr="127.0.0.1") as server:
            yield str(server.url)
        pact.write_file(self.folder)
        self.written += 1

    def publish_if_complete(self, request: pytest.FixtureRequest) -> None:
        """Replace the committed pact by what this run wrote, unless a test of the module failed or was left out."""
        module = [item for item in request.session.items if item.path == request.path]
        assert self.written == len(module) - 1, "some interactions were not written; see the failures above"
        if request.config.option.keyword or any("::" in argument for argument in request.config.args):
            pytest.skip("only part of the module was asked for")
        self.publish()

    def publish(self) -> None:
        """Write the pact in a stable order."""
        text = json.loads((self.folder / self.name).read_text(encoding="utf-8"))
        text["interactions"].sort(key=lambda interaction: interaction["description"])
        PACTS.mkdir(exist_ok=True)
        (PACTS / self.name).write_text(json.dumps(text, indent=2, ensure_ascii=False, sort_keys=True) + "\n")


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
