from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.tracks.track import FloatArray
from kernel.tracks.turn import simplify


def classical(path: FloatArray, tolerance: float) -> list[int]:
    """Douglas and Peucker's line, point by point as they wrote it down."""
    last = path.shape[1] - 1
    if last < 2:
        return [0, last]
    chord, inner = path[:, -1:] - path[:, :1], path[:, 1:-1] - path[:, :1]
    squared = float((chord * chord).sum())
    if squared:
        inner = inner - chord * np.clip((chord * inner).sum(axis=0) / squared, 0, 1)
    off_squared = (inner * inner).sum(axis=0)
    corner = int(off_squared.argmax()) + 1
    if np.sqrt(off_squared[corner - 1]) <= tolerance:
        return [0, last]
    return [
        *classical(path[:, : corner + 1], tolerance),
        *(corner + at for at in classical(path[:, corner:], tolerance)[1:]),
    ]


@given(
    seed=st.integers(0, 2**32),
    count=st.integers(2, 700),
    step_m=st.sampled_from([0.5, 5.0, 30.0]),
    decimals=st.sampled_from([0, 3, 15]),
    tolerance=st.sampled_from([1.0, 8.0, 40.0]),
    there_and_back=st.booleans(),
)
@settings(deadline=None, max_examples=150)
def test_a_path_within_one_chunk_is_simplified_as_douglas_and_peucker_do(
    seed: int, count: int, step_m: float, decimals: int, tolerance: float, *, there_and_back: bool
) -> None:
    path = np.round(np.cumsum(np.random.default_rng(seed).normal(0, step_m, (2, count)), axis=1), decimals)
    if there_and_back:
        path = np.concatenate((path, path[:, ::-1]), axis=1)
    assert simplify(path[0], path[1], tolerance).tolist() == classical(path, tolerance)


@given(seed=st.integers(0, 2**32), count=st.integers(2049, 7000))
@settings(deadline=None, max_examples=20)
def test_a_longer_path_keeps_no_cut_that_is_no_corner(seed: int, count: int) -> None:
    slight = np.random.default_rng(seed).normal(0, 1.0, count)
    assert simplify(np.arange(count) * 10.0, slight, 8.0).tolist() == [0, count - 1]
