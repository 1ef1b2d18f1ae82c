"""Photos and documents: what may be sent, how it comes back, and how long it can be fetched."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile, InputMediaDocument, InputMediaPhoto
from hypothesis import given
from hypothesis import strategies as st

from simulators.telegram.limits import LARGEST_DOWNLOAD_BYTES, LARGEST_PHOTO_BYTES, check_upload
from simulators.telegram.refusals import BotApiError
from simulators.telegram.world.files import FileBox
from simulators.telegram.world.pictures import is_sendable, pixels_of, sizes_of
from tests.simulators.telegram.stage import ALEX, PNG, Stage, met

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08\x02\x58\x03\x20\x03\x01\x11\0"


async def _upload(stage: Stage, content: bytes, name: str = "course.gpx", **fields: str) -> dict[str, object]:
    form = {"person_id": str(ALEX)} | fields
    answer = await stage.http.post("/client/files", data=form, files={"file": (name, content, "application/gpx+xml")})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_document_of_a_person_comes_back_byte_for_byte_under_its_own_name() -> None:
    stage = await met()
    content = bytes(range(256)) * 300
    await _upload(stage, content, "тропа 산.gpx", caption="this one")
    (update,) = await stage.bot.get_updates()
    document = update.message.document
    assert (document.file_name, document.file_size, update.message.caption) == ("тропа 산.gpx", 76_800, "this one")
    assert (await stage.bot.download(document)).read() == content


async def test_a_path_holds_for_an_hour() -> None:
    stage = await met()
    await _upload(stage, b"<gpx/>")
    (update,) = await stage.bot.get_updates()
    file = await stage.bot.get_file(update.message.document.file_id)
    address = f"/file/bot{stage.telegram.token}/{file.file_path}"
    stage.telegram.clock.advance(3600)
    assert (await stage.http.get(address)).content == b"<gpx/>"
    stage.telegram.clock.advance(1)
    assert (await stage.http.get(address)).status_code == 404
    assert (await stage.http.get(address.replace("simulated", "guessed"))).status_code == 401
    assert (await stage.bot.get_file(file.file_id)).file_path


async def test_more_than_20_mb_cannot_be_fetched() -> None:
    stage = await met()
    for size in (LARGEST_DOWNLOAD_BYTES, LARGEST_DOWNLOAD_BYTES + 1):
        await _upload(stage, b"x", size=str(size))
    small, large = await stage.bot.get_updates()
    assert (await stage.bot.get_file(small.message.document.file_id)).file_path
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await stage.bot.get_file(large.message.document.file_id)
    with pytest.raises(TelegramBadRequest, match="wrong file_id"):
        await stage.bot.get_file("made-up")


async def test_a_photo_has_sizes_and_a_document_a_name() -> None:
    stage = await met()
    photo = await stage.bot.send_photo(
        ALEX, BufferedInputFile(PNG, "card.png"), caption="<b>card</b>", parse_mode="HTML"
    )
    assert [(size.width, size.height) for size in photo.photo] == [(72, 90), (256, 320), (640, 800), (1024, 1280)]
    assert (photo.caption, photo.caption_entities[0].type) == ("card", "bold")
    plan = await stage.bot.send_document(ALEX, BufferedInputFile(b"a,b\n", "plan.csv"))
    assert (plan.document.file_name, plan.document.file_size) == ("plan.csv", 4)
    again = await stage.bot.send_document(ALEX, plan.document.file_id)
    assert again.document.file_id == plan.document.file_id


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (PNG[:16] + (9_000).to_bytes(4) + (1_001).to_bytes(4) + PNG[24:], "PHOTO_INVALID_DIMENSIONS"),
        (PNG[:16] + (2_100).to_bytes(4) + (100).to_bytes(4) + PNG[24:], "PHOTO_INVALID_DIMENSIONS"),
        (b"", "file must be non-empty"),
    ],
)
async def test_what_is_no_photo_is_not_sent_as_one(content: bytes, complaint: str) -> None:
    stage = await met()
    with pytest.raises(TelegramBadRequest, match=complaint):
        await stage.bot.send_photo(ALEX, BufferedInputFile(content, "card.png"))


async def test_a_photo_over_10_mb_is_refused_with_both_sizes() -> None:
    stage = await met()
    content = PNG + b"\0" * (LARGEST_PHOTO_BYTES + 1 - len(PNG))
    with pytest.raises(
        TelegramBadRequest, match="size 10485761 bytes is too big for a photo; the maximum size is 10485760"
    ):
        await stage.bot.send_photo(ALEX, BufferedInputFile(content, "card.png"))


def test_a_document_over_50_mb_is_413() -> None:
    check_upload(50 * 1024 * 1024, photo=False)
    with pytest.raises(BotApiError) as refused:
        check_upload(50 * 1024 * 1024 + 1, photo=False)
    assert refused.value.code == 413


async def test_captions_have_1024_characters_and_can_be_changed() -> None:
    stage = await met()
    with pytest.raises(TelegramBadRequest, match="message caption is too long"):
        await stage.bot.send_photo(ALEX, BufferedInputFile(PNG, "card.png"), caption="x" * 1025)
    sent = await stage.bot.send_photo(ALEX, BufferedInputFile(PNG, "card.png"), caption="x" * 1024)
    edited = await stage.bot.edit_message_caption(caption="short", chat_id=ALEX, message_id=sent.message_id)
    assert (edited.caption, edited.photo) == ("short", sent.photo)
    with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
        await stage.bot.edit_message_text("x", chat_id=ALEX, message_id=sent.message_id)


async def test_a_photo_can_take_the_place_of_another_or_of_a_file() -> None:
    stage = await met()
    sent = await stage.bot.send_photo(ALEX, BufferedInputFile(PNG, "card.png"))
    other = InputMediaPhoto(media=BufferedInputFile(JPEG, "card.jpg"), caption="new")
    edited = await stage.bot.edit_message_media(other, chat_id=ALEX, message_id=sent.message_id)
    assert (edited.caption, edited.photo[-1].width, edited.photo[-1].height) == ("new", 800, 600)
    file = InputMediaDocument(media=BufferedInputFile(b"x", "x.gpx"))
    edited = await stage.bot.edit_message_media(file, chat_id=ALEX, message_id=sent.message_id)
    assert edited.document.file_name == "x.gpx"


async def test_the_page_shows_pictures_in_place_and_only_keeps_all_else() -> None:
    stage = await met()
    form = {"person_id": str(ALEX), "as_photo": "true"}
    shown = await stage.http.post("/client/files", data=form, files={"file": ("a.png", PNG, "image/png")})
    kept = await stage.http.post("/client/files", data=form, files={"file": ("a.html", b"<script>", "text/html")})
    picture = await stage.http.get(f"/client/files/{shown.json()['photo'][-1]['file_id']}")
    page = await stage.http.get(f"/client/files/{kept.json()['document']['file_id']}")
    assert (picture.headers["content-type"], picture.content) == ("image/png", PNG)
    assert page.headers["content-type"] == "application/octet-stream"
    assert page.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in page.headers["content-security-policy"]


def test_files_in_a_folder_are_known_to_the_next_simulator(tmp_path: Path) -> None:
    file = FileBox(tmp_path).keep(b"bytes", "a.gpx", "application/gpx+xml")
    again = FileBox(tmp_path)
    assert again.find(file.id) == file
    assert again.content(file) == b"bytes"
    assert again.at(again.path_to(file, 0.0), 3600.0) == file


@given(st.tuples(st.integers(1, 9_999), st.integers(1, 9_999)))
def test_the_sizes_of_a_photo_grow_and_none_is_larger_than_the_picture(pixels: tuple[int, int]) -> None:
    content = PNG[:16] + pixels[0].to_bytes(4) + pixels[1].to_bytes(4) + PNG[24:]
    assert pixels_of(content) == pixels
    sizes = sizes_of(pixels)
    assert sizes == sorted(sizes)
    assert max(sizes[-1]) == min(max(pixels), 1280)
    assert is_sendable(pixels) == (sum(pixels) <= 10_000 and max(pixels) <= 20 * min(pixels))
