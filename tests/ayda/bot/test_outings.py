"""A recording in the chat is asked about once, kept once, and learned from once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ayda.activities.support import files, recording
from tests.ayda.bot.support import Chatting
from tests.ayda.strava.test_revocations import arguments
from tests.ayda.support import MEMBER, problem
from tests.trackfiles.malformed.writers import fit_of, gpx_of, tcx_of
from tests.trackfiles.outings import outing

ROUTES = "/api/v1/internal/routes"
MINE = "It is an outing of mine"


def answering(chat: Chatting, content: bytes) -> dict[str, Any]:
    """The bot's question, which answers the message with the file."""
    chat.telegram.files["f1"] = content
    document = {"file_id": "f1", "file_unique_id": "u", "file_name": "a.gpx", "file_size": len(content)}
    where = {"message_id": 1, "date": 1, "chat": {"id": MEMBER, "type": "private"}}
    return {"reply_to_message": {**where, "document": document}}


async def test_a_recording_is_asked_about_and_kept_once_however_often_it_is_pressed(chat: Chatting):
    await chat.send(recording(1))
    assert "or is it an outing of yours?" in chat.telegram.said()[-1]
    mine = chat.telegram.buttons()[MINE]
    for _ in range(2):
        await chat.press(mine, **answering(chat, recording(1)))
    assert chat.telegram.said()[-2].startswith("Kept: 4.0 km in 0:2")
    assert chat.telegram.said()[-1] == "I have that outing already."
    [(activity, _)] = files(chat.ayda)
    assert activity.provenance == "telegram_upload"
    [learned] = await arguments(chat.ayda, "learn_activity")
    assert learned["activity_id"] == str(activity.id)


async def test_two_taps_of_a_finger_are_one_answer(chat: Chatting):
    await chat.send(recording(1))
    mine, told = chat.telegram.buttons()[MINE], answering(chat, recording(1))
    shown = {"message_id": 7, "date": 1, "chat": {"id": MEMBER, "type": "private"}, **told}
    person = {"id": MEMBER, "is_bot": False, "first_name": "A", "language_code": "en"}
    for number in range(2):
        query = {"id": f"q{number}", "from": person, "chat_instance": "c", "data": mine, "message": shown}
        await chat.deliver(chat.update(callback_query=query))
    await chat.settle()
    assert [said for said in chat.telegram.said() if said.startswith(("Kept", "I have"))] == [chat.telegram.said()[-1]]
    assert chat.telegram.noticed() == [None, None]


@pytest.mark.parametrize("content", [fit_of(outing()), tcx_of(outing())], ids=["fit", "tcx"])
async def test_what_a_watch_wrote_is_an_outing_also_where_no_course_can_be_made_of_it(chat: Chatting, content: bytes):
    chat.ayda.predictor.answers["POST", ROUTES] = (422, problem(422, "bad_gpx"))
    await chat.send(content, "watch.fit")
    assert chat.telegram.said()[-1].startswith("That is a recording.")
    await chat.press(chat.telegram.buttons()[MINE], **answering(chat, content))
    assert chat.telegram.said()[-1].startswith("Kept: ")


async def test_a_file_that_is_gone_is_asked_for_again(chat: Chatting):
    await chat.send(recording(1))
    await chat.press(chat.telegram.buttons()[MINE])
    assert chat.telegram.said()[-1] == "I no longer have that file. Please send it again."


async def test_an_outing_is_kept_by_nobody_but_who_sent_it(chat: Chatting):
    await chat.send(recording(1))
    mine = chat.telegram.buttons()[MINE]
    await chat.press(mine, sender=MEMBER + 1, **answering(chat, recording(1)))
    assert chat.telegram.noticed() == ["This button is somebody else's."]
    assert files(chat.ayda) == []


async def test_what_had_to_be_put_right_in_a_recording_is_said(chat: Chatting):
    points = outing()
    shuffled = gpx_of(points[40:] + points[:40], "running")
    await chat.send(shuffled)
    await chat.press(chat.telegram.buttons()[MINE], **answering(chat, shuffled))
    assert "Its points were out of order and were sorted by time." in chat.telegram.said()[-1]
