"""Courses as members send them: half a kilometre to a kilometre, with heights or without, anywhere on earth."""

from __future__ import annotations

import io
import zipfile


def course(lat_deg: float = 43.0, *, heights: bool = True, name: str = "") -> str:
    """A GPX of two points 1.1 km apart, climbing 60 m where there are heights."""
    named = f"<name>{name}</name>" if name else ""
    points = "".join(
        f"<trkpt lat='{lat_deg + 0.01 * step}' lon='77.0'>{f'<ele>{800 + 60 * step}</ele>' if heights else ''}</trkpt>"
        for step in (0, 1)
    )
    return f"<gpx version='1.1' creator='contract'><trk>{named}<trkseg>{points}</trkseg></trk></gpx>"


def recording(sport: str | None = None, *, times: bool = True) -> bytes:
    """A GPX of somebody who went a kilometre in nine minutes, climbing 30 m; of a ride it tells no pace on foot."""
    points = "".join(
        f"<trkpt lat='{43.0 + 0.0009 * step:.4f}' lon='77.0'><ele>{800 + 3 * step}</ele>"
        f"{f'<time>2026-05-01T06:{54 * step // 60:02d}:{54 * step % 60:02d}Z</time>' if times else ''}</trkpt>"
        for step in range(11)
    )
    named = "" if sport is None else f"<type>{sport}</type>"
    return f"<gpx version='1.1' creator='contract'><trk>{named}<trkseg>{points}</trkseg></trk></gpx>".encode()


def archive(*files: bytes) -> bytes:
    """A ZIP archive of GPX files, the same bytes on every machine."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as made:
        for number, content in enumerate(files):
            made.writestr(zipfile.ZipInfo(f"{number}.gpx"), content)
    return packed.getvalue()


WITH_ELEVATION = course()
WITHOUT_ELEVATION = course(heights=False)
NAMED = course(name="Hill")
VARIANTS = NAMED.replace("</gpx>", course(44.0, name="Dale").partition("contract'>")[2])
PAGE = "<html><body>Sign in</body></html>"
