"""Courses as members send them: half a kilometre to a kilometre, with heights or without, anywhere on earth."""

from __future__ import annotations


def course(lat_deg: float = 43.0, *, heights: bool = True, name: str = "") -> str:
    """A GPX of two points 1.1 km apart, climbing 60 m where there are heights."""
    named = f"<name>{name}</name>" if name else ""
    points = "".join(
        f"<trkpt lat='{lat_deg + 0.01 * step}' lon='77.0'>{f'<ele>{800 + 60 * step}</ele>' if heights else ''}</trkpt>"
        for step in (0, 1)
    )
    return f"<gpx version='1.1' creator='contract'><trk>{named}<trkseg>{points}</trkseg></trk></gpx>"


WITH_ELEVATION = course()
WITHOUT_ELEVATION = course(heights=False)
NAMED = course(name="Hill")
PAGE = "<html><body>Sign in</body></html>"
