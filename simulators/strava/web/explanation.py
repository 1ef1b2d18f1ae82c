"""The page at / that says what this server is and how to point a Strava client at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import msgspec

from simulators.base.switches import sentences
from simulators.strava.application.fault_menu import PlannedFault
from simulators.strava.application.switches import PushSwitches, Switches
from simulators.strava.web.admin_bodies import ActivityChanges, Advance, Expire, Limits, NewActivities, NewAthlete
from simulators.strava.web.pages import page
from simulators.strava.web.trouble import FAULTS
from simulators.strava.world.athlete import Athlete


def _fields(body: type[msgspec.Struct]) -> str:
    return f"{{{', '.join(body.__struct_fields__)}}}"


_ADMIN_PATHS = f"""\
POST   /_sim/athletes                      {_fields(NewAthlete)}
GET    /_sim/athletes
GET    /_sim/athletes/{{id}}/activities
POST   /_sim/athletes/{{id}}/activities      {_fields(NewActivities)}
POST   /_sim/athletes/{{id}}/files           a GPX, TCX or FIT file as body; ?name= &sport_type= &data_type=
POST   /_sim/athletes/{{id}}/revoke | /expire {_fields(Expire)}
PATCH  /_sim/activities/{{id}}               {_fields(ActivityChanges)}
DELETE /_sim/activities/{{id}}
GET    /_sim/clock      POST {_fields(Advance)}
POST   /_sim/limits     {_fields(Limits)}; a usage is [quarter, day]
POST   /_sim/settings   switches, below; {{}} shows them all
GET    /_sim/faults     POST {_fields(PlannedFault)}     DELETE
GET    /_sim/push       POST switches, below
GET    /_sim/events     every event with its deliveries and attempts
POST   /_sim/events/deliver | /_sim/events/{{id}}/repeat
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
        f"<h2>Admin paths (JSON)</h2><pre>{escape(_ADMIN_PATHS)}</pre>"
        f"<h2>Faults</h2>{_table({kind: fault.does for kind, fault in FAULTS.items()})}"
        f"<h2>Switches: /_sim/settings</h2>{_table(sentences(Switches))}"
        f"<h2>Switches: /_sim/push</h2>{_table(sentences(PushSwitches))}",
    )


def _table(rows: Mapping[str, str]) -> str:
    cells = (f"<tr><td><code>{escape(name)}</code></td><td>{escape(does)}</td></tr>" for name, does in rows.items())
    return f"<table>{''.join(cells)}</table>"
