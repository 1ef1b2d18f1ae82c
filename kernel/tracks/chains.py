"""A sequence cut at its jumps, and which of its pieces belong together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.track import FloatArray


def pieces_between(jumps: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one past the last point of each piece; `jumps` says of each step whether it is one."""
    cuts = (np.flatnonzero(jumps) + 1).tolist()
    return list(zip([0, *cuts], [*cuts, len(jumps) + 1], strict=True))


def longest_chain(
    weights: Sequence[float], follows: Callable[[int, NDArray[np.intp]], NDArray[np.bool_]]
) -> frozenset[int]:
    """The pieces of the greatest weight in all of which each follows the one before it.

    `follows(piece, earlier)` says of each earlier piece whether this one may come next. The piece right before never
    counts as one, because a jump lies between.
    """
    best: FloatArray = np.zeros(len(weights))
    before = np.full(len(weights), -1)
    for piece, weight in enumerate(weights):
        best[piece] = weight
        earlier = np.arange(piece - 1)
        linked = earlier[follows(piece, earlier)] if len(earlier) else earlier
        if len(linked) and best[linked].max() > 0:
            link = linked[int(np.argmax(best[linked]))]
            best[piece] += best[link]
            before[piece] = link
    chain, at = [], int(np.argmax(best))
    while at >= 0:
        chain.append(at)
        at = int(before[at])
    return frozenset(chain)
