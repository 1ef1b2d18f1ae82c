"""Which earlier activities a baseline learns from."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from benchmarks.activities import Outing, outings_of, target_of
from kernel.fitted import Kind
from kernel.tracks.track import FloatArray

History = Sequence[Mapping[str, Any]]


class Baseline(Protocol):
    """A predictor of one number, the seconds of moving time."""

    @property
    def memory(self) -> Memory:
        """Which earlier activities it learns from."""

    def fit(self, history: History) -> list[Outing]:
        """What it keeps of earlier activities, oldest first."""

    def predict(
        self, model: list[Outing], d: FloatArray, ele: FloatArray, sport: str, shape: Mapping[str, Any]
    ) -> float:
        """Seconds of moving time."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How many of the newest activities count, and how many of the target's kind there must be to leave others out."""

    newest: int | None
    fewest_of_kind: float

    def of(self, past: Sequence[Outing], kind: Kind) -> list[Outing]:
        """The activities that count for a target of `kind`."""
        same = [outing for outing in past if outing.kind == kind]
        counting = same if len(same) >= self.fewest_of_kind else list(past)
        return counting if self.newest is None else counting[-self.newest :]


NEWEST_OF_KIND: Final = Memory(newest=30, fewest_of_kind=1)
EVER_OF_KIND: Final = Memory(newest=None, fewest_of_kind=1)
EVER_OF_KIND_FROM_THREE: Final = Memory(newest=None, fewest_of_kind=3)
ANYTHING_EVER: Final = Memory(newest=None, fewest_of_kind=math.inf)


class OfHistory(ABC):
    """A baseline that keeps the whole history, because what it learns depends on the target's kind."""

    __slots__ = ()

    memory: Memory

    def fit(self, history: History) -> list[Outing]:
        """The history itself."""
        return outings_of(history)

    def predict(
        self, model: list[Outing], d: FloatArray, ele: FloatArray, sport: str, shape: Mapping[str, Any]
    ) -> float:
        """Seconds of moving time."""
        target = target_of(d, ele, sport, shape)
        return self.seconds(self.memory.of(model, target.kind), target)

    @abstractmethod
    def seconds(self, past: Sequence[Outing], target: Outing) -> float:
        """Seconds of moving time of the target, from the activities that count."""


def pause_ratio(past: Sequence[Outing]) -> float:
    """Median of elapsed over moving time."""
    return float(np.median([outing.elapsed_s / outing.moving_s for outing in past]))
