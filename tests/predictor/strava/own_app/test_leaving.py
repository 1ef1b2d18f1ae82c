"""Who leaves, or is erased, leaves nothing alive of the own application's consent either."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import text

from predictor_service.settings import Settings
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.data.database import Database
from simulators.strava import Simulator, create_app
from simulators.strava.application.fault_menu import PlannedFault
from tests.ayda.support import eventually
from tests.predictor.support import INTERNAL, Predictor, running
from tests.predictor.sync.world import MEMBER, SCOPE, Clock
from tests.service_database import ON_POSTGRES


@dataclass
class Own:
    """A predictor with an application of its own, and its Strava."""

    predictor: Predictor
    simulator: Simulator
    clock: Clock

    async def connect(self, athlete_id: int) -> None:
        asked = await self.predictor.http.get("/strava/local/auth", params={"telegram_id": MEMBER})
        state = parse_qs(urlsplit(asked.json()["authorization_url"]).query)["state"][0]
        code = self.simulator.authorizations.consent(athlete_id, tuple(SCOPE.split(",")), self.clock().timestamp())
        back = {"state": state, "code": code, "scope": SCOPE}
        assert (await self.predictor.http.get("/strava/local/callback", params=back)).status_code == 200

    def is_alive(self, athlete_id: int) -> bool:
        return self.simulator.authorizations.of(athlete_id) is not None


@pytest.fixture
async def own(settings: Settings) -> AsyncIterator[Own]:
    # PostgreSQL's queue goes by the database's clock: by one that stands in the past all periodic jobs are always due
    clock = Clock(datetime.now(UTC))
    simulator = Simulator(now=clock)
    mine = replace(
        settings,
        worker_embedded=True,
        public_url="http://predictor",
        strava_client_id=str(simulator.client_id),
        strava_client_secret=Secret(simulator.client_secret),
        strava_oauth_base="http://strava",
        vault=Vault.from_setting("k1:" + base64.b64encode(b"0" * 32).decode()),
    )
    transport = httpx.ASGITransport(create_app(simulator))
    async with running(mine, clock, strava_transport=transport) as predictor:
        yield Own(predictor, simulator, clock)


def rows(database: Database) -> list[int]:
    with database.reading() as session:
        counts = [session.execute(text(f"SELECT count(*) FROM local_{name}")) for name in ("token", "revocation")]  # noqa: S608 - two names
        return [int(count.scalar_one()) for count in counts]


async def test_an_erased_person_has_no_consent_left_at_strava(own: Own, database: Database):
    athlete_id = own.simulator.add_athlete()
    await own.connect(athlete_id)
    receipt = (await own.predictor.http.delete(f"{INTERNAL}/athletes/{MEMBER}")).json()
    assert receipt["erased"]["local_token"] == 1
    assert "local_revocation" not in receipt["erased"]
    await eventually(lambda: not own.is_alive(athlete_id))
    assert rows(database)[0] == 0


async def test_a_connection_that_ended_at_ayda_ends_here_too(own: Own):
    athlete_id = own.simulator.add_athlete()
    await own.connect(athlete_id)
    body = {"telegram_id": MEMBER, "athlete_id": athlete_id}
    assert (await own.predictor.http.post(f"{INTERNAL}/strava/disconnected", json=body)).status_code == 200
    await eventually(lambda: not own.is_alive(athlete_id))


async def test_who_changes_to_another_athlete_leaves_nothing_alive(own: Own):
    former, second = own.simulator.add_athlete(), own.simulator.add_athlete()
    await own.connect(former)
    await own.connect(second)
    await eventually(lambda: not own.is_alive(former))
    assert own.is_alive(second)


async def test_during_an_outage_the_person_is_erased_and_strava_hears_of_it_later(own: Own, database: Database):
    athlete_id = own.simulator.add_athlete()
    await own.connect(athlete_id)
    own.simulator.faults.order(PlannedFault("html", "/oauth/revoke"))
    own.simulator.faults.order(PlannedFault("html", "/oauth/deauthorize"))
    assert (await own.predictor.http.delete(f"{INTERNAL}/athletes/{MEMBER}")).status_code == 200
    await eventually(lambda: not own.simulator.faults.planned())
    assert rows(database) == [0, 1]
    assert own.is_alive(athlete_id)

    def later() -> bool:
        own.clock.pass_(seconds=70)
        if ON_POSTGRES:
            with database.transaction() as session:
                session.execute(
                    text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE task_name LIKE 'revoke%'")
                )
        return not own.is_alive(athlete_id)

    await eventually(later)
