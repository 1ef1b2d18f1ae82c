"""What the bot does is what Telegram lets it do: the real ayda against the simulated one, over sockets."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from ayda_service.bot.commands import COMMANDS
from simulators.telegram.acts import block, say, send_file
from simulators.telegram.trouble import OrderedTrouble, TroubleKind
from simulators.telegram.world.people import GROUP_ID
from simulators.telegram.world.pictures import pixels_of
from tests.ayda.bot.together import ALEX, SASHA, SECRET, Together, together
from tests.ayda.plans.conftest import PREDICT, ROUTE_ID, track_of
from tests.takealong.made import camps, told
from trackfiles.drawn import draw_course

pytestmark = pytest.mark.system
SAYING = ("sendMessage", "sendPhoto", "sendDocument", "editMessageText")
HELLO = "Hello! I tell you how long a route will take you."
PRIVATELY = "That is between you and me: ask me in our own chat."
MEGABYTE = 1024 * 1024


@pytest.fixture
async def both(database_url: str) -> AsyncIterator[Together]:
    async with together(database_url) as opened:
        yield opened


def order(both: Together, kind: TroubleKind, **how: object) -> None:
    """Trouble for the next message to Alex."""
    both.telegram.desk.order(OrderedTrouble(kind, method="sendMessage", chat_id=ALEX, **how))  # type: ignore[arg-type]


@pytest.mark.parametrize("updates", ["webhook", "polling"])
async def test_people_are_answered_in_the_language_of_their_telegram(database_url: str, updates: str):
    async with together(database_url, updates) as both:  # type: ignore[arg-type]
        say(both.telegram, ALEX, "/start")
        say(both.telegram, SASHA, "/start")
        assert [text.partition("\n")[0] for text in await both.said()] == [HELLO]
        assert (await both.said(chat_id=SASHA))[0].startswith("Привет!")
        assert both.telegram.courier.webhook.secret == (SECRET if updates == "webhook" else "")
        assert not both.telegram.line.pending(), "what was fetched was confirmed"


async def test_a_bot_that_had_a_webhook_can_fetch_its_updates(database_url: str):
    async with together(database_url) as hooked:
        await hooked.write("/start")
        webhook, line = hooked.telegram.courier.webhook, hooked.telegram.line
    assert webhook.url
    async with together(database_url, "polling") as both:
        both.telegram.line.add("message", line.all()[0].content, ALEX)
        both.telegram.person(ALEX).started = True
        # of an update that it has taken before a bot hears no more; the next one is new
        await both.write("/units")
        assert "Kilometres or miles?" in await both.said()


async def test_what_the_bot_can_do_is_listed_in_each_language_and_its_page_is_a_button(both: Together):
    listed = {
        code: [each["command"] for each in both.telegram.profile.commands("default", code)] for code in ("", "ru", "ko")
    }
    assert set(map(tuple, listed.values())) == {tuple(name for name, _ in COMMANDS)}
    menu = both.telegram.profile.menu(ALEX)
    assert (menu["type"], menu["web_app"]["url"]) == ("web_app", f"{both.ayda_url}/app")


async def test_the_page_may_be_framed_by_the_telegram_that_opens_it_and_by_nobody_else(both: Together):
    async with both.browser() as http:
        framed, alone = await http.get(f"{both.ayda_url}/app"), await http.get(both.ayda_url)
    assert f"frame-ancestors {both.telegram_url}" in framed.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in alone.headers["content-security-policy"]


def answer_with_course(both: Together) -> None:
    """The predictor tells where the course runs, so that a card can be drawn."""
    prediction, ground = told(checkpoints=camps(3, 20_000))
    course = msgspec.structs.replace(prediction.course, route_id=ROUTE_ID) if prediction.course else None
    kept = msgspec.structs.replace(prediction, prediction_id="018f6b2a-0000-7000-8000-0000000000a1", course=course)
    both.predictor.answers[PREDICT] = (200, msgspec.to_builtins(kept))
    track = ("GET", f"/api/v1/internal/routes/{ROUTE_ID}/track")
    both.predictor.answers[track] = (200, msgspec.to_builtins(track_of(ground)))


async def test_a_course_becomes_a_card_and_files(both: Together):
    answer_with_course(both)
    await both.send(draw_course(), "산 тропа.gpx")
    assert "How do you go?" in (await both.said())[0]
    await both.press("steady: as on a good day")
    (card,) = both.by_bot()[1:]
    assert "from start to finish, steady" in card.content.text
    assert card.content.attachment is not None, both.calls(*SAYING)
    picture = both.telegram.files.content(card.content.attachment.file)
    assert pixels_of(picture) == (1080, 1350)
    assert len(picture) <= 300_000
    _, opened = both.button("Open in the app", kind="web_app")
    assert f"{both.ayda_url}/app#prediction=" in opened
    await both.press("Plan as GPX")
    await both.press("For the watch")
    files = [message.content.attachment.file for message in both.by_bot()[2:] if message.content.attachment]
    assert [file.name for file in files] == ["plan.gpx", "course.tcx"]
    assert b"<gpx" in both.telegram.files.content(files[0])[:200]
    assert {tap.answer is not None for tap in both.telegram.truth.taps.values()} == {True}, "every press is noticed"
    assert set(both.calls(*SAYING)) == {"answered"}


async def test_two_presses_while_the_card_is_drawn_are_one_card_each(both: Together):
    answer_with_course(both)
    await both.send(draw_course())
    message, data = both.button("steady: as on a good day", kind="callback_data")
    _, other = both.button("race: all you have", kind="callback_data")
    from simulators.telegram.acts import tap  # noqa: PLC0415 - without waiting for what follows

    for pressed in (data, other):
        tap(both.telegram, ALEX, ALEX, message.id, pressed)
    await both.settled()
    assert len([each for each in both.by_bot() if each.content.attachment is not None]) == len((data, other))


async def test_a_file_too_large_for_bots_is_answered_with_what_to_do(both: Together):
    await both.send(b"<gpx/>", size=30 * MEGABYTE)
    assert "20 MB" in (await both.said())[0]
    assert both.calls("getFile") == []


async def test_a_file_that_cannot_be_fetched_while_telegram_is_away_is_answered_when_it_is_back(both: Together):
    both.telegram.desk.order(OrderedTrouble("refused", method="getFile", count=5))
    await both.send(draw_course())
    assert "How do you go?" in (await both.said())[0]
    assert both.calls("getFile") == ["refused"] * 5 + ["answered"]


async def test_strava_is_connected_through_the_phones_browser_and_back_into_telegram(both: Together):
    await both.write("/connect")
    _, entrance = both.button("Connect Strava")
    athlete = both.simulator.add_athlete()
    async with both.browser() as http:
        consent = httpx.URL((await http.get(entrance)).headers["location"])
        asked = dict(consent.params)
        form = {**asked, "athlete_id": str(athlete), "granted": asked["scope"].split(","), "decision": "allow"}
        decided = await http.post(consent.copy_with(query=None), data=form)
        page = await http.get(decided.headers["location"])
        link = re.search(rf'href="({re.escape(both.telegram_url)}/t\.me/ayda_bot\?startapp=(\w[\w-]+))"', page.text)
        assert link, page.text
        followed = await http.get(link[1])
        assert followed.headers["location"].startswith("/?startapp=strava_")
        claim = {"claim": link[2].removeprefix("strava_")}
        complete = f"{both.ayda_url}/api/v1/strava/complete"
        stolen = await http.post(complete, json=claim, headers=both.proof(SASHA, link[2]))
        assert stolen.status_code == 400, "a link that somebody sent on connects nobody"
    await both.write("/connect")
    assert "Connect Strava, and every answer is about you." in (await both.said(2))[1]
    async with both.browser() as http:
        consent = httpx.URL((await http.get(both.button("Connect Strava")[1])).headers["location"])
        form["state"] = consent.params["state"]
        page = await http.get((await http.post(consent.copy_with(query=None), data=form)).headers["location"])
        claim = {"claim": re.findall(r"startapp=strava_([\w-]+)", page.text)[0]}
        done = await http.post(complete, json=claim, headers=both.proof(ALEX, "strava"))
        assert done.status_code == 200, done.text
    await both.write("/connect")
    assert (await both.said(3))[2] == "Strava is connected. New activities come in by themselves."


async def test_in_a_group_the_bot_is_silent_until_it_is_asked_and_then_says_nothing_personal(both: Together):
    for talk in ("Who runs on Sunday?", "See you at /dev/null", "profile"):
        say(both.telegram, ALEX, talk, chat_id=GROUP_ID)
    await both.write("/profile@ayda_bot", chat_id=GROUP_ID)
    assert await both.said(chat_id=GROUP_ID) == [PRIVATELY]
    assert both.button("Write to me", GROUP_ID)[1] == f"{both.telegram_url}/t.me/ayda_bot"
    send_file(both.telegram, ALEX, draw_course(), "course.gpx", chat_id=GROUP_ID)
    await both.settled()
    assert (both.by_bot(ALEX), len(both.by_bot(GROUP_ID))) == ([], 1)


async def test_a_button_in_a_group_works_in_the_hand_it_was_given_to(both: Together):
    await both.write("/language@ayda_bot", chat_id=GROUP_ID)
    await both.press("한국어", SASHA, GROUP_ID)
    (tap,) = both.telegram.truth.taps.values()
    assert tap.answer == {"text": "This button is somebody else's.", "show_alert": True, "url": None}
    await both.press("한국어", ALEX, GROUP_ID)
    assert (await both.said(2, GROUP_ID))[1] != (await both.said(2, GROUP_ID))[0]


async def test_who_blocks_the_bot_is_left_alone_until_they_come_back(both: Together):
    await both.write("/start")
    block(both.telegram, ALEX, blocked=True)
    say_before = len(both.by_bot())
    await both.settled()
    block(both.telegram, ALEX, blocked=False)
    await both.write("/units")
    assert len(both.by_bot()) == say_before + 1


async def test_one_who_blocks_the_bot_before_it_answers_gets_nothing_later(both: Together):
    order(both, "blocked")
    await both.write("/start")
    assert both.by_bot() == []
    await both.write("/units")
    assert await both.said() == ["Kilometres or miles?"]


async def test_a_flood_limit_is_waited_out_for_as_long_as_telegram_says(both: Together):
    order(both, "flood", retry_after_s=2)
    await both.write("/start")
    assert len(await both.said()) == 1
    refused, sent = (call for call in both.telegram.truth.calls if call.method == "sendMessage")
    assert (refused.outcome, sent.outcome) == ("refused", "answered")
    assert sent.at_s - refused.at_s >= 2


@pytest.mark.parametrize(("kind", "times"), [("refused", 1), ("lost", 2), ("silent", 2)])
async def test_what_telegram_did_not_take_is_sent_again_and_what_it_did_not_confirm_too(
    both: Together, kind: TroubleKind, times: int
):
    order(both, kind, status=500)
    await both.write("/start")
    assert len(await both.said(times)) == times
    assert both.calls("sendMessage")[-1] == "answered"


async def test_messages_of_a_chat_keep_to_its_limit_by_themselves(both: Together):
    for _ in range(6):
        say(both.telegram, ALEX, "/units")
    assert len(await both.said(6)) == 6
    assert set(both.calls("sendMessage")) == {"answered"}, "Telegram had to refuse nothing"


async def test_everything_about_somebody_ends_with_a_receipt(both: Together):
    await both.send(draw_course())
    await both.write("/delete")
    both.predictor.answers["DELETE", f"/api/v1/internal/athletes/{ALEX}"] = (200, {"status": "erased", "erased": {}})
    await both.press("Yes, erase everything")
    assert "Your receipt: " in both.by_bot()[-1].content.text
