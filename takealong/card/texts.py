"""What a card says: ready strings, so that drawing knows no language and no unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kernel.contracts.prediction import Prediction

MOST_LISTED: Final = 6
"""Checkpoints by name on a card; the others are marks on the profile."""

Run = tuple[str, bool]
"""Words, and whether they are bold; the runs of a line follow each other with a space between."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the three times; `asked` is the one the card is about."""

    name: str
    time: str
    asked: bool


@dataclass(frozen=True, slots=True)
class ListedCheckpoint:
    """A checkpoint by name: its place among all of them (from 0), when it is reached, and what its cutoff means."""

    index: int
    name: str
    reached: str
    cutoff: str = ""


@dataclass(frozen=True, slots=True)
class CardTexts:
    """Every string on a card, in the order of reading. An empty one takes no place."""

    title: str
    facts: str
    time: str
    """The largest thing on the card: from start to finish."""
    under: str
    finish: tuple[Run, ...]
    aside: str
    quick: str
    """The pace of the fast end of the colours."""
    slow: str
    margin: tuple[Run, ...]
    tiles: tuple[Tile, Tile, Tile]
    top: str
    """At the highest place of the profile."""
    unit: str
    unit_m: float
    """Metres of one unit of the axis."""
    checkpoints: str
    """Above those that are listed."""
    listed: tuple[ListedCheckpoint, ...]
    rests: str
    brand: str = "Ayda"


def listed_indices(prediction: Prediction) -> list[int]:
    """Which checkpoints a card names: all where they are few, else some spread evenly, the last one among them."""
    count = len(prediction.checkpoints)
    shown = min(count, MOST_LISTED)
    return [round((place + 1) * count / shown) - 1 for place in range(shown)]
