"""Pasts made up for tests, and what comes back for them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.predictor.support import INTERNAL, Predictor
from tests.predictor.tracks import gpx

START = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)
PROFILES = f"{INTERNAL}/guest-profiles"
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def outing(
    day: int, *, sport: str | None = "trail_run", pace_s_per_km: float = 350.0, length_m: float = 6_000.0
) -> bytes:
    """A recording of a day, a little other than that of any other day."""
    return gpx(
        pace_s_per_km=pace_s_per_km + 5 * day,
        length_m=length_m + 500 * (day % 7),
        started_at=START + timedelta(days=day),
        sport=sport,
        name="Canary hill of somebody",
    )


def zipped(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def past(runs: int = 6, *, sport: str | None = "trail_run", **how: Any) -> bytes:
    """A ZIP archive of so many outings."""
    return zipped({f"activities/{day}.gpx": outing(day, sport=sport, **how) for day in range(runs)})


def form_of(*fields: tuple[str, bytes]) -> bytes:
    """A form with these fields, each of them a file."""
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="%b"; filename="x"\r\n\r\n%b\r\n' % (name.encode(), content)
        for name, content in fields
    ]
    return b"".join(parts) + b"--b--\r\n"


def lines_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """The lines of an answer, each of them JSON."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["cache-control"] == "no-store"
    return [json.loads(line) for line in answer.text.splitlines()]


async def send(predictor: Predictor, content: Any, **query: str) -> httpx.Response:
    return await predictor.http.post(PROFILES, content=content, params=query)


async def made(predictor: Predictor, content: bytes | None = None, **query: str) -> dict[str, Any]:
    """The profile of the last line."""
    profile: dict[str, Any] = lines_of(await send(predictor, content or past(), **query))[-1]["profile"]
    return profile
