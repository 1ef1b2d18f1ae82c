"""Whatever a sync that somebody asks for waits for or is refused for has a code, and a time unless nobody knows one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from predictor_service.athletes.store import AthleteStore
from predictor_service.problems import PROBLEMS
from predictor_service.settings import Settings
from predictor_service.sync.endings import code_of
from predictor_service.sync.lease import LEASE, SyncLease
from predictor_service.sync.store import SyncStore
from servicekit.data.columns import uuid7
from servicekit.strava import errors
from servicekit.web.problems import rule_of
from simulators.strava.application.fault_menu import PlannedFault
from tests.predictor.support import assert_problem
from tests.predictor.sync.house import House, house

LIST: Final = "/api/v3/athlete/activities"
SETTLED_ELSEWHERE: Final = {errors.CodeRefused, errors.RefreshRefused, errors.CapacityFull}
"""These happen while connecting, to whoever holds the tokens."""
HOUR_S: Final = 3600


@pytest.fixture
async def here(sync_settings: Settings) -> AsyncIterator[House]:
    async with house(sync_settings) as made:
        yield made


def app_is_inactive(here: House) -> None:
    here.simulator.switches.inactive = True


def ayda_is_down(here: House) -> None:
    here.ayda.status = 500


def faulty(kind: str, path: str, count: int, status: int) -> Callable[[House], None]:
    def order(here: House) -> None:
        here.simulator.faults.order(PlannedFault(kind, path, count=count, status=status))

    return order


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def told(here: House, strava_id: int) -> dict[str, Any]:
    answer: dict[str, Any] = (await here.get("sync/status", athlete_id=strava_id)).json()
    return answer


@pytest.mark.parametrize(
    ("trouble", "status", "code", "least_s", "most_s"),
    [
        (ayda_is_down, 503, "tokens_unavailable", 30, 120),
        (app_is_inactive, 503, "strava_app_inactive", HOUR_S, HOUR_S),
        (faulty("html", "/api/v3/", 99, 503), 503, "strava_unavailable", 30, 120),
        (faulty("html", LIST, 4, 500), 503, "strava_unavailable", 30, 120),
        (faulty("empty", LIST, 2, 401), 503, "strava_refuses_token", 30, 120),
        (faulty("html", LIST, 9, 403), 502, "strava_refused", HOUR_S, HOUR_S),
    ],
    ids=["tokens", "app", "away", "request fails", "token refused", "refused"],
)
async def test_what_goes_on_by_itself_says_when(
    here: House, trouble: Callable[[House], None], status: int, code: str, least_s: int, most_s: int
):
    strava_id = await here.connect(3)
    trouble(here)
    answer = await here.sync(athlete_id=strava_id)
    problem = assert_problem(answer, status, code)
    after_s = (moment(problem["retry_at"]) - here.clock()).total_seconds()
    assert least_s <= after_s <= most_s
    assert answer.headers["retry-after"] == str(round(after_s)), "the header says the same"
    state = await told(here, strava_id)
    assert {name: state[name] for name in ("code", "detail", "retry_at")} == {
        name: problem[name] for name in ("code", "detail", "retry_at")
    }


async def test_without_a_source_of_tokens_it_is_tried_again_after_a_day(settings: Settings):
    async with house(settings) as here:
        strava_id = await here.connect(3)
        problem = assert_problem(await here.sync(athlete_id=strava_id), 503, "tokens_not_configured")
        assert moment(problem["retry_at"]) == here.clock() + timedelta(days=1)


def lost_consent(here: House, strava_id: int) -> None:
    here.simulator.authorizations.revoke_athlete(strava_id)


def lost_scope(here: House, _strava_id: int) -> None:
    here.ayda.scope = "read"


def lost_connection(here: House, _strava_id: int) -> None:
    here.ayda.members.clear()


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (lost_consent, 409, "reauth_required"),
        (lost_scope, 409, "scope_missing"),
        (lost_connection, 404, "strava_not_connected"),
    ],
    ids=["consent", "scope", "connection"],
)
async def test_what_only_the_athlete_can_mend_names_no_time(
    here: House, trouble: Callable[[House, int], None], status: int, code: str
):
    strava_id = await here.connect(3)
    trouble(here, strava_id)
    answer = await here.sync(athlete_id=strava_id)
    problem = assert_problem(answer, status, code)
    assert "retry_at" not in problem
    assert "retry-after" not in answer.headers
    state = await told(here, strava_id)
    assert (state["status"], state["code"], state["retry_at"]) == ("failed", code, None)


async def test_our_own_count_says_when_its_window_opens(here: House):
    strava_id = await here.connect(3)
    here.simulator.quota.set_usage(here.clock().timestamp(), overall=None, read=(298, 298))
    assert (await here.sync(athlete_id=strava_id)).json()["status"] == "success", "the last two reads"
    answer = (await here.sync(athlete_id=strava_id)).json()
    assert (answer["status"], answer["code"]) == ("waiting", "quota_exhausted")
    assert answer["detail"].endswith(".")
    quarter_end = here.clock().replace(minute=15, second=0)
    assert timedelta(0) <= moment(answer["retry_at"]) - quarter_end < timedelta(seconds=15)
    assert (await told(here, strava_id))["retry_at"] == answer["retry_at"]


async def test_another_run_at_work_says_why_and_when_it_is_over_at_the_latest(here: House):
    strava_id = await here.connect(3)
    await taken(here, strava_id)
    answer = (await here.sync(athlete_id=strava_id)).json()
    assert (answer["status"], answer["code"]) == ("skipped", "sync_running")
    assert answer["detail"] == "Another run of this sync is at work."
    assert moment(answer["retry_at"]) == here.clock() + LEASE


async def taken(here: House, strava_id: int) -> None:
    """Another run has the athlete."""
    parts = here.predictor.app.litestar.state.parts
    with parts.database.reading() as session:
        athlete = AthleteStore(session).by_strava_id(strava_id)
    await SyncLease(athlete.id, parts.database, here.clock).take(athlete.generation)


async def test_a_run_whose_athlete_goes_to_another_one_says_the_same(here: House):
    strava_id = await here.connect(3)
    database = here.predictor.app.litestar.state.parts.database

    def taken_over() -> None:
        with database.transaction() as session:
            athlete = AthleteStore(session).by_strava_id(strava_id)
            SyncStore(session).show(athlete.id, lease_token=uuid7(), lease_until=here.clock() + LEASE)

    here.ayda.meanwhile = taken_over
    answer = (await here.sync(athlete_id=strava_id)).json()
    assert (answer["status"], answer["code"]) == ("skipped", "sync_running")
    assert moment(answer["retry_at"]) == here.clock() + LEASE


async def test_who_is_erased_while_their_sync_runs_is_unknown(here: House):
    strava_id = await here.connect(3)
    database = here.predictor.app.litestar.state.parts.database

    def erased() -> None:
        with database.transaction() as session:
            session.delete(AthleteStore(session).by_strava_id(strava_id))

    here.ayda.meanwhile = erased
    assert_problem(await here.sync(athlete_id=strava_id), 404, "athlete_not_found")


def kinds(root: type[errors.StravaError]) -> Iterator[type[errors.StravaError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from kinds(kind)


def made(kind: type[errors.StravaError]) -> errors.StravaError:
    if kind is errors.RateLimited:
        return errors.RateLimited(datetime(2026, 6, 1, tzinfo=UTC))
    if kind is errors.ServerTrouble:
        return errors.ServerTrouble(500)
    return kind()


@pytest.mark.parametrize(
    "kind", sorted(set(kinds(errors.StravaError)) - SETTLED_ELSEWHERE, key=lambda each: each.__name__)
)
def test_an_answer_and_the_state_call_a_trouble_by_the_same_name(kind: type[errors.StravaError]):
    error = made(kind)
    rule = rule_of(error, PROBLEMS)
    if isinstance(error, errors.RateLimited) or kind in {errors.NotNow, errors.NoToken}:
        assert rule is None, "a result and no problem, or never raised itself"
    else:
        assert rule is not None
        assert rule.code == code_of(error)
