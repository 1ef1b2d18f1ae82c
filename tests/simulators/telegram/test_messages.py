"""What a bot may say, and what it is told when it may not; aiogram's types judge every answer."""

from __future__ import annotations

import pytest
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetMe
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters, WebAppInfo

from simulators.telegram.world.people import GROUP_ID
from tests.simulators.telegram.stage import ALEX, BASE, SASHA, met, stage_with


def _keyboard(**button: object) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Go", **button)]])


async def test_the_bot_knows_itself() -> None:
    stage = stage_with()
    me = await stage.bot.get_me()
    assert (me.id, me.is_bot, me.username) == (4242, True, "ayda_bot")


async def test_a_bot_cannot_write_to_whoever_has_not_written_to_it() -> None:
    stage = stage_with()
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await stage.bot.send_message(ALEX, "Hello")
    await stage.say("/start")
    assert (await stage.bot.send_message(ALEX, "Hello")).text == "Hello"


async def test_what_is_said_stands_in_the_chat_with_a_number_of_its_own() -> None:
    stage = await met()
    sent = await stage.bot.send_message(ALEX, "See https://example.org and /help")
    assert sent.message_id == 2
    assert [(e.type, e.extract_from(sent.text)) for e in sent.entities] == [
        ("url", "https://example.org"),
        ("bot_command", "/help"),
    ]
    assert [m["text"] for m in (await stage.chat())["messages"]] == ["/start", sent.text]


async def test_html_becomes_a_text_and_its_entities() -> None:
    stage = await met()
    sent = await stage.bot.send_message(ALEX, " 🏔 <b>5:12 <i>h</i></b> &lt;ok&gt;", parse_mode=ParseMode.HTML)
    assert sent.text == "🏔 5:12 h <ok>"
    assert [(e.type, e.extract_from(sent.text)) for e in sent.entities] == [("bold", "5:12 h"), ("italic", "h")]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("é <div>x</div>", 'Unsupported start tag "div" at byte offset 3'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("1 < 2", "Unsupported start tag"),
    ],
)
async def test_html_that_cannot_be_read_is_refused_with_its_place(text: str, complaint: str) -> None:
    stage = await met()
    with pytest.raises(TelegramBadRequest) as refused:
        await stage.bot.send_message(ALEX, text, parse_mode=ParseMode.HTML)
    assert f"Bad Request: can't parse entities: {complaint}" in str(refused.value)
    assert (await stage.truth())["sent"] == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("   ", "message text is empty"), ("x" * 4097, "message is too long"), ("😀" * 2049, "message is too long")],
)
async def test_a_text_has_one_to_4096_characters(text: str, complaint: str) -> None:
    stage = await met()
    with pytest.raises(TelegramBadRequest, match=complaint):
        await stage.bot.send_message(ALEX, text)
    assert len((await stage.bot.send_message(ALEX, "x" * 4096)).text) == 4096


async def test_callback_data_is_counted_in_bytes() -> None:
    stage = await met()
    await stage.bot.send_message(ALEX, "x", reply_markup=_keyboard(callback_data="가" * 21))
    answer = await stage.call(
        "sendMessage",
        chat_id=ALEX,
        text="x",
        reply_markup={"inline_keyboard": [[{"text": "Go", "callback_data": "가" * 22}]]},
    )
    assert answer.json() == {"ok": False, "error_code": 400, "description": "Bad Request: BUTTON_DATA_INVALID"}


async def test_a_mini_app_button_needs_https_and_a_private_chat() -> None:
    stage = await met()
    app = WebAppInfo(url="https://ayda.test/")
    assert (await stage.bot.send_message(ALEX, "x", reply_markup=_keyboard(web_app=app))).reply_markup is not None
    with pytest.raises(TelegramBadRequest, match="Only HTTPS links are allowed"):
        await stage.bot.send_message(ALEX, "x", reply_markup=_keyboard(web_app=WebAppInfo(url="http://ayda.test/")))
    with pytest.raises(TelegramBadRequest, match="BUTTON_TYPE_INVALID"):
        await stage.bot.send_message(GROUP_ID, "x", reply_markup=_keyboard(web_app=app))


async def test_an_edit_keeps_the_message_and_what_it_said_before() -> None:
    stage = await met()
    sent = await stage.bot.send_message(ALEX, "1 of 3", reply_markup=_keyboard(callback_data="stop"))
    edited = await stage.bot.edit_message_text("2 of 3", chat_id=ALEX, message_id=sent.message_id)
    assert (edited.message_id, edited.text, edited.reply_markup) == (sent.message_id, "2 of 3", None)
    assert edited.edit_date is not None
    (told,) = [m for m in (await stage.truth())["messages"] if m["message_id"] == sent.message_id]
    assert told["earlier"] == [{"text": "1 of 3"}]


