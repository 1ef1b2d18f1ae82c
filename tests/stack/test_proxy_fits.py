"""deploy/nginx.conf beside ayda's own routes: whatever the public may ask has a way in, with room for what it sends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from litestar.routes import HTTPRoute

from ayda_service.app import create_app
from ayda_service.settings import Settings
from tests.stack.plan import ROOT, SIMULATED, services, variables_of

INSIDE = ("/api/internal/", "/health/", "/metrics", "/schema", "/ops")
CONF = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8").partition("listen 443")[2]
LOCATION = re.compile(r"location (= )?(/\S*) \{(.*?)\}", re.DOTALL)
SIZE = re.compile(r"client_max_body_size (\d+)m;")


@pytest.fixture
def routes(tmp_path: Path) -> dict[str, int]:
    """The largest body of each path, in bytes."""
    environment = dict(services(variables_of(SIMULATED), profiles=set())["ayda-web"].environment)
    app = create_app(
        Settings.from_environ({**environment, "DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}", "REDIS_URL": ""})
    )
    return {
        route.path: max(handler.resolve_request_max_body_size() or 0 for handler in route.route_handlers)
        for route in app.litestar.routes
        if isinstance(route, HTTPRoute)
    }


def way_in(path: str) -> int | None:
    """The largest body that nginx takes on its way to ayda, in bytes; None where it answers itself. As it chooses:
    an exact location, else the longest beginning."""
    found = [(bool(exact), place, inside) for exact, place, inside in LOCATION.findall(CONF)]
    fitting = [one for one in found if path == one[1] or (not one[0] and path.startswith(one[1]))]
    _, _, inside = max(fitting, key=lambda one: (one[0], len(one[1])))
    if "proxy_pass" not in inside:
        return None
    size = SIZE.search(inside) or SIZE.search(CONF[: CONF.index("location")])
    assert size is not None
    return int(size[1]) * 1024 * 1024


def test_every_public_path_has_a_way_in_and_no_other_has(routes: dict[str, int]):
    for path in routes:
        assert (way_in(path) is None) == path.startswith(INSIDE), path


def test_nothing_that_ayda_would_take_is_too_large_for_the_proxy(routes: dict[str, int]):
    for path, most in routes.items():
        room = way_in(path)
        assert room is None or room >= most, path
