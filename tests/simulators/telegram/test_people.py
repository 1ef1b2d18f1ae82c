"""What people do, and what of it a bot hears in a group."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MenuButtonWebApp,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    WebAppInfo,
)
from aiogram.utils.web_app import safe_parse_webapp_init_data

from ayda_service.telegram.init_data import InitDataExpired, read_init_data, read_signed_init_data
from simulators.telegram.world.people import GROUP_ID
from tests.simulators.telegram.stage import ALEX, SASHA, START, Stage, met

APP = "https://ayda.test/app?v=1"


async def _buttons(stage: Stage) -> int:
    row = [InlineKeyboardButton(text=word, callback_data=word) for word in ("race", "easy")]
    sent = await stage.bot.send_message(ALEX, "How?", reply_markup=InlineKeyboardMarkup(inline_keyboard=[row]))
    return sent.message_id


async def test_a_tap_is_heard_and_its_answer_seen_by_whoever_tapped() -> None:
    stage = await met()
    message_id = await _buttons(stage)
    tapped = await stage.client("taps", person_id=ALEX, chat_id=ALEX, message_id=message_id, data="race")
    (update,) = await stage.bot.get_updates()
    query = update.callback_query
    assert (query.id, query.data, query.from_user.id, query.message.text) == (tapped["id"], "race", ALEX, "How?")
    assert await stage.bot.answer_callback_query(query.id, text="Racing", show_alert=True)
    (seen,) = (await stage.chat())["taps"]
    assert seen["answer"] == {"text": "Racing", "show_alert": True, "url": None}


async def test_a_button_that_is_gone_cannot_be_tapped() -> None:
    stage = await met()
    message_id = await _buttons(stage)
    await stage.bot.edit_message_reply_markup(chat_id=ALEX, message_id=message_id)
    body = {"person_id": ALEX, "chat_id": ALEX, "message_id": message_id, "data": "race"}
    answer = await stage.http.post("/client/taps", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "The message has no such button any more.")
    assert await stage.bot.get_updates() == []


async def test_a_tap_can_be_answered_for_a_quarter_of_an_hour() -> None:
    stage = await met()
    message_id = await _buttons(stage)
    tapped = await stage.client("taps", person_id=ALEX, chat_id=ALEX, message_id=message_id, data="race")
    stage.telegram.clock.advance(901)
    for query_id in (tapped["id"], "made-up"):
        with pytest.raises(TelegramBadRequest, match="query is too old"):
            await stage.bot.answer_callback_query(query_id)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("good morning", False),
        ("/group", True),
        ("/group@ayda_bot", True),
        ("/group@Ayda_Bot", True),
        ("/group@other_bot", False),
        ("what do you think, @ayda_bot?", True),
        ("and @other_bot?", False),
    ],
)
async def test_in_a_group_a_bot_hears_what_is_meant_for_it(text: str, heard: bool) -> None:
    stage = await met()
    await stage.say(text, SASHA, chat_id=GROUP_ID)
    assert [update.message.chat.id for update in await stage.bot.get_updates()] == ([GROUP_ID] if heard else [])


async def test_in_a_group_a_command_shows_the_file_it_answers() -> None:
    stage = await met()
    form = {"person_id": str(SASHA), "chat_id": str(GROUP_ID)}
    sent = (await stage.http.post("/client/files", data=form, files={"file": ("x.gpx", b"<gpx/>")})).json()
    assert await stage.bot.get_updates() == []
    await stage.say("/group", ALEX, chat_id=GROUP_ID, reply_to=sent["message_id"])
    (update,) = await stage.bot.get_updates()
    assert update.message.reply_to_message.document.file_name == "x.gpx"
    assert (await stage.bot.download(update.message.reply_to_message.document)).read() == b"<gpx/>"


async def test_in_a_group_an_answer_to_the_bot_is_heard() -> None:
    stage = await met()
    sent = await stage.bot.send_message(GROUP_ID, "Who runs?")
    await stage.say("I do", SASHA, chat_id=GROUP_ID, reply_to=sent.message_id)
    (update,) = await stage.bot.get_updates()
    assert (update.message.text, update.message.reply_to_message.text) == ("I do", "Who runs?")


async def test_a_bot_that_may_hears_all_of_a_group() -> None:
    stage = await met(sees_all_in_groups=True)
    await stage.say("good morning", SASHA, chat_id=GROUP_ID)
    assert len(await stage.bot.get_updates()) == 1
    assert (await stage.bot.get_me()).can_read_all_group_messages


async def test_nobody_writes_in_the_chat_of_another_or_to_a_bot_they_have_blocked() -> None:
    stage = await met()
    body = {"person_id": SASHA, "chat_id": ALEX, "text": "hi"}
    assert (await stage.http.post("/client/messages", json=body)).status_code == 400
    await stage.client(f"people/{ALEX}", blocks_bot=True)
    refused = await stage.http.post("/client/messages", json={"person_id": ALEX, "text": "hi"})
    assert refused.json()["error"] == "The bot is blocked; unblock it first."


async def test_blocking_is_told_once_and_so_is_letting_it_write_again() -> None:
    stage = await met()
    for blocks in (True, True, False, False):
        await stage.client(f"people/{ALEX}", blocks_bot=blocks)
    updates = await stage.bot.get_updates()
    assert [update.my_chat_member.new_chat_member.status for update in updates] == ["kicked", "member"]


async def test_the_language_of_a_person_comes_with_what_they_say() -> None:
    stage = await met()
    await stage.client(f"people/{ALEX}", language_code="ko")
    await stage.say("안녕")
    (update,) = await stage.bot.get_updates()
    assert update.message.from_user.language_code == "ko"
    wrong = await stage.http.post(f"/client/people/{ALEX}", json={"language_code": "xx"})
    assert wrong.status_code == 400


async def test_each_person_sees_the_commands_of_their_language_and_chat() -> None:
    stage = await met()
    english, russian = BotCommand(command="help", description="Help"), BotCommand(command="help", description="Помощь")
    await stage.bot.set_my_commands([english])
    await stage.bot.set_my_commands([russian], scope=BotCommandScopeAllPrivateChats(), language_code="ru")
    assert (await stage.chat(ALEX, ALEX))["commands"][0]["description"] == "Help"
    assert (await stage.chat(SASHA, SASHA))["commands"][0]["description"] == "Помощь"
    assert (await stage.chat(GROUP_ID, SASHA))["commands"][0]["description"] == "Help"
    assert [command.description for command in await stage.bot.get_my_commands()] == ["Help"]
    await stage.bot.delete_my_commands()
    assert await stage.bot.get_my_commands() == []


@pytest.mark.parametrize(
    ("commands", "complaint"),
    [
        ([{"command": "Help!", "description": "x"}], "BOT_COMMAND_INVALID"),
        ([{"command": "help", "description": ""}], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": "help", "description": "x"}] * 101, "BOT_COMMANDS_TOO_MUCH"),
    ],
)
async def test_commands_that_telegram_refuses_are_refused(commands: list[dict[str, str]], complaint: str) -> None:
    stage = await met()
    answer = await stage.call("setMyCommands", commands=commands)
    assert (answer.status_code, answer.json()["description"]) == (400, f"Bad Request: {complaint}")


async def test_a_keyboard_stays_until_it_is_taken_away() -> None:
    stage = await met()
    keyboard = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Yes")]], resize_keyboard=True)
    await stage.bot.send_message(ALEX, "?", reply_markup=keyboard)
    await stage.bot.send_message(ALEX, "still")
    assert (await stage.chat())["reply_keyboard"]["keyboard"] == [[{"text": "Yes"}]]
    await stage.bot.send_message(ALEX, "!", reply_markup=ReplyKeyboardRemove())
    assert (await stage.chat())["reply_keyboard"] is None


async def test_the_menu_button_is_that_of_the_chat_or_of_all_chats() -> None:
    stage = await met()
    assert (await stage.bot.get_chat_menu_button()).type == "default"
    await stage.bot.set_chat_menu_button(menu_button=MenuButtonWebApp(text="Ayda", web_app=WebAppInfo(url=APP)))
    assert (await stage.bot.get_chat_menu_button(chat_id=ALEX)).text == "Ayda"
    assert (await stage.chat())["menu_button"]["web_app"]["url"] == APP
    own = MenuButtonWebApp(text="Mine", web_app=WebAppInfo(url=APP))
    await stage.bot.set_chat_menu_button(chat_id=ALEX, menu_button=own)
    assert (
        (await stage.bot.get_chat_menu_button(chat_id=ALEX)).text,
        (await stage.bot.get_chat_menu_button()).text,
    ) == (
        "Mine",
        "Ayda",
    )


async def test_the_mini_app_learns_who_opened_it_by_a_proof_that_ayda_accepts() -> None:
    stage = await met()
    await stage.bot.set_chat_menu_button(menu_button=MenuButtonWebApp(text="Ayda", web_app=WebAppInfo(url=APP)))
    opened = await stage.client("mini-app", person_id=SASHA, theme="dark")
    address, _, behind = opened["url"].partition("#")
    fragment = {name: values[0] for name, values in parse_qs(behind).items()}
    assert (address, fragment["tgWebAppVersion"], fragment["tgWebAppPlatform"]) == (APP, "8.0", "web")
    assert fragment["tgWebAppData"] == opened["init_data"]
    token = stage.telegram.token
    read = read_init_data(opened["init_data"], bot_token=token, now=START, max_age_s=300)
    assert (read.telegram_id, read.auth_date_s) == (SASHA, int(START.timestamp()))
    key = (await stage.truth())["public_key"]
    signed = read_signed_init_data(opened["init_data"], bot_id=4242, now=START, max_age_s=300, public_key=key)
    assert signed == read
    with pytest.raises(InitDataExpired):
        read_init_data(opened["init_data"], bot_token=token, now=START + timedelta(seconds=301), max_age_s=300)
    assert safe_parse_webapp_init_data(token, opened["init_data"]).user.language_code == "ru"


async def test_a_direct_link_hands_its_word_to_the_mini_app() -> None:
    stage = await met(mini_app_url=APP)
    opened = await stage.client("mini-app", person_id=ALEX, start_param="strava_ok")
    fields = dict(parse_qsl(opened["init_data"]))
    assert (fields["start_param"], fields["chat_type"]) == ("strava_ok", "private")
    assert "query_id" not in fields
    assert parse_qs(urlsplit(opened["url"]).query) == {"v": ["1"], "tgWebAppStartParam": ["strava_ok"]}
    wrong = await stage.http.post("/client/mini-app", json={"person_id": ALEX, "start_param": "a b"})
    assert wrong.status_code == 400


async def test_without_a_mini_app_there_is_nothing_to_open() -> None:
    stage = await met()
    answer = await stage.http.post("/client/mini-app", json={"person_id": ALEX})
    assert "setChatMenuButton" in answer.json()["error"]


async def test_whoever_waits_for_a_change_is_told_of_it_and_of_nothing_else() -> None:
    stage = await met()
    version = (await stage.chat())["version"]
    same = await stage.http.get("/client/changes", params={"after": version, "within_s": 0})
    assert same.json() == {"version": version}
    await stage.bot.send_message(ALEX, "news")
    later = await stage.http.get("/client/changes", params={"after": version})
    assert later.json()["version"] > version
