"""Made-up members of a club, and both services in this process with them in their databases."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

import httpx
import msgspec
import numpy as np
from sqlalchemy.orm import Session

from ayda_service.club.store import MatchingStore
from ayda_service.members.store import MemberStore
from ayda_service.parts import Parts as AydaParts
from ayda_service.parts import assemble as assemble_ayda
from ayda_service.settings import MemberBudgets
from ayda_service.settings import Settings as AydaSettings
from benchmarks.made_up import made_up_gpx, made_up_history
from kernel.contracts.profile import CurvePoint
from kernel.forecast import FittedProfile
from kernel.forecast.fitting import fitting_of
from kernel.forecast.history import counted
from kernel.forecast.pace_table import table_of
from kernel.forecast.profile import describe_fitted
from predictor_service.app import create_app as create_predictor
from predictor_service.athletes.store import AthleteStore
from predictor_service.profiles.models import StoredProfile
from predictor_service.profiles.store import ProfileStore
from predictor_service.routes.service import RouteService
from predictor_service.routes.store import RouteStore
from predictor_service.settings import Settings as PredictorSettings
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.data.migrations import upgrade
from servicekit.web.api_keys import ApiKeys
from trackfiles.course import drawn_course_of

CLUB: Final = 300
MOST: Final = 1000
FIRST: Final = 1_000_000
"""The Telegram id of the first of the club."""
NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
ROUTE_ID: Final = UUID("018f6b2a-0000-7000-8000-000000000001")
_TODAY: Final = 30_000.0
_KEY: Final = "a-key-of-the-benchmark-000000000000000"


@dataclass(frozen=True)
class Someone:
    """A made-up member."""

    profile: FittedProfile
    curve: Sequence[CurvePoint]
    described: bytes
    table: bytes


def people(count: int) -> list[Someone]:
    """Runners of 3 to 120 outings who differ in pace, in how hills take them, and from day to day."""
    common, rng = made_up_history(120), np.random.default_rng(11)
    usual = float(np.mean([each.climb_cost for each in common]))
    found = []
    for _ in range(count):
        level, hilly = rng.normal(0.0, 0.18), rng.normal(0.0, 0.3)
        chosen = [common[int(i)] for i in rng.choice(len(common), int(rng.integers(3, 120)), replace=False)]
        history = [
            msgspec.structs.replace(
                each, log_moving_s=each.log_moving_s + level + hilly * (each.climb_cost - usual) + rng.normal(0, 0.04)
            )
            for each in chosen
        ]
        fitting = fitting_of(counted(history, _TODAY), "trail_run")
        if fitting is None:
            raise RuntimeError("The made-up history holds no usable run.")
        profile = fitting.profile()
        told = describe_fitted(profile, fitting.curve, telegram_id="1", updated_at=NOW)
        found.append(Someone(profile, told.curve, msgspec.json.encode(told), table_of(profile, told.curve)))
    return found


@contextlib.asynccontextmanager
async def both_services(urls: tuple[str, str], folder: Path, members: Sequence[Someone]) -> AsyncIterator[AydaParts]:
    """ayda in front of a predictor that knows a thousand people, the first of whom are the club."""
    for package, url in zip(("ayda_service", "predictor_service"), urls, strict=True):
        upgrade(package, url)
    vault = Vault({"k1": bytes(range(32))})
    predictor = create_predictor(
        PredictorSettings(
            vault=vault,
            database_url=urls[1],
            api_keys=ApiKeys.parse(_KEY),
            imports_folder=folder / "imports",
            worker_embedded=False,
        ),
        now=lambda: NOW,
    )
    ayda = assemble_ayda(
        AydaSettings(
            strava_client_id="4242",
            strava_client_secret=Secret("a-secret-of-the-benchmark"),
            vault=vault,
            bot_token=Secret("4242:a-token-of-the-benchmark"),
            database_url=urls[0],
            erasures_file=folder / "ayda.erasures",
            predictor_url="http://predictor.test",
            predictor_api_keys=ApiKeys.parse(_KEY),
            budgets=MemberBudgets(predictions_per_day=10**6, matching_per_day=10**6),
            worker_embedded=False,
        ),
        now=lambda: NOW,
        predictor_transport=httpx.ASGITransport(app=cast("Any", predictor)),
    )
    parts = predictor.litestar.state.parts
    async with parts.running(worker=False), ayda.running(worker=False):
        await parts.database.write(lambda session: _move_in(session, members, parts.routes))
        await ayda.database.write(_opt_in)
        yield ayda


def _move_in(session: Session, members: Sequence[Someone], routes: RouteService) -> None:
    course = routes.row_of(drawn_course_of(made_up_gpx(3_000)))
    RouteStore(session).keep(course, ROUTE_ID, NOW)
    for i in range(MOST):
        someone = members[i % len(members)]
        athlete = AthleteStore(session).find_or_create(str(FIRST + i), NOW)
        ProfileStore(session).put(
            StoredProfile(
                athlete_id=athlete.id,
                mode="trail_run",
                described=someone.described.decode(),
                fitted=someone.profile.to_bytes(),
                pace_table=someone.table,
                provenance="user_file",
                updated_at=NOW,
            )
        )


def _opt_in(session: Session) -> None:
    for i in range(CLUB):
        member = MemberStore(session).create(FIRST + i, NOW)
        MatchingStore(session).put(member.id, f"Runner {i}", NOW, MOST)
