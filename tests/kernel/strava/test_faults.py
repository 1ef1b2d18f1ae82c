from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.strava.faults import FaultError, FaultKind, parse_fault


def body(message: str, *errors: tuple[str, str, str]) -> bytes:
    entries = [{"resource": resource, "field": field, "code": code} for resource, field, code in errors]
    return json.dumps({"message": message, "errors": entries}).encode()


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (400, body("Bad Request", ("RefreshToken", "refresh_token", "invalid")), FaultKind.BAD_REFRESH_TOKEN),
        (400, body("Bad Request", ("AuthorizationCode", "code", "invalid")), FaultKind.BAD_CODE),
        (400, body("Bad Request", ("RequestToken", "code", "invalid")), FaultKind.BAD_CODE),
        (400, body("Bad Request", ("Application", "client_id", "invalid")), FaultKind.APP_MISCONFIGURED),
        (401, body("Authorization Error", ("Application", "", "invalid")), FaultKind.APP_MISCONFIGURED),
        (401, body("Authorization Error", ("Athlete", "access_token", "invalid")), FaultKind.BAD_ACCESS_TOKEN),
        (
            401,
            body("Authorization Error", ("AccessToken", "activity:read_permission", "missing")),
            FaultKind.SCOPE_MISSING,
        ),
        (401, body("Authorization Error", ("AccessToken", "write_permission", "missing")), FaultKind.SCOPE_MISSING),
        (401, body("Authorization Error"), FaultKind.BAD_ACCESS_TOKEN),
        (403, body("Forbidden", ("Application", "Status", "Inactive")), FaultKind.APP_INACTIVE),
        (403, body("Forbidden", ("Application", "athletes", "limit exceeded")), FaultKind.CAPACITY_FULL),
        (403, body("Forbidden", ("Application", "athlete limit", "exceeded")), FaultKind.CAPACITY_FULL),
        (403, b"<h1>Error 403: Limit of connected athletes exceeded</h1>", FaultKind.CAPACITY_FULL),
        (403, body("Forbidden"), FaultKind.OTHER),
        (404, body("Resource Not Found", ("Activity", "", "not found")), FaultKind.NOT_FOUND),
        (404, body("Record Not Found"), FaultKind.NOT_FOUND),
        (404, b"", FaultKind.NOT_FOUND),
        (429, body("Rate Limit Exceeded", ("Application", "rate limit", "exceeded")), FaultKind.RATE_LIMITED),
        (429, b"", FaultKind.RATE_LIMITED),
        (400, body("Bad Request", ("Application", "after", "future")), FaultKind.OTHER),
        (402, body("Payment Required"), FaultKind.OTHER),
        (500, b"<html>", FaultKind.TRANSIENT),
        (503, body("x", ("RefreshToken", "refresh_token", "invalid")), FaultKind.TRANSIENT),
        (400, b"<html>bad gateway of some proxy</html>", FaultKind.TRANSIENT),
    ],
)
def test_each_fault_of_the_reference_is_recognised(status: int, content: bytes, kind: FaultKind):
    assert parse_fault(status, content).kind is kind


@pytest.mark.parametrize("errors", [{"resource": "RefreshToken", "field": "f", "code": "invalid"}, None, "nope", [], 3])
def test_errors_may_be_an_object_a_string_or_missing(errors: Any):
    fault = parse_fault(400, json.dumps({"message": "m", "errors": errors}).encode())
    assert fault.message == "m"
    assert (fault.kind is FaultKind.BAD_REFRESH_TOKEN) == isinstance(errors, dict)


def test_what_was_wrong_can_be_read():
    fault = parse_fault(404, body("Resource Not Found", ("Activity", "id", "invalid")))
    assert (fault.status, fault.message, fault.errors) == (
        404,
        "Resource Not Found",
        (FaultError("Activity", "id", "invalid"),),
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["message", "errors", "resource", "code"]), inner),
)


@given(st.integers(300, 599), st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_answer_makes_the_parser_fail_or_ends_a_connection_by_accident(status: int, content: bytes):
    fault = parse_fault(status, content)
    assert fault.status == status
    if b"RefreshToken" not in content:
        assert fault.kind is not FaultKind.BAD_REFRESH_TOKEN


def test_deep_nesting_is_survived():
    assert parse_fault(400, b"[" * 100_000).kind is FaultKind.TRANSIENT
