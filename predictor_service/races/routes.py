"""HTTP: the race catalogue, open to anyone."""

from __future__ import annotations

from litestar import Router, get
from litestar.params import FromPath

from kernel.contracts.route import Race, RaceCourse, RaceList
from predictor_service.races.service import RaceService


def race_routes(service: RaceService) -> Router:
    """Everything below `/api/v1/races`."""

    @get("/", operation_id="Races")
    async def races() -> RaceList:
        """Every race, by name."""
        return await service.all()

    @get("/{race_id:str}", operation_id="Race")
    async def race(race_id: FromPath[str]) -> Race:
        """One race with its distances."""
        return await service.show(race_id)

    @get("/{race_id:str}/distances/{distance_id:str}", operation_id="RaceDistance")
    async def distance(race_id: FromPath[str], distance_id: FromPath[str]) -> RaceCourse:
        """One distance of a race, with its profile."""
        return await service.show_distance(race_id, distance_id)

    return Router("/api/v1/races", route_handlers=[races, race, distance], tags=["races"])
