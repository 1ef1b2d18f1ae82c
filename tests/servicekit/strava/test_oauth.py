from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.base.settings import Secret
from servicekit.http.client import ApiClient
from servicekit.strava.errors import CapacityFull, CodeRefused, RefreshRefused, StravaMisconfigured, StravaUnavailable
from servicekit.strava.oauth import StravaOAuth, expiry_s
from simulators.strava.application.fault_menu import PlannedFault
from simulators.strava.simulator import Simulator
from tests.servicekit.strava.support import OAUTH_BASE, Clock, StravaTransport, consent

NOW_S = 1_780_000_000


def application(transport: StravaTransport, secret: str, client_id: str = "4242") -> StravaOAuth:
    client = ApiClient(OAUTH_BASE, "strava", transport=transport)
    return StravaOAuth(client_id=client_id, client_secret=Secret(secret), oauth_base=OAUTH_BASE, client=client)


async def test_the_link_to_consent_carries_what_strava_asks_for(oauth: StravaOAuth):
    url = oauth.authorization_url(redirect_uri="http://localhost/back", state="s t&u", scope="read,activity:read_all")
    parts = urlsplit(url)
    assert (parts.netloc, parts.path) == ("strava.test", "/oauth/authorize")
    assert {name: values[0] for name, values in parse_qs(parts.query).items()} == {
        "client_id": "4242",
        "redirect_uri": "http://localhost/back",
        "response_type": "code",
        "approval_prompt": "auto",
        "scope": "read,activity:read_all",
        "state": "s t&u",
    }


async def test_a_code_is_exchanged_once(simulator: Simulator, oauth: StravaOAuth, clock: Clock):
    athlete_id = simulator.add_athlete()
    code = simulator.authorizations.consent(athlete_id, ("read", "activity:read"), clock.now().timestamp())
    grant = await oauth.exchange(code)
    assert grant.athlete_id == athlete_id
    assert grant.tokens.expires_at_s == clock.now().timestamp() + 21_600
    with pytest.raises(CodeRefused):
        await oauth.exchange(code)


async def test_neither_tokens_nor_the_secret_show_in_a_repr(simulator: Simulator, oauth: StravaOAuth):
    grant = await consent(simulator, oauth, simulator.add_athlete())
    shown = repr(grant) + str(grant) + repr(vars(oauth))
    assert grant.tokens.access_token not in shown
    assert grant.tokens.refresh_token not in shown
    assert "simulated-secret" not in shown


async def test_a_dead_refresh_token_is_refused(oauth: StravaOAuth):
    with pytest.raises(RefreshRefused):
        await oauth.refresh(Secret("0" * 40))


async def test_a_wrong_secret_is_the_operators_trouble_and_nobody_elses(
    simulator: Simulator, oauth: StravaOAuth, transport: StravaTransport
):
    grant = await consent(simulator, oauth, simulator.add_athlete())
    with pytest.raises(StravaMisconfigured):
        await application(transport, "wrong").refresh(Secret(grant.tokens.refresh_token))
    with pytest.raises(StravaMisconfigured):
        await application(transport, "simulated-secret", "1").refresh(Secret(grant.tokens.refresh_token))


@pytest.mark.parametrize("kind", ["html", "empty", "cut", "reset", "rate_limited"])
async def test_trouble_is_an_outage_and_is_not_repeated_here(
    simulator: Simulator, oauth: StravaOAuth, transport: StravaTransport, kind: str
):
    simulator.faults.order(PlannedFault(kind=kind, path="/oauth"))  # type: ignore[arg-type] - a parameter
    with pytest.raises(StravaUnavailable):
        await oauth.refresh(Secret("0" * 40))
    assert transport.refreshes() == 1


async def test_a_full_application_says_so(simulator: Simulator, oauth: StravaOAuth):
    class Full:
        status, headers, content = 403, {}, b"Error 403: Limit of connected athletes exceeded"

    async def post(*_arguments: object, **_named: object) -> Full:
        return Full()

    oauth._client.request = post  # type: ignore[method-assign, assignment] - the simulator shows a page instead
    with pytest.raises(CapacityFull):
        await oauth.exchange("code")


async def test_revoking_ends_the_consent_and_an_unknown_token_is_no_error(simulator: Simulator, oauth: StravaOAuth):
    athlete_id = simulator.add_athlete()
    grant = await consent(simulator, oauth, athlete_id)
    await oauth.revoke(Secret(grant.tokens.refresh_token))
    assert simulator.authorizations.of(athlete_id) is None
    await oauth.revoke(Secret(grant.tokens.refresh_token))


async def test_revoking_during_an_outage_is_unavailable(oauth: StravaOAuth, transport: StravaTransport):
    transport.down = True
    with pytest.raises(StravaUnavailable):
        await oauth.revoke(Secret("0" * 40))


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(NOW_S - 10**6, NOW_S + 10**6),
    st.integers(-100_000, 200_000),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=5),
)


@given(ANYTHING, ANYTHING)
def test_an_expiry_is_never_before_now_nor_more_than_two_days_ahead(expires_at: object, expires_in: object):
    assert NOW_S <= expiry_s(expires_at, expires_in, float(NOW_S)) <= NOW_S + 2 * 86_400


@given(st.integers(1, 86_400))
def test_a_believable_expiry_is_believed(life_s: int):
    assert expiry_s(NOW_S + life_s, None, NOW_S) == NOW_S + life_s
    assert expiry_s(None, life_s, NOW_S) == NOW_S + life_s
    assert expiry_s((NOW_S + life_s) * 1000, life_s, NOW_S) == NOW_S + life_s
    assert expiry_s(NOW_S - life_s, None, NOW_S) == NOW_S
