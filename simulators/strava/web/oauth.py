"""The OAuth paths: consent page, tokens, revocation."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from litestar import Response, get, post

from simulators.strava.application.authorizations import parse_scopes
from simulators.strava.application.refusals import Refusal, bad_request, unauthorized
from simulators.strava.shapes.athlete import summary_athlete
from simulators.strava.simulator import Simulator
from simulators.strava.web.answers import Answer, AnyRequest, Strava, bearer, html_answer, json_answer, parameters
from simulators.strava.web.pages import capacity_page, consent_page

_ALWAYS_ALLOWED_HOSTS = frozenset({"localhost", "127.0.0.1"})


@get(["/oauth/authorize", "/oauth/mobile/authorize"], operation_id="ShowConsentPage")
async def show_consent(request: AnyRequest, simulator: Strava) -> Answer:
    asked = await parameters(request)
    scopes = _check_authorize(simulator, asked)
    return html_answer(consent_page(simulator.athletes(), asked, scopes, full=simulator.authorizations))


@post("/oauth/authorize", operation_id="DecideConsent", status_code=302)
async def decide_consent(request: AnyRequest, simulator: Strava) -> Answer:
    """The redirect back to the application.

    Form fields: those of the page's query, `athlete_id`, `granted` once per ticked scope, `decision` allow or deny.
    """
    form = await request.form()
    asked = {name: str(value) for name, value in form.items()}
    requested = _check_authorize(simulator, asked)
    state = {"state": asked.get("state", "")}
    if asked.get("decision") != "allow":
        return _redirect(asked["redirect_uri"], state | {"error": "access_denied"})
    athlete_id, authorizations = _chosen_athlete(simulator, asked), simulator.authorizations
    if not authorizations.has_room_for(athlete_id) and simulator.switches.capacity_answer == "page":
        return html_answer(capacity_page(), status=403)
    ticked = {"read", *(str(value) for value in form.getall("granted", []))}
    granted = tuple(scope for scope in requested if scope in ticked)
    code = authorizations.consent(athlete_id, granted, simulator.clock.now_s())
    return _redirect(asked["redirect_uri"], state | {"code": code, "scope": ",".join(granted)})


@post(["/oauth/token", "/api/v3/oauth/token"], operation_id="GiveTokens", status_code=200)
async def give_tokens(request: AnyRequest, simulator: Strava) -> Answer:
    fields = await parameters(request)
    check_client(simulator, fields)
    now_s = simulator.clock.now_s()
    grant_type = fields.get("grant_type")
    request.state["grant_type"] = grant_type
    request.state["outcome"] = "refused"
    if grant_type == "authorization_code":
        given = simulator.authorizations.exchange(fields.get("code", ""), now_s)
        athlete = {"athlete": summary_athlete(simulator.athlete(given.access.athlete_id))}
    elif grant_type == "refresh_token":
        given = simulator.authorizations.refresh(fields.get("refresh_token", ""), now_s)
        athlete = {}
    else:
        raise bad_request("Application", "client_id")
    request.state["outcome"] = "new" if given.new_access else "same"
    request.state["athlete_id"] = given.access.athlete_id
    body = {
        "token_type": "Bearer",
        "expires_at": given.access.expires_at,
        "expires_in": max(given.access.expires_at - int(now_s), 0),
        "refresh_token": given.refresh_token,
        "access_token": given.access.token,
    }
    return json_answer(body | athlete)


@post("/oauth/revoke", operation_id="RevokeToken", status_code=200)
async def revoke(request: AnyRequest, simulator: Strava) -> Answer:
    """RFC 7009: 200 with an empty body, for unknown tokens too; 401 for a wrong client, 400 without a token."""
    if not _basic_client(simulator, request.headers.get("authorization", "")):
        raise Refusal(401, "Authorization Error")
    token = (await parameters(request)).get("token")
    if not token:
        raise bad_request("Application", "token")
    tell = simulator.push.switches.revoke_sends_event
    request.state["athlete_id"] = simulator.authorizations.revoke_token(token, simulator.clock.now_s(), tell=tell)
    return Response(b"", status_code=200, media_type="text/plain")


@post(["/oauth/deauthorize", "/api/v3/oauth/deauthorize"], operation_id="Deauthorize", status_code=200)
async def deauthorize(request: AnyRequest, simulator: Strava) -> Answer:
    """The older way: any living access token ends its athlete's consent and comes back in the answer."""
    token = bearer(request.headers.get("authorization", "")) or (await parameters(request)).get("access_token", "")
    access, _known = simulator.authorizations.find_access(token, simulator.clock.now_s())
    if access is None:
        raise unauthorized("Athlete", "access_token")
    simulator.authorizations.revoke_athlete(access.athlete_id, tell=simulator.push.switches.revoke_sends_event)
    return json_answer({"access_token": token})


def _check_authorize(simulator: Simulator, asked: Mapping[str, str]) -> tuple[str, ...]:
    if asked.get("client_id") != str(simulator.client_id):
        raise bad_request("Application", "client_id")
    if not _redirect_allowed(simulator, asked.get("redirect_uri", "")):
        raise bad_request("Application", "redirect_uri")
    if asked.get("response_type") != "code":
        raise bad_request("Application", "response_type")
    return parse_scopes(asked.get("scope", ""))


def _redirect_allowed(simulator: Simulator, redirect_uri: str) -> bool:
    try:
        parts = urlsplit(redirect_uri)
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    domain = simulator.switches.callback_domain.lower()
    inside = host in _ALWAYS_ALLOWED_HOSTS or host == domain or host.endswith(f".{domain}")
    return parts.scheme in {"http", "https"} and inside


def _chosen_athlete(simulator: Simulator, asked: Mapping[str, str]) -> int:
    for athlete in simulator.athletes():
        if str(athlete.id) == asked.get("athlete_id"):
            return athlete.id
    raise bad_request("Athlete", "id")


def _redirect(redirect_uri: str, fields: Mapping[str, str]) -> Answer:
    joint = "&" if urlsplit(redirect_uri).query else "?"
    location = f"{redirect_uri}{joint}{urlencode(fields, safe=',:')}"
    return Response(b"", status_code=302, headers={"Location": location}, media_type="text/html")


def check_client(simulator: Simulator, fields: Mapping[str, str]) -> None:
    """Raises the Application refusals: 400 for an unknown id or no secret, 401 for a wrong secret."""
    secret = fields.get("client_secret", "")
    if fields.get("client_id") != str(simulator.client_id) or not secret:
        raise bad_request("Application", "client_id")
    if not hmac.compare_digest(secret.encode(), simulator.client_secret.encode()):
        raise unauthorized("Application", "")


def _basic_client(simulator: Simulator, header: str) -> bool:
    scheme, _, encoded = header.partition(" ")
    expected = base64.b64encode(f"{simulator.client_id}:{simulator.client_secret}".encode())
    return scheme.lower() == "basic" and hmac.compare_digest(encoded.strip().encode(), expected)
