"""What a card draws: plain arrays, from which nobody learns where on Earth the course lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.contracts.prediction import Prediction
from kernel.tracks import FloatArray
from kernel.tracks.distance import local_plane_m
from takealong.card.texts import CardTexts
from takealong.course import Ground, Paces, Points, Profile, paces_of

MOST_OUTLINE_POINTS: Final = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The course from above in metres from its own start, and how far along each point is; never a position."""

    east_m: FloatArray
    north_m: FloatArray
    at_m: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """All of a card. `profile` and `outline` are None where the ground is unknown; `marks_m` are all checkpoints."""

    texts: CardTexts
    length_m: float
    paces: Paces
    profile: Profile | None
    outline: Outline | None
    marks_m: tuple[float, ...]


def card_of(prediction: Prediction, ground: Ground, texts: CardTexts) -> Card:
    """The card of a prediction, with texts in some language."""
    length_m = prediction.splits[-1].to_m if prediction.splits else prediction.route.distance_m
    return Card(
        texts=texts,
        length_m=length_m,
        paces=paces_of(prediction),
        profile=ground.profile,
        outline=None if ground.points is None else _outline(ground.points),
        marks_m=tuple(min(checkpoint.at_m, length_m) for checkpoint in prediction.checkpoints),
    )


def _outline(points: Points) -> Outline:
    """As many points as an eye can follow on a phone."""
    east_m, north_m = local_plane_m(points.lat_deg, points.lon_deg)
    count = min(len(east_m), MOST_OUTLINE_POINTS)
    kept = np.unique(np.linspace(0, len(east_m) - 1, count).round().astype(int))
    return Outline(east_m[kept], north_m[kept], points.at_m[kept])
