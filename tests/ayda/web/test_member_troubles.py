"""What a member is told when things are under way, fail, or bear names that somebody else has chosen.

The servers are real; only the answers that are hard to come by are put in their place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ayda.web.browser import Visit, chromium, visit
from tests.ayda.web.members import MemberHouse, enter_room, member_house, on_a_phone, told
from tests.ayda.web.test_walks import assert_fits
from tests.ayda.web.test_x8_payloads import ADDED, PAYLOADS
from trackfiles.drawn import draw_course

pytestmark = pytest.mark.system
API = "**/api/v1"
IMPORT = {
    "id": "018f6b2a-0000-7000-8000-0000000000b1",
    "status": "queued",
    "files_total": 0,
    "files_read": 0,
    "added": 0,
    "duplicates": 0,
    "dropped": {},
    "detail": None,
    "created_at": "2026-06-01T10:00:00Z",
    "finished_at": None,
}
ACTIVITY = {
    "id": "018f6b2a-0000-7000-8000-0000000000c1",
    "sport": "trail_run",
    "provenance": "user_file",
    "started_at": "2026-05-30T06:00:00Z",
    "distance_m": 21_000.0,
    "moving_time_s": 9_000.0,
    "elapsed_time_s": 9_600.0,
    "gain_m": 900.0,
}
UPLOAD = {
    "id": "018f6b2a-0000-7000-8000-0000000000d1",
    "activity_id": ACTIVITY["id"],
    "status": "failed",
    "retry_count": 4,
    "error_message": "Strava could not use the file.",
    "strava_activity_id": None,
    "retry_at": None,
    "created_at": "2026-05-30T12:00:00Z",
    "completed_at": None,
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemberHouse]:
    chromium()
    with member_house(tmp_path_factory.mktemp("club"), activities=0) as running:
        yield running


def answers(seen: Visit, path: str, *bodies: Any, status: int = 200) -> None:
    """The next answers of this path; the last one stays."""
    left = list(bodies)

    def answer(route: Any) -> None:
        body = left.pop(0) if len(left) > 1 else left[0]
        route.fulfill(json=body, status=status, headers={"Content-Type": "application/json"})

    seen.page.route(f"{API}{path}", answer)


def test_an_archive_shows_how_far_it_is_and_what_was_left_out(house: MemberHouse):
    running = {**IMPORT, "status": "running", "files_total": 40, "files_read": 10}
    done = {
        **running,
        "status": "done",
        "files_read": 40,
        "added": 31,
        "duplicates": 2,
        "dropped": {"other_sport": 4, "no_position": 1, "broken_fit": 2},
        "finished_at": "2026-06-01T10:01:00Z",
    }
    with visit(house.url, locale="ru") as seen:
        on_a_phone(seen)
        answers(seen, "/imports", IMPORT, status=202)
        answers(seen, f"/imports/{IMPORT['id']}", running, running, done)
        seen.open(house.address(house.stranger()))
        enter_room(seen, "you")
        file = {"name": "export.zip", "mimeType": "application/zip", "buffer": b"PK\x03\x04 made up"}
        seen.page.set_input_files("#past-files", files=[file])
        seen.page.wait_for_selector("#room .told:has-text('10 из 40')")
        seen.page.wait_for_selector("#room .told:has-text('Добавлена 31 тренировка.')")
        seen.page.click("#room .told summary")
        assert seen.page.locator("#room .told li").all_inner_texts() == [
            "другой вид спорта или он не указан: 4",
            "записаны в помещении: 1",
            "повреждены или это не записи: 2",
        ]
        assert_fits(seen)
        closing = [each["need_confirmation"] for each in told(seen, "web_app_setup_closing_behavior")]
        assert closing == [True, False], "who closes while a file is sent is asked whether they mean it"
        enter_room(seen, "data")
        enter_room(seen, "you")
        seen.page.wait_for_selector("#room .told:has-text('31')")


def test_an_archive_that_is_not_taken_says_why(house: MemberHouse):
    refusal = {"status": 413, "code": "file_too_large", "detail": "Too large.", "title": "T", "errors": []}
    with visit(house.url) as seen:
        on_a_phone(seen)
        answers(seen, "/imports", refusal, status=413)
        seen.open(house.address(house.stranger()))
        enter_room(seen, "you")
        archive = {"name": "a.zip", "mimeType": "application/zip", "buffer": b"PK"}
        seen.page.set_input_files("#past-files", files=[archive])
        seen.page.wait_for_selector("#room .said .unlikely")
        assert seen.page.locator("#room progress:visible").count() == 0


def test_a_lost_connection_is_said_with_the_way_back(house: MemberHouse):
    lost = {"state": "reauth_required", "athlete_id": 7, "scope": "read", "updated_at": "2026-06-01T10:00:00Z"}
    with visit(house.url) as seen:
        on_a_phone(seen)
        answers(seen, "/strava/status", lost)
        seen.open(house.address(house.stranger()))
        enter_room(seen, "you")
        assert "no longer lets us in" in seen.page.inner_text("#room .strava")
        assert seen.page.inner_text("#room .strava .button.strong") == "Connect again"


def test_how_far_strava_is_read_is_shown_until_it_ends(house: MemberHouse):
    me = house.stranger()
    connected = {"state": "connected", "athlete_id": 7, "scope": "read", "updated_at": "2026-06-01T10:00:00Z"}
    reading = {
        "athlete_id": 7, "status": "running", "activities_known": 120, "activities_read": 37,
        "started_at": "2026-06-01T10:00:00Z", "finished_at": None, "detail": None, "profile_ready": False,
    }  # fmt: skip
    read = {**reading, "status": "success", "activities_read": 120, "finished_at": "2026-06-01T10:03:00Z"}
    read["left_out"] = {"contradicts_summary": 2, "indoors": 3, "of_tomorrow": 1}
    with visit(house.url) as seen:
        on_a_phone(seen)
        answers(seen, "/strava/status", connected)
        answers(seen, "/strava/sync", reading, read)
        seen.open(house.address(me))
        enter_room(seen, "you")
        assert "37 of 120" in seen.page.inner_text("#room .strava")
        house.profiled(me)
        seen.page.wait_for_selector("#room .strava:has-text('activities read: 120')")
        told = "distance, time or climb contradict themselves: 2; recorded indoors: 3; of_tomorrow: 1"
        assert told in seen.page.inner_text("#room .strava")
        seen.page.wait_for_selector("#room .curve")


def test_an_upload_that_failed_can_be_tried_again_and_a_missing_permission_given(house: MemberHouse):
    scope = {"status": 409, "code": "upload_scope_missing", "detail": "Allow it.", "title": "T", "errors": []}
    with visit(house.url) as seen:
        on_a_phone(seen)
        answers(seen, "/activities", {"activities": [ACTIVITY]})
        answers(seen, "/strava/uploads", {"uploads": [UPLOAD]}, {"uploads": [{**UPLOAD, "status": "pending"}]})
        answers(seen, f"/strava/upload/{ACTIVITY['id']}", scope, status=409)
        seen.open(house.address(house.stranger()))
        enter_room(seen, "data")
        assert "did not reach Strava" in seen.page.inner_text(".recordings")
        seen.page.click(".recordings .choices .button")
        seen.page.wait_for_selector(".recordings .said .button.strong")
        seen.page.unroute(f"{API}/strava/upload/{ACTIVITY['id']}")
        answers(seen, f"/strava/upload/{ACTIVITY['id']}", {**UPLOAD, "status": "pending"}, status=202)
        seen.page.click(".recordings .choices .button")
        seen.page.wait_for_selector(".recordings:has-text('waits for Strava')")


def test_a_proof_that_is_too_old_for_an_erasure_says_what_to_do(house: MemberHouse):
    with visit(house.url) as seen:
        on_a_phone(seen)
        old = {"status": 401, "code": "init_data_expired", "detail": "Too old.", "title": "T", "errors": []}
        answers(seen, "/me", old, status=401)
        seen.open(house.address(house.stranger()))
        enter_room(seen, "data")
        seen.page.fill("#erase-word", "erase")
        seen.page.click(".danger")
        seen.page.wait_for_selector("#room .said .unlikely")
        assert seen.page.locator("#receipt").count() == 0


def test_no_name_that_others_chose_is_executed_in_the_rooms(house: MemberHouse):
    me = house.fellow("Anna")
    payloads = list(PAYLOADS)
    matches = {"matches": [{"name": each, "band": each} for each in payloads]}
    group = {"position": 1, "names": payloads, "time_range_min": [180, 230], "hint": payloads[0], "yours": True}
    activity = [{**ACTIVITY, "sport": each, "id": f"{n}{each}"[:60]} for n, each in enumerate(payloads)]
    upload = [
        {**UPLOAD, "activity_id": each["id"], "error_message": each["sport"], "status": "failed"} for each in activity
    ]
    with visit(house.url) as seen:
        on_a_phone(seen)
        answers(seen, "/matches?*", matches)
        answers(seen, "/groups", {"groups": [group], "reason": payloads[1], "advice": payloads[1]})
        answers(seen, "/activities", {"activities": activity})
        answers(seen, "/strava/uploads", {"uploads": upload})
        seen.open(house.address(me))
        seen.send("a.gpx", draw_course(3_000, name=payloads[0]))
        seen.answered()
        for room in ("club", "data", "you", "route"):
            enter_room(seen, room)
            if room == "club":
                seen.page.wait_for_selector(".people li")
                shown = seen.page.locator(".people li span:first-child").all_text_contents()
                assert shown == payloads
                assert_fits(seen)
            assert seen.page.evaluate("window.executed") is None, room
            assert seen.page.evaluate(ADDED) == 0, room
            assert not [each for each in seen.complaints if "dialog" in each]
