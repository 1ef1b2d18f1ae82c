"""Drive a running simulator with stravalib, and print what worked: `python tools/try_stravalib.py [BASE_URL]`.

Needs `pip install stravalib` (in an environment of its own, the project does not depend on it) and `ayda sim` running.
stravalib has `https://www.strava.com` built in, so a transport adapter of its session sends those requests to the
simulator; nothing else of the library is changed. docs/simulator.md shows the whole way.
"""

from __future__ import annotations

import http.server
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

os.environ["SILENCE_TOKEN_WARNINGS"] = "true"  # noqa: S105 - stravalib wants credentials in the environment otherwise

import requests
import stravalib
from stravalib import exc

STRAVA = "https://www.strava.com"
CLIENT_ID, CLIENT_SECRET = 4242, "simulated-secret"
SCOPES = ["read", "profile:read_all", "activity:read_all", "activity:write"]
STREAMS = ["time", "distance", "latlng", "altitude", "heartrate", "moving"]


class AtSimulator(requests.adapters.HTTPAdapter):
    """What was meant for Strava goes to the simulator."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = str(request.url).replace(STRAVA, self._base, 1)
        return super().send(request, *args, **kwargs)


class Callback(http.server.BaseHTTPRequestHandler):
    """Echoes the challenge and keeps the events."""

    events: list[dict[str, Any]] = []  # noqa: RUF012 - one callback for the whole run

    def do_GET(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self._answer(stravalib.Client().handle_subscription_callback(asked))

    def do_POST(self) -> None:
        self.events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer({})

    def _answer(self, body: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_args: Any) -> None:
        """Not into the report."""


def track(points: int = 600) -> bytes:
    """A GPX of a run of ten minutes, as long ago as no earlier run of this script."""
    start = datetime.now(UTC) - timedelta(hours=1)
    rows = "".join(
        f'<trkpt lat="{43.2 + i * 2.4e-5:.6f}" lon="76.9"><ele>{900 + i * 0.1:.1f}</ele>'
        f"<time>{(start + timedelta(seconds=i)):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>"
        for i in range(points)
    )
    head = '<?xml version="1.0"?><gpx version="1.1" creator="try" xmlns="http://www.topografix.com/GPX/1/1">'
    return f"{head}<trk><trkseg>{rows}</trkseg></trk></gpx>".encode()


def _expect(condition: bool, what: str) -> None:  # noqa: FBT001 - reads like an assertion
    if not condition:
        raise AssertionError(what)


class Trial:
    """The client and what the steps hand to each other."""

    def __init__(self, base: str) -> None:
        self.base = base
        session = requests.Session()
        session.mount(STRAVA, AtSimulator(base))
        self.client = stravalib.Client(requests_session=session)
        self.refresh_token = ""
        self.activity_id = 0
        self.file = track()

    def exchange(self) -> str:
        url = self.client.authorization_url(CLIENT_ID, "http://localhost/done", scope=SCOPES, state="s")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        athletes = requests.get(f"{self.base}/_sim/athletes", timeout=10).json()
        form = asked | {"athlete_id": athletes[0]["id"], "granted": SCOPES, "decision": "allow"}
        sent = requests.post(f"{self.base}/oauth/authorize", data=form, allow_redirects=False, timeout=10)
        code = parse_qs(urlsplit(sent.headers["Location"]).query)["code"][0]
        tokens, athlete = self.client.exchange_code_for_token(CLIENT_ID, CLIENT_SECRET, code, return_athlete=True)
        self.client.access_token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]
        _expect(athlete is not None, "the exchange brings the athlete")
        return f"{athlete.firstname} {athlete.lastname}, expires_at {tokens['expires_at']}"

    def refresh(self) -> str:
        again = self.client.refresh_access_token(CLIENT_ID, CLIENT_SECRET, self.refresh_token)
        _expect(again["refresh_token"] == self.refresh_token, "more than an hour left: the same tokens")
        requests.post(f"{self.base}/_sim/clock", json={"advance_s": 5.5 * 3600}, timeout=10)
        new = self.client.refresh_access_token(CLIENT_ID, CLIENT_SECRET, self.refresh_token)
        _expect(new["refresh_token"] != self.refresh_token, "under an hour left: both tokens are new")
        try:
            self.client.refresh_access_token(CLIENT_ID, CLIENT_SECRET, self.refresh_token)
        except exc.Fault as fault:
            _expect("RefreshToken" in str(fault), str(fault))
        else:
            raise AssertionError("the old refresh token still works")
        self.client.access_token = new["access_token"]
        return "the same tokens back, then new ones, the old one refused"

    def athlete(self) -> str:
        athlete = self.client.get_athlete()
        stats = self.client.get_athlete_stats(athlete.id)
        _expect(stats.all_run_totals is not None, "totals of runs")
        return (
            f"id {athlete.id}, {stats.all_run_totals.count} runs, zones {self.client.get_athlete_zones() is not None}"
        )

    def listing(self) -> str:
        newest = list(self.client.get_activities(limit=40))
        oldest = list(self.client.get_activities(after=datetime(2020, 1, 1, tzinfo=UTC), limit=40))
        _expect(newest[0].start_date > newest[-1].start_date, "newest first")
        _expect(oldest[0].start_date < oldest[-1].start_date, "oldest first with after")
        self.activity_id = next(a.id for a in newest if not a.manual and a.start_latlng)
        return f"{len(newest)} newest first, {len(oldest)} oldest first with after"

    def detail(self) -> str:
        activity = self.client.get_activity(self.activity_id)
        laps = list(self.client.get_activity_laps(self.activity_id))
        zones = self.client.get_activity_zones(self.activity_id)
        _expect(bool(activity.splits_metric), "splits")
        return f"{activity.name}: {len(activity.splits_metric)} splits, {len(laps)} laps, {len(zones)} zones"

    def streams(self) -> str:
        streams = self.client.get_activity_streams(self.activity_id, types=STREAMS)
        sizes = {name: len(stream.data) for name, stream in streams.items()}
        _expect({"time", "distance", "latlng"} <= set(sizes), "the streams asked for")
        _expect(len(set(sizes.values())) == 1, f"one length: {sizes}")
        return f"{', '.join(sizes)} of {sizes['time']} samples"

    def upload(self) -> str:
        sent = self.client.upload_activity(self.file, "gpx", name="By stravalib", external_id=f"try-{time.time()}")
        activity = sent.wait(timeout=60)
        try:
            self.client.upload_activity(self.file, "gpx").wait(timeout=60)
        except exc.ActivityUploadFailed as failed:
            _expect(f"duplicate of activity {activity.id}" in str(failed), str(failed))
        else:
            raise AssertionError("the same file was accepted twice")
        return f"activity {activity.id} of {float(activity.distance):.0f} m; the same file again is a duplicate"

    def manual(self) -> str:
        made = self.client.create_activity("Typed in", "2026-06-01T08:00:00Z", 3600, "Hike", distance=5000.0)
        renamed = self.client.update_activity(made.id, name="Corrected", description="by hand")
        _expect((renamed.name, renamed.description) == ("Corrected", "by hand"), "the change comes back")
        try:
            self.client.get_activity_streams(made.id, types=STREAMS)
        except exc.ObjectNotFound:
            return f"activity {made.id} created, renamed, without streams"
        raise AssertionError("a manual activity has streams")

    def push(self) -> str:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Callback)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/hook"
        subscription = self.client.create_subscription(CLIENT_ID, CLIENT_SECRET, url)
        try:
            (listed,) = self.client.list_subscriptions(CLIENT_ID, CLIENT_SECRET)
            _expect(listed.id == subscription.id, "the subscription is listed")
            self.client.update_activity(self.activity_id, name=f"Renamed {time.time():.0f}")
            end = time.monotonic() + 10
            while not Callback.events and time.monotonic() < end:
                time.sleep(0.05)
            update = self.client.handle_subscription_update(Callback.events[0])
            _expect(update.object_id == self.activity_id, "the event names the activity")
            return f"subscription {subscription.id}, event {update.aspect_type} {update.updates}"
        finally:
            self.client.delete_subscription(subscription.id, CLIENT_ID, CLIENT_SECRET)
            server.shutdown()

    def deauthorize(self) -> str:
        self.client.deauthorize()
        try:
            self.client.get_athlete()
        except exc.AccessUnauthorized:
            return "the access token is dead"
        raise AssertionError("the access token still works")


def main(base: str) -> int:
    """Print one line per step; the exit code says whether all worked."""
    print(f"stravalib {stravalib.__version__} against {base}")
    trial = Trial(base.rstrip("/"))
    steps: dict[str, Callable[[], str]] = {
        "token exchange": trial.exchange,
        "refresh": trial.refresh,
        "athlete": trial.athlete,
        "list": trial.listing,
        "detail": trial.detail,
        "streams": trial.streams,
        "upload": trial.upload,
        "manual activity": trial.manual,
        "push events": trial.push,
        "deauthorize": trial.deauthorize,
    }
    failures = 0
    for name, step in steps.items():
        try:
            print(f"ok    {name}: {step()}")
        except Exception as wrong:  # noqa: BLE001 - a report of everything, not a stop at the first
            failures += 1
            print(f"FAIL  {name}: {type(wrong).__name__}: {str(wrong)[:400]}")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8090"))
