"""How the Bot API says no: a code, a sentence, and for floods how long to wait."""

from __future__ import annotations

from typing import Any


class BotApiError(Exception):
    """An answer with `ok: false`; raised by the truth, rendered by the web layer with the same HTTP status."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        self.code = code
        self.description = description
        self.parameters = parameters
        super().__init__(code, description)

    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return told | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(what: str) -> BotApiError:
    return BotApiError(400, f"Bad Request: {what}")


def forbidden(what: str) -> BotApiError:
    return BotApiError(403, f"Forbidden: {what}")


def conflict(what: str) -> BotApiError:
    return BotApiError(409, f"Conflict: {what}")


def unauthorized() -> BotApiError:
    return BotApiError(401, "Unauthorized")


def no_such_method() -> BotApiError:
    return BotApiError(404, "Not Found: method not found")


def too_many(retry_after_s: int) -> BotApiError:
    return BotApiError(429, f"Too Many Requests: retry after {retry_after_s}", retry_after=retry_after_s)


def blocked() -> BotApiError:
    return forbidden("bot was blocked by the user")


class PersonCannot(Exception):
    """What a person wants to do is not possible; `str()` is the sentence, shown in the page."""
