"""Where a runner walks.

Near some speed walking takes no more energy than running, and below it people walk. On the level they change over at
about 2 m/s, and mix both gaits from 1.9 m/s up (Baker, Long & Srinivasan, trials over 800 and 2,400 m). The steeper
the climb, the lower that speed (Brill & Kram, J. Exp. Biol. 224, 2021). Climbing 0.35 m/s, running still pays on 9.4
degrees (2.1 m/s), and walking from 15.8 degrees on (1.3 m/s; Giovanelli et al., J. Appl. Physiol. 120, 2016). On 30
degrees both cost the same at 0.8 m/s (Ortiz, Giovanelli & Kram, Eur. J. Appl. Physiol. 117, 2017). The line from 1.9
m/s on the level to 0.69 m/s of horizontal speed on 30 degrees agrees with all of these.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from kernel.fitted import Kind
from kernel.forecast.pacing import Pacing
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

_LEVEL_M_PER_S: Final = 1.9
_STEEP_M_PER_S: Final = 0.69
_STEEP: Final = 0.577


def transition_m_per_s(gradient: FloatArray) -> FloatArray:
    """Horizontal speed below which a runner walks, at each gradient (a fraction).

    Nobody has measured descents: they count as level, and ground steeper than 30 degrees as 30 degrees.
    """
    return np.interp(gradient, (0.0, _STEEP), (_LEVEL_M_PER_S, _STEEP_M_PER_S))


def walked_share(route: RouteGeometry, kind: Kind, total_s: float, pacing: Pacing) -> FloatArray:
    """How much of each of the route's segments is walked: 1 or 0, at a moving time of `total_s`; hikers walk all."""
    if kind == "walk":
        return np.ones(len(route.gradient))
    segment_s = total_s * (pacing.share[1:] - pacing.share[:-1])
    too_slow: FloatArray = (route.segment_length_m < transition_m_per_s(route.gradient) * segment_s).astype(np.float64)
    return too_slow
