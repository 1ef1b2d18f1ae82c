"""Strava's refusals: a status, a message and at most one `{resource, field, code}`."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer other than success, in Strava's shape; raised by the simulator's truth, rendered by its web layer.

    `error` is a resource, a field and a code.
    """

    def __init__(self, status: int, message: str, *error: str) -> None:
        self.status = status
        self.message = message
        self.error = error
        super().__init__(status, message, *error)

    def body(self) -> dict[str, Any]:
        errors = [dict(zip(("resource", "field", "code"), self.error, strict=True))] if self.error else []
        return {"message": self.message, "errors": errors}


def bad_request(resource: str, field: str, code: str = "invalid") -> Refusal:
    return Refusal(400, "Bad Request", resource, field, code)


def unauthorized(resource: str, field: str, code: str = "invalid") -> Refusal:
    return Refusal(401, "Authorization Error", resource, field, code)


def not_found(resource: str, field: str = "", code: str = "not found") -> Refusal:
    return Refusal(404, "Resource Not Found", resource, field, code)


def rate_limit_exceeded() -> Refusal:
    return Refusal(429, "Rate Limit Exceeded", "Application", "rate limit", "exceeded")


def application_inactive() -> Refusal:
    return Refusal(403, "Forbidden", "Application", "Status", "Inactive")
