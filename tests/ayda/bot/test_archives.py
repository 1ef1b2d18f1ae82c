"""An archive in the chat becomes an import, told in one message from its arrival to its end."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.methods import EditMessageText, SendMessage

from servicekit.jobs import Snooze
from tests.ayda.bot.support import GROUP, Chatting
from tests.ayda.imports.support import IMPORTS, archive, is_read, stands
from tests.ayda.strava.test_revocations import arguments
from tests.ayda.support import MEMBER, problem

DONE = {"added": 6, "duplicates": 2, "dropped": {"other_sport": 3, "broken_xml": 1, "sport_unknown": 1}}


async def look(chat: Chatting) -> None:
    """One look at each import that is followed, and what is said of it."""
    for args in await arguments(chat.ayda, "follow_import"):
        try:
            await chat.work("follow_import", **args)
        except Snooze:
            continue
    await chat.settle()


async def test_one_message_tells_of_an_archive_from_its_arrival_to_its_end(chat: Chatting):
    stands(chat.ayda.predictor)
    await chat.send(archive(), "export.zip")
    await look(chat)
    stands(chat.ayda.predictor, status="running", files_total=1200, files_read=300)
    await look(chat)
    is_read(chat.ayda.predictor, **DONE)
    await look(chat)
    assert len(chat.telegram.sent(SendMessage)) == 1
    assert {edit.message_id for edit in chat.telegram.sent(EditMessageText)} == {100}
    arrived, reading, done = chat.telegram.said()
    assert arrived == "Your archive is here. I am about to read it."
    assert reading == "Reading: 300 of 1,200 files."
    assert done.splitlines() == [
        "6 outings are new.",
        "2 I had already.",
        "",
        "Left out:",
        "· 4: not on foot, or no sport named",
        "· 1: damaged, or no recording",
        "",
        "Send me a course: the answer is about you now. /profile says what I know.",
    ]
    [sent] = chat.ayda.predictor.asked(IMPORTS)
    assert sent.content == archive()


async def test_what_has_not_changed_is_not_said_again_and_a_restart_loses_nothing(chat: Chatting):
    stands(chat.ayda.predictor, status="running", files_total=8, files_read=3)
    await chat.send(archive(), "export.zip")
    for _ in range(3):
        await look(chat)
    assert chat.telegram.said() == ["Reading: 3 of 8 files."]
    is_read(chat.ayda.predictor, added=1)
    for _ in range(2):  # the job ran, and its end was lost with the process
        await look(chat)
    assert [said.partition("\n")[0] for said in chat.telegram.said()[1:]] == ["1 outing is new."]


async def test_the_same_archive_sent_again_has_a_message_of_its_own(chat: Chatting):
    is_read(chat.ayda.predictor, duplicates=8)
    for _ in range(2):
        await chat.send(archive(), "export.zip")
    await look(chat)
    assert len(chat.telegram.sent(SendMessage)) == 2
    assert chat.telegram.said()[-1].startswith("0 outings are new.\n8 I had already.")


async def test_the_same_update_told_twice_is_one_import_and_one_message(chat: Chatting):
    stands(chat.ayda.predictor)
    chat.telegram.files["f1"] = archive()
    document = {"file_id": "f1", "file_unique_id": "u", "file_name": "e.zip", "file_size": 100}
    update = chat.message(document=document)
    for _ in range(2):
        await chat.deliver(update)
        await chat.settle()
    await look(chat)
    assert len(chat.ayda.predictor.asked(IMPORTS)) == 1
    assert len(chat.telegram.said()) == 1


async def test_one_that_failed_says_that_it_goes_on_and_at_last_what_to_do(chat: Chatting):
    stands(chat.ayda.predictor)
    await chat.send(archive(), "export.zip")
    stands(chat.ayda.predictor, status="failed", detail="Why.", finished_at=chat.ayda.clock.now().isoformat())
    await look(chat)
    assert chat.telegram.said()[-1].startswith("Reading stopped half way.")
    chat.ayda.clock.advance(3600)
    await look(chat)
    assert chat.telegram.said()[-1] == "I could not read that archive to its end. Please send it once more."


async def test_an_archive_that_cannot_be_opened_is_answered_with_what_to_do(chat: Chatting):
    chat.ayda.predictor.answers["POST", IMPORTS] = (422, problem(422, "bad_gpx", "This ZIP archive is damaged."))
    await chat.send(archive(), "export.zip")
    assert chat.telegram.said() == ["This ZIP archive is damaged."]
    assert await arguments(chat.ayda, "follow_import") == []


@pytest.mark.parametrize(("language", "left_out"), [("ru", "вошло:"), ("ko", "제외됨:")])
async def test_the_end_is_told_in_the_members_language(chat: Chatting, language: str, left_out: str):
    is_read(chat.ayda.predictor, **DONE)
    await chat.send(archive(), "export.zip", language=language)
    await look(chat)
    assert left_out in chat.telegram.said()[-1]


async def test_a_file_beyond_what_bots_get_leads_to_the_page(chat: Chatting):
    document: dict[str, Any] = {"file_id": "f1", "file_unique_id": "u", "file_name": "e.zip", "file_size": 25_000_000}
    await chat.deliver(chat.message(document=document))
    await chat.settle()
    assert "20 MB" in chat.telegram.said()[-1]
    assert chat.telegram.buttons() == {"Open Ayda": "https://ayda.test/app"}


async def test_in_a_group_archives_are_nobodys(chat: Chatting):
    stands(chat.ayda.predictor)
    await chat.send(archive(), "export.zip", chat=GROUP)
    assert chat.ayda.predictor.asked(IMPORTS) == []
    assert chat.telegram.said(GROUP) == chat.telegram.said(MEMBER) == []


async def test_who_is_erased_hears_no_more_of_their_archive(chat: Chatting):
    stands(chat.ayda.predictor)
    await chat.send(archive(), "export.zip")
    await chat.write("/delete")
    chat.ayda.clock.advance(1)
    await chat.press(chat.telegram.buttons()["Yes, erase everything"])
    assert await arguments(chat.ayda, "follow_import") == []
