"""What members are told unasked: each once, in their language and units, and nothing of it in the log."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from ayda_service.members.jobs import LogMessenger, tell_member
from ayda_service.members.notices import Compared, ConnectionLost, ImportOver, Notice, UploadGivenUp, packed, unpacked
from kernel.contracts.activity import ImportState
from tests.ayda.bot.support import Chatting
from tests.ayda.support import MEMBER

AT = datetime(2026, 5, 30, 6, 0, tzinfo=UTC)
IMPORT = ImportState("i", "done", 3, 3, 2, 0, {"no_time": 1}, None, AT, AT)
COMPARED = Compared("Hill & <Dale>", 20_000.0, 18_000.0, 22_800.0, 20_520.0)
NOTICES: list[tuple[Notice, str]] = [
    (ConnectionLost(), "Please /connect it again."),
    (UploadGivenUp(AT, 12_340.0), "Your outing of Sat, May 30 (12.3 km) did not get to Strava"),
    (ImportOver(IMPORT), "Your archive:\n2 outings are new.\n\nLeft out:\n· 1: without times"),
    (
        COMPARED,
        "<b>Hill &amp; &lt;Dale&gt;</b>: you took 5:42.\nI had said 5:33, and 8 in 10 between 5:00 and 6:20.",
    ),
]


async def tell(chat: Chatting, notice: Notice, key: str = "k1") -> None:
    parts = chat.ayda.app.litestar.state["parts"]
    await parts.database.write(lambda session: tell_member(parts.queue, session, MEMBER, notice, key=key))


@pytest.mark.parametrize(("notice", "said"), NOTICES, ids=lambda each: type(each).__name__)
async def test_a_notice_is_told_once_however_often_it_is_delivered(chat: Chatting, notice: Notice, said: str):
    await tell(chat, notice)
    for _ in range(2):
        await chat.tell()
    [told] = chat.telegram.said()
    assert said in told


@pytest.mark.parametrize(("notice", "_said"), NOTICES, ids=lambda each: type(each).__name__)
def test_a_notice_survives_the_job_it_waits_in(notice: Notice, _said: str):
    assert unpacked(packed(notice)) == notice


@pytest.mark.parametrize(
    ("elapsed_s", "verdict"),
    [(17_000, "faster than I thought"), (18_000, "within"), (22_800, "within"), (23_000, "longer than I thought")],
)
async def test_a_comparison_says_honestly_where_it_lies(chat: Chatting, elapsed_s: float, verdict: str):
    await tell(chat, Compared("Hill", 20_000.0, 18_000.0, 22_800.0, elapsed_s))
    await chat.tell()
    assert verdict in chat.telegram.said()[-1].splitlines()[-1]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"climbs": -0.021}, "Your climbs got 2.1 % cheaper."),
        ({"climbs": 0.03, "flat": -0.02}, "Your climbs got 3.0 % dearer."),
        ({"climbs": 0.01, "flat": -0.02}, "You got 2.0 % faster on the flat."),
        ({"flat": 0.02}, "You got 2.0 % slower on the flat."),
        ({"climbs": 0.004, "flat": -0.004}, None),
        ({}, None),
    ],
)
async def test_a_comparison_tells_the_larger_change_that_is_worth_telling(
    chat: Chatting, changed: dict[str, float], sentence: str | None
):
    await tell(chat, Compared("Hill", 20_000.0, 18_000.0, 22_800.0, 20_520.0, **changed))
    await chat.tell()
    lines = chat.telegram.said()[-1].splitlines()
    assert lines[2:-1] == ([] if sentence is None else [sentence])


async def test_a_notice_speaks_the_members_language_and_units(chat: Chatting):
    await chat.write("/language", language="ru")
    await chat.press(chat.telegram.buttons()["한국어"])
    await chat.write("/units")
    await chat.press(chat.telegram.buttons()["마일"])
    await tell(chat, UploadGivenUp(AT, 12_340.0))
    await chat.tell()
    assert chat.telegram.said()[-1].startswith("5월 30일 (토) 활동(7.7 mi)을 Strava에")


async def test_a_comparison_that_does_not_say_of_what_has_no_button(chat: Chatting):
    await tell(chat, COMPARED)
    await chat.tell()
    assert chat.telegram.buttons() == {}


async def test_a_notice_of_an_earlier_version_is_delivered(chat: Chatting):
    parts = chat.ayda.app.litestar.state["parts"]
    args = {"telegram_id": MEMBER, "message": "strava_reauth_required", "key": "strava_reauth_required-1-1"}
    await parts.database.write(lambda session: parts.queue.add(session, "tell_member", args))
    await chat.work("tell_member", **args)
    await chat.settle()
    assert "/connect" in chat.telegram.said()[-1]


async def test_where_there_is_no_bot_the_log_says_that_somebody_was_told_and_not_what():
    with capture_logs() as logs:
        await LogMessenger().tell(MEMBER, COMPARED, key="k1")
    assert "Dale" not in str(logs)
    assert logs[0]["message"] == "Compared"
