"""How a pact is written by a consumer test and how a provider is held to it.

A consumer test adds one interaction, lets the real client talk to Pact's server and checks what the client made of it. When every
test of a module has passed, and only then, the module's file in `pacts/` is replaced.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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

    def publish(self) -> None:
        """Replace the committed pact by what this run wrote, in a stable order."""
        text = json.loads((self.folder / self.name).read_text(encoding="utf-8"))
        text["interactions"].sort(key=lambda interaction: interaction["description"])
        PACTS.mkdir(exist_ok=True)
        (PACTS / self.name).write_text(json.dumps(text, indent=2, ensure_ascii=False, sort_keys=True) + "\n")


def verify_provider(provider: str, url: str, states: Mapping[str, Callable[..., None]], pact_file: Path) -> None:
    """Hold a running provider to a pact file; a state that cannot be set up fails at once, with its reason.

    A state handler that raises would make the verifier retry for minutes, so errors are collected instead.
    """
    errors: list[str] = []

    def guarded(name: str, set_up: Callable[..., None]) -> Callable[..., None]:
        def handler(parameters: Mapping[str, Any] | None = None) -> None:
            try:
                set_up(**(parameters or {}))
            except Exception as error:  # noqa: BLE001 - collected and asserted below
                errors.append(f"{name}: {error!r}")

        return handler

    handlers = {name: guarded(name, set_up) for name, set_up in states.items()}
    verifier = Verifier(provider, host="127.0.0.1").add_source(pact_file).add_transport(url=url)
    verifier = verifier.state_handler(handlers, teardown=False).set_error_on_empty_pact()
    verifier = verifier.set_coloured_output(enabled=False)
    try:
        verifier.verify()
    except RuntimeError as error:
        message = f"{error}\n{verifier.output(strip_ansi=True)}"
        raise AssertionError(message) from None
    assert not errors, errors


def pact_under_test(consumer: str, provider: str) -> Path:
    """The committed pact, or another version named by AYDA_PACT_FILE (see tools/can_i_deploy.py)."""
    named = os.environ.get("AYDA_PACT_FILE")
    return Path(named) if named else PACTS / f"{consumer}-{provider}.json"
