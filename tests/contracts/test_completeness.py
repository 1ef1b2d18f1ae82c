"""What the services may say to each other stands in a pact: every field, every word, every null, every refusal.

The message types tell what may be said; each part of them must occur in an interaction or in EXCUSED with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from kernel.contracts.connection import (
    ErasureReceipt,
    EventTaken,
    StravaConnected,
    StravaDisconnected,
    StravaEvent,
    StravaToken,
    SyncTriggered,
)
from kernel.contracts.prediction import Prediction, PredictRequest
from kernel.contracts.problem import Problem
from kernel.contracts.profile import Profile, ProfileBatch, ProfilesRequest
from kernel.contracts.route import RaceList, Route
from tests.contracts.facts import Fact, shown, wanted
from tests.contracts.support import PACTS

CALLS: Mapping[tuple[str, str], tuple[type | None, type]] = {
    ("POST", "/api/v1/internal/strava/connected"): (StravaConnected, SyncTriggered),
    ("POST", "/api/v1/internal/strava/disconnected"): (StravaDisconnected, ErasureReceipt),
    ("POST", "/api/v1/internal/strava/events"): (StravaEvent, EventTaken),
    ("POST", "/api/v1/internal/predict"): (PredictRequest, Prediction),
    ("GET", "/api/v1/internal/profile"): (None, Profile),
    ("POST", "/api/v1/internal/profiles/batch"): (ProfilesRequest, ProfileBatch),
    ("POST", "/api/v1/internal/routes"): (None, Route),
    ("GET", "/api/v1/internal/routes/*"): (None, Route),
    ("DELETE", "/api/v1/internal/athletes/*"): (None, ErasureReceipt),
    ("GET", "/api/v1/internal/athletes/*/export"): (None, dict),
    ("GET", "/api/v1/races"): (None, RaceList),
    ("GET", "/api/internal/strava/token"): (None, StravaToken),
}
"""What each call carries there and back."""
OPEN = {("GET", "/api/v1/races")}
"""Calls without a key."""
DEFAULT = "a request leaves out what is its default; leaving it out is in every prediction"
EXCUSED: Mapping[Fact, str] = {
    ("PredictRequest.effort", "moderate"): DEFAULT,
    ("PredictRequest.mode", "trail_run"): DEFAULT,
}
STATUSES_EXCUSED: Mapping[int, str] = {
    413: "its body would be 25 MB in the pact; test_relations.py sends one",
    400: "a body that is no JSON cannot leave a client that encodes structs",
    429: "the predictor limits nobody; ayda's limits are for members",
}


def _interactions() -> list[dict[str, Any]]:
    return [each for file in sorted(PACTS.glob("*.json")) for each in json.loads(file.read_text())["interactions"]]


def _call(interaction: Mapping[str, Any]) -> tuple[str, str]:
    """Method and path with whose or which thing it is left open."""
    method, path = interaction["request"]["method"], interaction["request"]["path"]
    parts = path.split("/")
    for noun in ("routes", "athletes"):
        if noun in parts[:-1]:
            parts[parts.index(noun) + 1] = "*"
    return method, "/".join(parts)


def _content(side: Mapping[str, Any]) -> Any:
    return side.get("body", {}).get("content")


INTERACTIONS = _interactions()


def _all_wanted() -> set[Fact]:
    kinds = {kind for pair in CALLS.values() for kind in pair if kind not in {None, dict}}
    requests = {pair[0] for pair in CALLS.values()}
    # what a request leaves out when it has its default is null nowhere on the wire
    silent = {fact for kind in requests if kind is not None for fact in wanted(kind) if fact[1] == "null"}
    return set().union(*(wanted(kind) for kind in kinds if kind is not None), wanted(Problem)) - silent


def _all_shown() -> set[Fact]:
    facts: set[Fact] = set()
    for each in INTERACTIONS:
        request_kind, answer_kind = CALLS[_call(each)]
        status, answer = each["response"]["status"], _content(each["response"])
        if request_kind is not None:
            facts |= shown(_content(each["request"]), request_kind)
        if status >= 400:
            facts |= shown(answer, Problem)
        elif answer_kind is not dict:
            facts |= shown(answer, answer_kind)
    return facts


def test_every_call_of_the_pacts_has_its_message_types():
    assert {_call(each) for each in INTERACTIONS} == set(CALLS)


def test_everything_the_services_may_say_is_shown_in_a_pact_or_excused():
    missing = _all_wanted() - _all_shown() - set(EXCUSED)
    assert not missing, f"in no interaction: {sorted(missing)}"


def test_nothing_is_excused_without_need():
    assert not set(EXCUSED) & _all_shown()
    assert set(EXCUSED) <= _all_wanted()


@pytest.mark.parametrize("call", sorted(set(CALLS) - OPEN), ids=" ".join)
def test_every_guarded_call_is_refused_without_a_key_without_keys_and_without_time(call: tuple[str, str]):
    answered = {each["response"]["status"] for each in INTERACTIONS if _call(each) == call}
    assert {401, 503, 504} <= answered
    assert any(status < 300 for status in answered)


def test_every_status_of_the_services_is_in_a_pact_or_excused():
    answered = {each["response"]["status"] for each in INTERACTIONS}
    assert not answered & set(STATUSES_EXCUSED)
    assert answered | set(STATUSES_EXCUSED) >= {200, 201, 202, 400, 401, 404, 409, 413, 422, 429, 503, 504}


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=lambda each: each["description"])
def test_every_interaction_carries_ids_deadlines_and_types(interaction: dict[str, Any]):
    sent, answered = (
        {name.lower(): value for name, value in interaction[side].get("headers", {}).items()}
        for side in ("request", "response")
    )
    assert {"x-request-id", "x-deadline-ms"} <= set(sent)
    assert {"x-request-id", "content-type"} <= set(answered)
    assert ("retry-after" in answered) is (interaction["response"]["status"] == 503)
    assert answered["content-type"] == [
        "application/problem+json" if interaction["response"]["status"] >= 400 else "application/json"
    ]


def test_examples_decode_as_the_consumer_decodes_them():
    for each in INTERACTIONS:
        status = each["response"]["status"]
        kind = Problem if status >= 400 else CALLS[_call(each)][1]
        msgspec.convert(_content(each["response"]), type=dict[str, Any] if kind is dict else kind)
