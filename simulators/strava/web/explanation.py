"""The page at / that says what this server is and how to point a Strava client at it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from simulators.strava.records import Athlete
from simulators.strava.web.pages import page

_ADMIN_PATHS = """\
POST   /_sim/athletes                      {level, seed, activities, history_days, firstname}
GET    /_sim/athletes
GET    /_sim/athletes/{id}/activities
POST   /_sim/athletes/{id}/activities      {count, days, specials}
POST   /_sim/athletes/{id}/files           a GPX, TCX or FIT file as body; ?name= &sport_type= &data_type=
POST   /_sim/athletes/{id}/revoke | /expire {left_s}
PATCH  /_sim/activities/{id}               {name, sport_type, visibility, workout_type, hidden_start, sensor_gaps, ...}
DELETE /_sim/activities/{id}
GET    /_sim/clock      POST {advance_s}
POST   /_sim/limits     {overall_quarter, overall_day, read_quarter, read_day, overall_usage: [q, d]}
POST   /_sim/settings   {rotation, grace_s, athlete_capacity, capacity_answer, inactive, callback_domain,
                         not_found_after_create_s, streams_after_s, upload_processing_s, ...}; {} shows them all
GET    /_sim/faults     POST {kind, path, method, count, status, seconds, after, at_byte}     DELETE
                         kind: html empty rate_limited delay reset cut blackhole inactive
GET    /_sim/push       POST {delay_s, jitter_s, loss_share, duplicate_share, retry_after_s, signature, ...}
GET    /_sim/events     every event with its deliveries and attempts
POST   /_sim/events/deliver | /_sim/events/{id}/repeat
GET    /_sim/requests   ?method= &path= &limit=     DELETE
"""
_CURL = """\
# 1. open this in a browser, choose an athlete, and copy the code from the address you are sent to
{base}/oauth/authorize?client_id={client_id}&response_type=code&redirect_uri=http://localhost/&scope=read,activity:read_all
# 2. exchange it
curl {base}/oauth/token -d client_id={client_id} -d client_secret=SECRET -d grant_type=authorization_code -d code=CODE
# 3. use it
curl {base}/api/v3/athlete/activities -H "Authorization: Bearer ACCESS_TOKEN"
"""


def explaining_page(client_id: int, base_url: str, athletes: Sequence[Athlete]) -> str:
    """What this server is, whom one can log in as, and what can be ordered of it."""
    base = escape(base_url.rstrip("/"))
    rows = "".join(f"<li>{a.id}: {escape(a.firstname)} {escape(a.lastname)}, {a.level}</li>" for a in athletes)
    curl = escape(_CURL.format(base=base_url.rstrip("/"), client_id=client_id))
    return page(
        "Simulated Strava",
        "<h1>Simulated Strava</h1><p>It answers as Strava does, from data it has made up. Nothing leaves this machine."
        "</p><h2>Point a client at it</h2>"
        "<p>Replace two addresses in the client's settings, and use these credentials:</p>"
        f"<table><tr><td>https://www.strava.com/oauth</td><td><code>{base}/oauth</code></td></tr>"
        f"<tr><td>https://www.strava.com/api/v3</td><td><code>{base}/api/v3</code></td></tr>"
        f"<tr><td>client id</td><td><code>{client_id}</code></td></tr>"
        "<tr><td>client secret</td><td>printed when the simulator started</td></tr></table>"
        "<p>The code may be sent to localhost, 127.0.0.1 and the callback domain. Events go to any callback that"
        " <code>POST /api/v3/push_subscriptions</code> registers.</p>"
        f"<pre>{curl}</pre><h2>Athletes to log in as</h2><ul>{rows}</ul>"
        f"<h2>Admin paths (JSON)</h2><pre>{escape(_ADMIN_PATHS)}</pre>",
    )