async def test_an_edit_that_changes_nothing_is_refused() -> None:
    stage = await met()
    markup = _keyboard(callback_data="stop")
    sent = await stage.bot.send_message(ALEX, "same", reply_markup=markup)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await stage.bot.edit_message_text("same", chat_id=ALEX, message_id=sent.message_id, reply_markup=markup)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await stage.bot.edit_message_reply_markup(chat_id=ALEX, message_id=sent.message_id, reply_markup=markup)
    await stage.bot.edit_message_reply_markup(chat_id=ALEX, message_id=sent.message_id)


async def test_only_what_is_there_and_its_own_can_be_edited() -> None:
    stage = await met()
    for message_id, complaint in ((99, "message to edit not found"), (1, "message can't be edited")):
        with pytest.raises(TelegramBadRequest, match=complaint):
            await stage.bot.edit_message_text("x", chat_id=ALEX, message_id=message_id)
    sent = await stage.bot.send_message(ALEX, "text")
    with pytest.raises(TelegramBadRequest, match="there is no caption in the message to edit"):
        await stage.bot.edit_message_caption(caption="x", chat_id=ALEX, message_id=sent.message_id)


async def test_a_message_is_deleted_once_and_within_two_days() -> None:
    stage = await met()
    first = await stage.bot.send_message(ALEX, "first")
    second = await stage.bot.send_message(ALEX, "second")
    assert await stage.bot.delete_message(ALEX, first.message_id)
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await stage.bot.delete_message(ALEX, first.message_id)
    stage.telegram.clock.advance(49 * 3600)
    with pytest.raises(TelegramBadRequest, match="can't be deleted"):
        await stage.bot.delete_message(ALEX, second.message_id)
    assert [m["text"] for m in (await stage.chat())["messages"]] == ["/start", "second"]


async def test_an_answer_shows_what_it_answers_unless_that_is_gone() -> None:
    stage = await met()
    answer = await stage.bot.send_message(ALEX, "yes", reply_parameters=ReplyParameters(message_id=1))
    assert answer.reply_to_message.text == "/start"
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await stage.bot.send_message(ALEX, "yes", reply_parameters=ReplyParameters(message_id=77))
    tolerant = ReplyParameters(message_id=77, allow_sending_without_reply=True)
    assert (await stage.bot.send_message(ALEX, "yes", reply_parameters=tolerant)).reply_to_message is None


async def test_whoever_has_blocked_the_bot_hears_nothing_until_they_let_it() -> None:
    stage = await met()
    await stage.client(f"people/{ALEX}", blocks_bot=True)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await stage.bot.send_message(ALEX, "Hello?")
    await stage.client(f"people/{ALEX}", blocks_bot=False)
    assert await stage.bot.send_chat_action(ALEX, "typing")
    assert (await stage.chat())["action"] == "typing"
    stage.telegram.clock.advance(6)
    assert (await stage.chat())["action"] is None


async def test_a_wrong_token_and_an_unknown_method_are_told_apart() -> None:
    stage = stage_with()
    answer = await stage.http.get("/bot4242:guessed/getMe")
    assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    with pytest.raises(TelegramUnauthorizedError):
        stage.bot.session.check_response(stage.bot, GetMe(), answer.status_code, answer.text)
    unknown = await stage.call("sendGreeting")
    with pytest.raises(TelegramNotFound, match="method not found"):
        stage.bot.session.check_response(stage.bot, GetMe(), unknown.status_code, unknown.text)


async def test_methods_are_called_by_get_post_form_and_json_in_any_case() -> None:
    stage = await met()
    address = f"{BASE}/bot{stage.telegram.token}/SENDMESSAGE"
    fields = {"chat_id": str(ALEX), "text": "é가😀", "disable_notification": "true"}
    answers = [
        await stage.http.get(address, params=fields),
        await stage.http.post(address, params=fields),
        await stage.http.post(address, data=fields),
        await stage.http.post(address, data=fields, files={"x": ("x", b"x")}),
        await stage.http.post(address, json={"chat_id": ALEX, "text": "é가😀"}),
    ]
    assert [answer.json()["result"]["text"] for answer in answers] == ["é가😀"] * 5
    broken = await stage.http.post(address, content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400


async def test_chats_and_their_members_are_as_aiogram_knows_them() -> None:
    stage = await met()
    assert (await stage.bot.get_chat(GROUP_ID)).type == "supergroup"
    assert (await stage.bot.get_chat(ALEX)).first_name == "Alex"
    assert (await stage.bot.get_chat_member(GROUP_ID, ALEX)).status == "creator"
    assert (await stage.bot.get_chat_member(GROUP_ID, SASHA)).status == "member"
    with pytest.raises(TelegramBadRequest, match="user not found"):
        await stage.bot.get_chat_member(ALEX, SASHA)
