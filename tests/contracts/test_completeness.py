"""What the services may say to each other stands in a pact: every field, every word, every null, every refusal.

The message types tell what may be said; each part of them must occur in an interaction or in EXCUSED with its reason.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from kernel.contracts.accuracy import Accuracy, NewsTaken, OutingCompared, OutingLink
from kernel.contracts.activity import (
    ImportState,
    KnownOuting,
    KnownOutings,
    OutingChoice,
    OwnPaths,
    OwnPathsChoice,
    StoredActivity,
)
from kernel.contracts.alarm import Alarms
from kernel.contracts.connection import (
    ErasureReceipt,
    EventBatch,
    EventsTaken,
    ExportPage,
    StravaConnected,
    StravaDisconnected,
    StravaToken,
    SyncTriggered,
)
from kernel.contracts.distribution import Distributions, DistributionsRequest
from kernel.contracts.guest import ReadingLine
from kernel.contracts.prediction import Prediction, PredictRequest
from kernel.contracts.problem import Problem
from kernel.contracts.profile import Profile, ProfileBatch, ProfilesRequest
from kernel.contracts.route import RaceCourse, RaceList, Route, RouteTrack
from kernel.contracts.sync import SyncState
from tests.contracts.facts import Fact, shown, wanted
from tests.contracts.support import LINES_TYPE, PACTS

CALLS: Mapping[tuple[str, str], tuple[type | None, type]] = {
    ("POST", "/api/v1/internal/strava/connected"): (StravaConnected, SyncTriggered),
    ("POST", "/api/v1/internal/strava/disconnected"): (StravaDisconnected, ErasureReceipt),
    ("POST", "/api/v1/internal/strava/events/batch"): (EventBatch, EventsTaken),
    ("GET", "/api/v1/internal/athletes/*/accuracy"): (None, Accuracy),
    ("PUT", "/api/v1/internal/athletes/*/forecasts/*/outing"): (OutingLink, Accuracy),
    ("GET", "/api/v1/internal/athletes/*/outings"): (None, KnownOutings),
    ("PUT", "/api/v1/internal/athletes/*/outings/*"): (OutingChoice, KnownOuting),
    ("GET", "/api/v1/internal/athletes/*/own-paths"): (None, OwnPaths),
    ("PUT", "/api/v1/internal/athletes/*/own-paths"): (OwnPathsChoice, OwnPaths),
    ("POST", "/api/internal/outings/compared"): (OutingCompared, NewsTaken),
    ("POST", "/api/v1/internal/predict"): (PredictRequest, Prediction),
    ("POST", "/api/v1/internal/guest-profiles"): (None, ReadingLine),
    ("GET", "/api/v1/internal/profile"): (None, Profile),
    ("POST", "/api/v1/internal/profiles/batch"): (ProfilesRequest, ProfileBatch),
    ("POST", "/api/v1/internal/distributions"): (DistributionsRequest, Distributions),
    ("POST", "/api/v1/internal/routes"): (None, Route),
    ("GET", "/api/v1/internal/routes/*"): (None, Route),
    ("GET", "/api/v1/internal/routes/*/track"): (None, RouteTrack),
    ("POST", "/api/v1/internal/activities"): (None, StoredActivity),
    ("POST", "/api/v1/internal/imports"): (None, ImportState),
    ("GET", "/api/v1/internal/imports/*"): (None, ImportState),
    ("GET", "/api/v1/races/*/distances/*"): (None, RaceCourse),
    ("DELETE", "/api/v1/internal/athletes/*"): (None, ErasureReceipt),
    ("GET", "/api/v1/internal/athletes/*/export/page"): (None, ExportPage),
    ("GET", "/api/v1/races"): (None, RaceList),
    ("GET", "/strava/sync/status"): (None, SyncState),
    ("GET", "/api/v1/internal/alarms"): (None, Alarms),
    ("GET", "/api/internal/strava/token"): (None, StravaToken),
}
"""What each call carries there and back."""
OPEN = {("GET", "/api/v1/races"), ("GET", "/api/v1/races/*/distances/*")}
"""Calls without a key."""
DEFAULT = "a request leaves out what is its default; leaving it out is in every prediction"
EXCUSED: Mapping[Fact, str] = {
    ("PredictRequest.effort", "moderate"): DEFAULT,
    ("PredictRequest.mode", "trail_run"): DEFAULT,
    **{(f"ReadingLine.{name}", "null"): "a line leaves out what it has not" for name in ("profile", "problem")},
    **{(f"EventResult.{name}", "null"): "an answer leaves out what it has not" for name in ("code", "detail")},
    ("Prediction.course", "null"): "only answers kept from before courses were told lack it",
    ("StoredActivity.provenance", "manual"): "nothing makes one, and nothing that is sent can be its duplicate",
    **{
        ("Problem.retry_at", which): "ayda asks for no sync, and no other problem says it"
        for which in ("is there", "null")
    },
    ("StravaToken.client_id", "null"): "an ayda of before does not say it; test_quota_apps.py has its tokens counted",
    ("Route.time_zone", "null"): "only routes stored before it was kept lack it",
}
STATUSES_EXCUSED: Mapping[int, str] = {
    413: "its body would be 50 MB in the pact; test_relations.py sends one",
    400: "a body that is no JSON cannot leave a client that encodes structs",
    429: "the predictor limits nobody; ayda's limits are for members",
}


def _interactions() -> list[dict[str, Any]]:
    return [each for file in sorted(PACTS.glob("*.json")) for each in json.loads(file.read_text())["interactions"]]


def _call(interaction: Mapping[str, Any]) -> tuple[str, str]:
    """Method and path with whose or which thing it is left open."""
    method, path = interaction["request"]["method"], interaction["request"]["path"]
    parts = path.split("/")
    for noun in ("routes", "athletes", "races", "distances", "imports", "forecasts"):
        if noun in parts[:-1]:
            parts[parts.index(noun) + 1] = "*"
    if "athletes" in parts and "outings" in parts[:-1]:
        parts[parts.index("outings") + 1] = "*"
    return method, "/".join(parts)


def _content(side: Mapping[str, Any]) -> Any:
    return side.get("body", {}).get("content")


def _contents(answer: Mapping[str, Any]) -> list[Any]:
    """What an answer says: one document, or one on each line."""
    if answer.get("body", {}).get("contentType") != LINES_TYPE:
        return [_content(answer)]
    return [json.loads(line) for line in base64.b64decode(_content(answer)).splitlines()]


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
        kind = Problem if each["response"]["status"] >= 400 else answer_kind
        if request_kind is not None:
            facts |= shown(_content(each["request"]), request_kind)
        if kind is not dict:
            facts |= set().union(*(shown(answer, kind) for answer in _contents(each["response"])))
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
    success = LINES_TYPE if CALLS[_call(interaction)][1] is ReadingLine else "application/json"
    assert answered["content-type"] == [
        "application/problem+json" if interaction["response"]["status"] >= 400 else success
    ]


def test_examples_decode_as_the_consumer_decodes_them():
    for each in INTERACTIONS:
        status = each["response"]["status"]
        kind = Problem if status >= 400 else CALLS[_call(each)][1]
        for answer in _contents(each["response"]):
            msgspec.convert(answer, type=dict[str, Any] if kind is dict else kind)
