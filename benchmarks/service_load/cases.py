"""What is asked of which server, and how often."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchmarks.service_load.house import INTERNAL, MEMBER, House
from benchmarks.service_load.load import Call, many

ASGI: Final = "bare ASGI"
BARE: Final = "bare Litestar JSON"
TOKEN: Final = "token (warm)"  # noqa: S105 - what is asked for, and none
PROFILE: Final = "profile"
WEBHOOK: Final = "webhook"
PREDICT: Final = "predict of 20 km"
BATCH: Final = "batch of 1,000"
DISTRIBUTIONS: Final = "distributions of 1,000"
LISTED: Final = 200
LIST_PAGE: Final = f"list page of {LISTED}"


@dataclass(frozen=True)
class Case:
    """So many requests to one server in each round, after some to warm up."""

    name: str
    server: str
    requests: int
    call: Callable[[int], Call]
    warm: int = 32
    at_once: int = 16


def cases(house: House, rounds: int) -> list[Case]:
    """Everything that is measured; a call's number is never used twice where an answer is remembered."""
    key, member = house.key, str(MEMBER)
    profile = Call("GET", f"{INTERNAL}/profile?telegram_id={member}", key)
    token = Call("GET", f"/api/internal/strava/token?telegram_id={member}", key)
    predict = Call("POST", f"{INTERNAL}/predict", key, {"telegram_id": member, "gpx_file_id": house.route_id})
    hello, guarded = Call("GET", "/", {}), Call("GET", "/guarded/", key)
    return [
        Case(ASGI, "asgi", 1000, lambda _: hello, warm=200),
        Case(BARE, "bare", 1000, lambda _: hello, warm=200),
        Case("empty build_app", "empty", 1000, lambda _: hello, warm=200),
        Case("API key guard", "empty", 1000, lambda _: guarded, warm=200),
        Case(PROFILE, "predictor", 480, lambda _: profile),
        Case(WEBHOOK, "ayda", 480, _events(house)),
        Case(TOKEN, "ayda", 480, lambda _: token),
        Case(PREDICT, "predictor", 160, lambda _: predict),
        *_of_many(house, rounds),
    ]


def _of_many(house: House, rounds: int) -> list[Case]:
    batch = Call("POST", f"{INTERNAL}/profiles/batch", house.key, {"telegram_ids": house.crowd})
    compared = {"telegram_ids": house.crowd, "route_id": house.route_id, "purpose": "matching"}
    distributions = Call("POST", f"{INTERNAL}/distributions", house.key, compared)
    to_list = _to_list(house, rounds)

    def connected(i: int) -> Call:
        notice = {"telegram_id": str(10**12 + i), "athlete_id": 10**12 + i}
        return Call("POST", f"{INTERNAL}/strava/connected", house.key, notice)

    def listing(i: int) -> Call:
        return Call("POST", f"/strava/sync?athlete_id={to_list[i]}&limit={LISTED}&max_pages=1", house.key)

    return [
        Case("connected", "predictor", 160, connected),
        Case(BATCH, "predictor", 8, lambda _: batch, warm=1, at_once=4),
        Case(DISTRIBUTIONS, "predictor", 8, lambda _: distributions, warm=1, at_once=4),
        Case(LIST_PAGE, "predictor", 1, listing, warm=0),
    ]


def _events(house: House) -> Callable[[int], Call]:
    def event(i: int) -> Call:
        told = {"object_type": "activity", "object_id": 10**12 + i, "aspect_type": "create", "updates": {}}
        whose = {"owner_id": house.member_strava_id, "subscription_id": house.subscription_id}
        return Call("POST", house.webhook_path, {}, {**told, **whose, "event_time": int(time.time())})

    return event


def _to_list(house: House, rounds: int) -> list[int]:
    """Strava ids of connected athletes that nobody has listed yet: one for each round, and one to warm up."""
    ids = [house.new_strava_athlete(LISTED) for _ in range(rounds + 1)]
    for i, strava_id in enumerate(ids):
        house.connect(2 * MEMBER + i, strava_id)

    def connected(i: int) -> Call:
        notice = {"telegram_id": str(2 * MEMBER + i), "athlete_id": ids[i]}
        return Call("POST", f"{INTERNAL}/strava/connected", house.key, notice)

    many(house.servers["predictor"].url, connected, range(len(ids)))
    return ids
