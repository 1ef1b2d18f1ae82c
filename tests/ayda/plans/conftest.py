"""A predictor that answers as the real one would: about a stored course, with where it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pytest

from kernel.contracts.prediction import AskedCourse, Prediction
from kernel.contracts.route import RouteTrack
from takealong.course import Ground, Points
from tests.ayda.support import MEMBER, ROUTE, Ayda
from tests.takealong.made import camps, told

ID = "018f6b2a-0000-7000-8000-0000000000a1"
ROUTE_ID = str(ROUTE["id"])
RACE_ID, DISTANCE_ID = "fa90e528-03d4-5396-9354-04c64bc43b26", "76d2ff31-a193-5b36-988a-e6eb9af63644"
SIX = datetime(2026, 6, 13, 6)  # noqa: DTZ001 - at the course
PREDICT = ("POST", "/api/v1/internal/predict")
TRACK = ("GET", f"/api/v1/internal/routes/{ROUTE_ID}/track")
COURSE = ("GET", f"/api/v1/races/{RACE_ID}/distances/{DISTANCE_ID}")
FILES = ("card.png", "plan.gpx", "plan.csv", "course.tcx", "crew.html")
OF_ROUTE = AskedCourse("Lake loop", ROUTE_ID, None, None)
OF_RACE = AskedCourse("Irbis, 50 km", None, RACE_ID, DISTANCE_ID)
OF_NOTHING = AskedCourse("Sent along", None, None, None)


@dataclass(frozen=True)
class Owner:
    """A member with one prediction."""

    ayda: Ayda
    prediction: Prediction

    async def take(self, what: str, telegram_id: int = MEMBER, prediction_id: str = ID) -> Any:
        path = f"/api/v1/predictions/{prediction_id}/{what}"
        return await self.ayda.http.get(path, headers=self.ayda.as_member(telegram_id))


async def predicted(ayda: Ayda, course: AskedCourse | None = OF_ROUTE, **asked: Any) -> Owner:
    """The member has asked, and the predictor can tell where the course runs."""
    prediction, ground = told(start_at=SIX, checkpoints=camps(3, 20_000), **asked)
    prediction = msgspec.structs.replace(prediction, prediction_id=ID, course=course)
    ayda.predictor.answers[PREDICT] = (200, msgspec.to_builtins(prediction))
    ayda.predictor.answers[TRACK] = (200, msgspec.to_builtins(track_of(ground)))
    answer = await ayda.http.post("/api/v1/predictions", json={"gpx_file_id": ROUTE_ID}, headers=ayda.as_member())
    assert answer.status_code == 201, answer.text
    return Owner(ayda, prediction)


def track_of(ground: Ground) -> RouteTrack:
    """As the predictor tells it."""
    assert isinstance(ground.points, Points)
    columns = (ground.points.lat_deg, ground.points.lon_deg, ground.points.elevation_m, ground.points.at_m)
    rows = [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)]
    body = {"id": ROUTE_ID, "name": None, "elevation": [row[3:1:-1] for row in rows], "points": rows}
    return msgspec.convert(body, type=RouteTrack)


@pytest.fixture
async def owner(ayda: Ayda) -> Owner:
    return await predicted(ayda)
