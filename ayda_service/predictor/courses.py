"""Those calls to the predictor that are about courses alone: stored ones, and races of the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kernel.contracts.route import RaceCourse, RaceList, Route, RouteTrack
from servicekit.http.lines import LineClient

INTERNAL: Final = "/api/v1/internal"
UPLOAD_TIMEOUT_S: Final = 30.0


class CourseCalls:
    """Typed calls. Each raises an UpstreamError (`servicekit.http`)."""

    def __init__(self, client: LineClient) -> None:
        self._client = client

    async def add_route(self, gpx: bytes | Path, track: str | None = None) -> Route:
        """Stores a course, of several in its file this one; the same again is the same route, so it is retried."""
        path, headers = f"{INTERNAL}/routes", {"Content-Type": "application/gpx+xml"}
        answer = await self._client.request(
            "POST", path, params={"track": track}, content=gpx, headers=headers, retry=True, timeout_s=UPLOAD_TIMEOUT_S
        )
        return answer.expect(200, 201).decode(Route)

    async def route(self, route_id: str) -> Route:
        """A stored course."""
        answer = await self._client.request("GET", f"{INTERNAL}/routes/{route_id}")
        return answer.expect(200).decode(Route)

    async def track(self, route_id: str) -> RouteTrack:
        """Where a stored course runs."""
        answer = await self._client.request("GET", f"{INTERNAL}/routes/{route_id}/track")
        return answer.expect(200).decode(RouteTrack)

    async def race_course(self, race_id: str, distance_id: str) -> RaceCourse:
        """One distance of a race of the catalogue, with its profile."""
        answer = await self._client.request("GET", f"/api/v1/races/{race_id}/distances/{distance_id}")
        return answer.expect(200).decode(RaceCourse)

    async def races(self) -> RaceList:
        """The race catalogue."""
        answer = await self._client.request("GET", "/api/v1/races")
        return answer.expect(200).decode(RaceList)
