"""One course, many people: the geometry is read once, the profiles in one query, and all of them are asked at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from kernel.contracts.distribution import Distribution, Distributions, DistributionsRequest
from kernel.forecast.pace_table import times_of_many
from kernel.forecast.profile import NO_PROFILE
from kernel.tracks import RouteGeometry
from predictor_service.errors import AmbiguousRoute
from predictor_service.profiles.made import PRIVATE_SOURCE
from predictor_service.profiles.service import ProfileService
from predictor_service.profiles.store import ProfileStore
from predictor_service.routes.service import RouteService
from predictor_service.routes.store import RouteStore
from servicekit.data.database import Database

_DECIMALS: Final = 4
"""Of logarithms: a hundredth of a percent, below which no model knows anything."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Who has figures that may be shown, by Telegram id; who has a profile at all; whose tables are to be made."""

    shown: Mapping[str, Distribution]
    known: frozenset[str]
    without_table: Sequence[str]
    route_id: UUID


class DistributionService:
    """What to expect of many people on a course, told to those who compare them with each other."""

    def __init__(
        self, database: Database, profiles: ProfileService, routes: RouteService, *, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._profiles = profiles
        self._routes = routes
        self._now = now

    async def expected(self, request: DistributionsRequest) -> Distributions:
        """A row for each id, in the order asked for. Raises AmbiguousRoute and RouteNotFound."""
        route_id = _named(request)

        def find(session: Session) -> _Found:
            return self._find(session, route_id, request)

        found = await self._database.read(find, reckons=True)
        if found.without_table:
            await self._profiles.make_tables(found.without_table, request.type)
            found = await self._database.read(find, reckons=True)
        await self._database.write(lambda session: RouteStore(session).touch(found.route_id, self._now()))
        return Distributions([_row(asked, found) for asked in request.telegram_ids])

    def _find(self, session: Session, route_id: str, request: DistributionsRequest) -> _Found:
        """In the hop that reads, as a prediction is made: it takes no longer than another hop would."""
        route = self._routes.find(session, route_id)
        rows = list(ProfileStore(session).tables_of_all(request.telegram_ids, request.type))
        told = [(row, *self._profiles.table_to_others(row)) for row in rows]
        tables = {row.telegram_id: table for row, table, _ in told if table is not None}
        return _Found(
            shown=_shown(RouteGeometry.from_bytes(route.geometry), request, tables),
            known=frozenset(row.telegram_id for row in rows),
            without_table=[row.telegram_id for row, _, unmade in told if unmade],
            route_id=route.id,
        )


def _named(request: DistributionsRequest) -> str:
    named = [each for each in (request.route_id, request.gpx_file_id) if each is not None]
    if len(named) != 1:
        raise AmbiguousRoute("Name the route in exactly one way: route_id or gpx_file_id.")
    return named[0]


def _shown(route: RouteGeometry, request: DistributionsRequest, tables: Mapping[str, bytes]) -> dict[str, Distribution]:
    if not tables:
        return {}
    times = times_of_many(route, request.type, list(tables.values()))
    columns = (times.log_time_s, times.log_time_sd, times.climb, times.descent)
    # what is rounded to a negative nothing is nothing
    figures = zip(*((np.round(column, _DECIMALS) + 0.0).tolist() for column in columns), strict=True)
    return {
        telegram_id: Distribution(telegram_id, True, True, None, *each)
        for telegram_id, each in zip(tables, figures, strict=True)
    }


def _row(telegram_id: str, found: _Found) -> Distribution:
    told = found.shown.get(telegram_id)
    if told is not None:
        return told
    known = telegram_id in found.known
    return Distribution(telegram_id, known, False, PRIVATE_SOURCE if known else NO_PROFILE, None, None, None, None)
