"""Strava's refusals: a status, a message and a list of `{resource, field, code}`."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer other than success, in Strava's shape; raised by the simulator's truth, rendered by its web layer."""

    def __init__(self, status: int, message: str, errors: list[dict[str, str]]) -> None:
        self.status = status
        self.message = message
        self.errors = errors
        super().__init__(f"{status} {message} {errors}")

    def body(self) -> dict[str, Any]:
        return {"message": self.message, "errors": self.errors}


def bad_request(resource: str, field: str, code: str = "invalid") -> Refusal:
    return Refusal(400, "Bad Request", [{"resource": resource, "field": field, "code": code}])


def unauthorized(resource: str, field: str, code: str = "invalid") -> Refusal:
    return Refusal(401, "Authorization Error", [{"resource": resource, "field": field, "code": code}])


def invalid_access_token() -> Refusal:
    return unauthorized("Athlete", "access_token")


def missing_scope(scope: str) -> Refusal:
    """The 401 that a refresh cannot cure: the athlete did not grant `scope`."""
    return unauthorized("AccessToken", f"{scope}_permission", "missing")


def not_found(resource: str, field: str = "", code: str = "not found") -> Refusal:
    return Refusal(404, "Resource Not Found", [{"resource": resource, "field": field, "code": code}])


def unknown_path() -> Refusal:
    return Refusal(404, "Record Not Found", [{"resource": "resource", "field": "path", "code": "invalid"}])


def rate_limit_exceeded() -> Refusal:
    errors = [{"resource": "Application", "field": "rate limit", "code": "exceeded"}]
    return Refusal(429, "Rate Limit Exceeded", errors)


def application_inactive() -> Refusal:
    return Refusal(403, "Forbidden", [{"resource": "Application", "field": "Status", "code": "Inactive"}])
