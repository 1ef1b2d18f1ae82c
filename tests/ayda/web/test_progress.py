"""Whoever sends much over a slow line sees how far it is: first sent, then read."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.ayda.web.browser import Visit, chromium, visit
from tests.ayda.web.members import MemberHouse, enter_room, member_house, on_a_phone
from tests.predictor.guests.pasts import outing, zipped
from trackfiles.drawn import draw_course

pytestmark = pytest.mark.system
BYTES_PER_S = 400_000
SAID = "#progress-says, #past-progress-says, #room .told"
COURSE_SAYS = {
    "en": (r"Sending the file: (\d+)\s%", "Reading the file"),
    "ru": (r"Отправляем файл: (\d+)\s%", "Читаем файл"),
    "ko": (r"파일 보내는 중: (\d+)\s%", "파일을 읽고"),
}
WATCH = f"""
window.said = [];
new MutationObserver(() => {{
  for (const each of document.querySelectorAll("{SAID}")) {{
    if (each.textContent && window.said.at(-1) !== each.textContent) window.said.push(each.textContent);
  }}
}}).observe(document, {{ subtree: true, childList: true, characterData: true }});
"""


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemberHouse]:
    chromium()
    with member_house(tmp_path_factory.mktemp("club"), activities=0) as running:
        yield running


def over_a_slow_line(seen: Visit) -> None:
    """From now on what is sent takes its time."""
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": BYTES_PER_S}
    line: Any = seen.page.context.new_cdp_session(seen.page)
    line.send("Network.emulateNetworkConditions", slow)


def said(seen: Visit) -> list[str]:
    """All that was said of how far it is, in its order."""
    return [str(each) for each in seen.page.evaluate("window.said")]


def assert_sent_then_read(told: list[str], sending: str, reading: str) -> None:
    shares = [int(found[1]) for each in told if (found := re.fullmatch(sending, each))]
    assert len(set(shares)) > 1, told
    assert shares == sorted(shares), told
    assert any(re.match(reading, each) for each in told), told
    assert re.fullmatch(sending, told[0]), told


def archive() -> bytes:
    """Outings, and a picture that takes long to be sent."""
    outings = {f"activities/{day}.gpx": outing(day) for day in range(4)}
    return zipped({**outings, "media/a.jpg": random.Random(1).randbytes(3 * BYTES_PER_S)})


def export_of(content: bytes) -> list[dict[str, Any]]:
    return [{"name": "export.zip", "mimeType": "application/zip", "buffer": content}]


@pytest.mark.parametrize("language", ["en", "ru", "ko"])
def test_a_guest_sees_how_far_a_course_is_sent_and_that_it_is_read(club: MemberHouse, language: str):
    with visit(club.url, locale=language) as seen:
        seen.page.add_init_script(WATCH)
        seen.open()
        over_a_slow_line(seen)
        seen.send("long.gpx", draw_course(120_000, 8))
        seen.answered()
        sending, reading = COURSE_SAYS[language]
        assert_sent_then_read(said(seen), sending, reading)


def test_a_guest_sees_how_far_a_past_is_sent_and_read(club: MemberHouse):
    with visit(club.url, locale="en") as seen:
        seen.page.add_init_script(WATCH)
        seen.open()
        over_a_slow_line(seen)
        seen.page.set_input_files("#outings", files=export_of(archive()))
        seen.page.wait_for_selector("#past-forget", state="visible")
        assert_sent_then_read(said(seen), r"Sending the files: (\d+)\s%", r"Reading your outings: \d of 4")


def test_a_member_sees_how_far_a_past_is_sent_and_read(club: MemberHouse):
    with visit(club.url, locale="en") as seen:
        on_a_phone(seen)
        seen.page.add_init_script(WATCH)
        seen.open(club.address(club.stranger()))
        enter_room(seen, "you")
        over_a_slow_line(seen)
        seen.page.set_input_files("#past-files", files=export_of(archive()))
        seen.page.wait_for_selector("#room:has-text('4 outings added.')")
        assert_sent_then_read(said(seen), r"Sending: (\d+)\s%", r"All is sent\.|It has arrived|Reading: \d")
