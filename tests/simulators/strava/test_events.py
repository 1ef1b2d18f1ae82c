"""SIM-3 and the events of activities: who hears what, by the scopes they were granted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.strava.conformance import ALL_SCOPES, Strava, strava_with
from tests.simulators.strava.track_files import gpx

NARROW = "read,activity:read"


async def _subscribed(scope: str = ALL_SCOPES) -> tuple[Strava, int, dict[str, Any]]:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    tokens = await strava.connect(athlete, scope)
    assert (await strava.subscribe()).status_code == 201
    return strava, athlete, tokens


def _deauthorisation(strava: Strava, athlete: int) -> dict[str, Any]:
    (event,) = strava.simulator.push.events()
    return {
        "object_type": "athlete",
        "object_id": athlete,
        "aspect_type": "update",
        "updates": {"authorized": "false"},
        "owner_id": athlete,
        "subscription_id": event.subscription_id,
        "event_time": int(strava.simulator.clock.now_s()),
    }


@pytest.mark.parametrize("way", ["revoke", "deauthorize", "by the athlete"])
async def test_sim_3_every_end_of_a_consent_is_told_as_authorized_false(way: str) -> None:
    strava, athlete, tokens = await _subscribed()
    if way == "revoke":
        auth = ("4242", "simulated-secret")
        await strava.http.post("/oauth/revoke", auth=auth, data={"token": tokens["refresh_token"]})
    elif way == "deauthorize":
        await strava.http.post("/oauth/deauthorize", data={"access_token": tokens["access_token"]})
    else:
        await strava.http.post(f"/_sim/athletes/{athlete}/revoke")
    assert (await strava.refresh(tokens["refresh_token"])).status_code == 400
    assert await strava.deliver() == [_deauthorisation(strava, athlete)]


async def test_sim_3_an_applications_own_revoke_can_be_silent() -> None:
    strava, athlete, tokens = await _subscribed()
    strava.simulator.push.switches.revoke_sends_event = False
    await strava.http.post("/oauth/deauthorize", data={"access_token": tokens["access_token"]})
    assert await strava.deliver() == []
    await strava.connect(athlete)
    strava.simulator.authorizations.revoke_athlete(athlete)
    assert await strava.deliver() == [_deauthorisation(strava, athlete)]


async def test_sim_3_revoking_what_is_not_connected_tells_nothing() -> None:
    strava, athlete, _ = await _subscribed()
    strava.simulator.authorizations.revoke_athlete(athlete)
    strava.simulator.authorizations.revoke_athlete(athlete)
    assert len(await strava.deliver()) == 1


def _short(events: list[dict[str, Any]]) -> list[tuple[str, dict[str, str]]]:
    return [(event["aspect_type"], event["updates"]) for event in events]


async def test_create_update_and_delete_are_told_once_each() -> None:
    strava, athlete, _ = await _subscribed()
    (activity,) = strava.simulator.generate_activities(athlete, 1)
    created = await strava.deliver()
    assert _short(created) == [("create", {})]
    assert (created[0]["object_id"], created[0]["owner_id"]) == (activity, athlete)
    strava.simulator.edit_activity(activity, name="Messy", sport_type="GravelRide")
    assert _short(await strava.deliver()) == [("update", {"title": "Messy", "type": "Ride"})]
    strava.simulator.edit_activity(activity, description="nobody is told")
    assert await strava.deliver() == []
    strava.simulator.delete_activity(activity)
    assert _short(await strava.deliver()) == [("delete", {})]


async def test_with_read_all_privacy_is_an_update() -> None:
    strava, athlete, _ = await _subscribed()
    (activity,) = strava.simulator.generate_activities(athlete, 1)
    strava.simulator.edit_activity(activity, visibility="only_me")
    strava.simulator.edit_activity(activity, visibility="followers_only")
    told = _short(await strava.deliver())
    assert told == [("create", {}), ("update", {"private": "true"}), ("update", {"private": "false"})]


async def test_without_read_all_privacy_is_a_delete_and_a_create() -> None:
    strava, athlete, _ = await _subscribed(NARROW)
    (activity,) = strava.simulator.generate_activities(athlete, 1)
    strava.simulator.edit_activity(activity, visibility="only_me")
    strava.simulator.edit_activity(activity, name="Unheard of")
    strava.simulator.edit_activity(activity, visibility="everyone")
    assert _short(await strava.deliver()) == [("create", {}), ("delete", {}), ("create", {})]


async def test_strangers_and_those_without_a_reading_scope_cause_no_events() -> None:
    strava, _, _ = await _subscribed()
    stranger, unreadable = strava.simulator.add_athlete(activities=2), strava.simulator.add_athlete()
    await strava.connect(unreadable, "read")
    strava.simulator.generate_activities(unreadable, 1)
    strava.simulator.delete_activity(strava.simulator.activities_of(stranger)[0].id)
    assert await strava.deliver() == []


async def test_without_a_subscription_nothing_is_remembered_for_later() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    await strava.connect(athlete)
    strava.simulator.generate_activities(athlete, 1)
    await strava.subscribe()
    assert await strava.deliver() == []


async def test_what_was_on_its_way_dies_with_the_subscription() -> None:
    strava, athlete, _ = await _subscribed()
    strava.simulator.generate_activities(athlete, 1)
    subscription = strava.simulator.push.subscription
    assert subscription is not None
    assert strava.simulator.push.unsubscribe(subscription.id)
    assert await strava.deliver() == []
    assert [d.state for d in strava.simulator.push.deliveries()] == ["given_up"]


async def test_an_upload_is_told_when_it_is_processed_even_if_nobody_polls() -> None:
    strava, _, tokens = await _subscribed()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    await strava.http.post("/api/v3/uploads", headers=headers, files={"file": gpx()}, data={"data_type": "gpx"})
    assert await strava.deliver(1) == []
    assert _short(await strava.deliver(1)) == [("create", {})]


async def test_updates_can_be_missing_where_they_say_nothing() -> None:
    strava, athlete, _ = await _subscribed()
    strava.simulator.push.switches.updates_absent = True
    (activity,) = strava.simulator.generate_activities(athlete, 1)
    strava.simulator.edit_activity(activity, name="Told")
    created, updated = await strava.deliver()
    assert "updates" not in created
    assert updated["updates"] == {"title": "Told"}
