from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from simulators.strava import RateLimits
from simulators.strava.application.quota import Quota
from tests.simulators.strava.conformance import Strava, fault, strava_with

SMALL = RateLimits(overall_quarter=4, overall_day=10, read_quarter=2, read_day=6)
steps = st.lists(st.tuples(st.sampled_from([0.0, 1.0, 300.0, 899.0, 900.0, 40_000.0]), st.booleans()), max_size=80)


@given(steps=steps)
def test_no_window_ever_grants_more_than_its_limit(steps: list[tuple[float, bool]]) -> None:
    quota, now_s = Quota(SMALL), 1_750_000_123.0
    granted: Counter[tuple[str, int, bool]] = Counter()
    for wait, read in steps:
        now_s += wait
        if quota.take(now_s, read=read):
            for window, length in (("quarter", 900), ("day", 86_400)):
                granted[window, int(now_s // length), False] += 1
                granted[window, int(now_s // length), True] += read
    for (window, _, read), count in granted.items():
        limit = (SMALL.read_quarter if read else SMALL.overall_quarter) if window == "quarter" else None
        limit = (SMALL.read_day if read else SMALL.overall_day) if limit is None else limit
        assert count <= limit


@given(steps=steps)
def test_a_request_with_room_in_all_its_windows_is_served(steps: list[tuple[float, bool]]) -> None:
    quota, now_s = Quota(SMALL), 1_750_000_123.0
    asked: Counter[tuple[str, int, bool]] = Counter()
    for wait, read in steps:
        now_s += wait
        quarter, day = int(now_s // 900), int(now_s // 86_400)
        room = asked["q", quarter, False] < 4 and asked["d", day, False] < 10
        if read:
            room = room and asked["q", quarter, True] < 2 and asked["d", day, True] < 6
        assert quota.take(now_s, read=read) == room
        asked.update([("q", quarter, False), ("d", day, False)])
        if read:
            asked.update([("q", quarter, True), ("d", day, True)])


async def _connected(**options: object) -> tuple[Strava, str]:
    strava = strava_with(**options)
    tokens = await strava.connect(strava.simulator.add_athlete())
    return strava, tokens["access_token"]


async def test_both_header_pairs_come_in_stravas_casing() -> None:
    strava, token = await _connected(limits=SMALL)
    answer = await strava.get("/athlete", token)
    raw = {name.decode(): value.decode() for name, value in answer.headers.raw if name.lower().startswith(b"x-r")}
    assert raw == {
        "X-Ratelimit-Limit": "4,10",
        "X-Ratelimit-Usage": "1,1",
        "X-Readratelimit-Limit": "2,6",
        "X-Readratelimit-Usage": "1,1",
    }


async def test_the_request_over_the_limit_gets_429_with_usage_at_or_over_it() -> None:
    strava, token = await _connected(limits=SMALL)
    answers = [await strava.get("/athlete", token) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert fault(answers[2]) == (429, "Rate Limit Exceeded", "Application", "rate limit", "exceeded")
    assert answers[2].headers["X-ReadRateLimit-Usage"] == "3,3"
    assert "retry-after" not in answers[2].headers


async def test_the_quarter_resets_on_the_clock_not_after_fifteen_minutes() -> None:
    strava, token = await _connected(limits=SMALL)
    for _ in range(3):
        await strava.get("/athlete", token)
    strava.simulator.clock.advance(13 * 60 + 59)
    assert (await strava.get("/athlete", token)).status_code == 429
    strava.simulator.clock.advance(1)
    assert (await strava.get("/athlete", token)).status_code == 200


async def test_refused_requests_use_up_the_day() -> None:
    strava, token = await _connected(limits=SMALL)
    for _ in range(6):
        last = await strava.get("/athlete", token)
    assert last.headers["X-ReadRateLimit-Usage"] == "6,6"
    strava.simulator.clock.advance(900)
    assert (await strava.get("/athlete", token)).status_code == 429
    strava.simulator.clock.advance(13 * 3600 + 44 * 60)
    tokens = await strava.connect(strava.simulator.athletes()[0].id)
    assert (await strava.get("/athlete", tokens["access_token"])).status_code == 200


async def test_a_write_counts_overall_only_and_its_read_usage_is_a_bare_comma() -> None:
    strava, token = await _connected(limits=SMALL)
    headers = {"Authorization": f"Bearer {token}"}
    answer = await strava.http.post("/api/v3/uploads", headers=headers, data={"data_type": "gpx"})
    assert answer.headers["X-RateLimit-Usage"] == "1,1"
    assert answer.headers["X-ReadRateLimit-Usage"] == ","
    assert (await strava.get("/athlete", token)).headers["X-ReadRateLimit-Usage"] == "1,1"


async def test_some_streams_answers_lack_the_headers_but_still_count() -> None:
    strava = strava_with(headerless_streams_every=2)
    athlete = strava.simulator.add_athlete(activities=1)
    token = (await strava.connect(athlete))["access_token"]
    activity = strava.simulator.activities_of(athlete)[0].id
    answers = [await strava.get(f"/activities/{activity}/streams", token) for _ in range(3)]
    assert ["x-ratelimit-usage" in a.headers for a in answers] == [True, False, True]
    assert answers[2].headers["x-ratelimit-usage"] == "3,3"


async def test_a_request_without_a_token_of_the_application_is_not_counted() -> None:
    strava, token = await _connected()
    stranger = await strava.get("/athlete", "f" * 40)
    assert fault(stranger) == (401, "Authorization Error", "Athlete", "access_token", "invalid")
    assert (await strava.get("/athlete", token)).headers["x-ratelimit-usage"] == "1,1"
