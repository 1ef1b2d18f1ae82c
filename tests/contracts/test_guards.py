"""Every route between the services asks for a key; which ones there are is read off the apps themselves."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.contracts.conftest import AydaProvider, PredictorProvider
from tests.contracts.support import WRONG_KEY

INTERNAL = "/api/internal/"
"""Where services call ayda; members and browsers have other ways to say who they are."""
OPEN = {
    "/", "/app", "/static/{name}", "/api/v1/guest/predictions", "/api/v1/guest/plans/{name}",
    "/api/v1/guest/profiles", "/api/v1/reforecasts", "/api/v1/typed",
    "/api/v1/races", "/api/v1/races/{race_id}", "/api/v1/races/{race_id}/distances/{distance_id}",
    "/health/live", "/health/ready", "/metrics",
    "/schema", "/schema/{path}", "/schema/openapi.json", "/schema/openapi.yaml", "/schema/openapi.yml",
}  # fmt: skip
"""What anybody may read: nothing in it is about anybody."""
BROWSERS = {"/api/v1/strava/enter", "/api/v1/strava/callback", "/api/v1/downloads/file"}
"""Where a browser arrives; what it has to show is a secret that we gave it, and the answer is a page without one."""
OPERATORS = "/ops"
"""Where a key of another kind opens."""
PUSHES = ("/webhooks/strava", "/telegram/webhook")
"""Strava's events come to a secret address, Telegram's with a secret; where neither is set up there is nothing."""


def _routes(app: object) -> Iterator[tuple[str, str]]:
    for route in app.litestar.routes:  # type: ignore[attr-defined]
        for method in sorted(getattr(route, "methods", ())):
            if method not in {"OPTIONS", "HEAD"}:
                yield method, route.path_format


def _concrete(path: str) -> str:
    return "/".join("123456" if part.startswith("{") else part for part in path.split("/"))


def _knock(url: str, method: str, path: str, **headers: str) -> tuple[int, str]:
    answer = httpx.request(method, url + _concrete(path), headers=headers, trust_env=False)
    return answer.status_code, answer.json()["code"]


def _of_ayda(app: object) -> list[tuple[str, str]]:
    return [each for each in _routes(app) if each[1].startswith(INTERNAL)]


def _of_predictor(app: object) -> list[tuple[str, str]]:
    """All but what is open on purpose: nobody but services and operators calls the predictor."""
    return [each for each in _routes(app) if each[1] not in OPEN and not each[1].startswith(OPERATORS)]


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": WRONG_KEY}, {"X-API-Key": ""}], ids=["none", "wrong", "empty"])
def test_the_predictor_lets_nobody_in_without_a_key(predictor_provider: PredictorProvider, headers: dict[str, str]):
    routes = _of_predictor(predictor_provider.switch.app)
    assert len(routes) >= 15
    for method, path in routes:
        refusal = _knock(predictor_provider.server.url, method, path, **headers)
        assert refusal == (401, "invalid_api_key"), (method, path)


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": WRONG_KEY}, {"X-API-Key": ""}], ids=["none", "wrong", "empty"])
def test_ayda_lets_nobody_in_without_a_key(ayda_provider: AydaProvider, headers: dict[str, str]):
    routes = _of_ayda(ayda_provider.stage.switch.app)
    assert routes
    for method, path in routes:
        refusal = _knock(ayda_provider.server.url, method, path, **headers)
        assert refusal == (401, "invalid_api_key"), (method, path)


def test_no_service_is_an_operator(ayda_provider: AydaProvider, predictor_provider: PredictorProvider):
    for url, app in (
        (ayda_provider.server.url, ayda_provider.stage.switch.app),
        (predictor_provider.server.url, predictor_provider.switch.app),
    ):
        routes = [each for each in _routes(app) if each[1].startswith(OPERATORS)]
        assert len(routes) == 8
        for method, path in routes:
            assert _knock(url, method, path) == (401, "operator_unknown"), (method, path)


def test_a_service_without_keys_lets_nobody_in(ayda_provider: AydaProvider, predictor_provider: PredictorProvider):
    for url, switch, routes in (
        (ayda_provider.server.url, ayda_provider.stage.switch, _of_ayda),
        (predictor_provider.server.url, predictor_provider.switch, _of_predictor),
    ):
        switch.close()
        for method, path in routes(switch.app):
            assert _knock(url, method, path) == (503, "internal_api_not_configured"), (method, path)


def test_whatever_is_not_open_on_purpose_asks_members_who_they_are(ayda_provider: AydaProvider):
    routes = {each for each in _routes(ayda_provider.stage.switch.app) if not each[1].startswith((INTERNAL, *PUSHES))}
    members = sorted(each for each in routes if each[1] not in OPEN | BROWSERS)
    assert len(members) >= 15
    for method, path in members:
        status, _ = _knock(ayda_provider.server.url, method, path)
        assert status in {401, 422}, (method, path)
        # a body that is not there is refused before anybody asks who sent it
        assert status == 401 or method == "POST", (method, path)
