"""`/client/*`: what people do and see, for the page and for tests."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from simulators.telegram.acts import LARGEST_FILE_BYTES, block, say, send_file, tap
from simulators.telegram.mini_app import Launch, Theme, launch
from simulators.telegram.refusals import PersonCannot
from simulators.telegram.simulator import Telegram
from simulators.telegram.truth import Tap
from simulators.telegram.views import chat_view, people_view
from simulators.telegram.world.people import Json, LanguageCode

_SHOWN: Final = frozenset({"image/png", "image/jpeg"})
"""What a browser shows in place; all else is only kept."""


class Saying(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    person_id: int
    text: str
    chat_id: int | None = None
    reply_to: int | None = None


class Tapping(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    person_id: int
    chat_id: int
    message_id: int
    data: str


class Opening(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    person_id: int
    url: str | None = None
    chat_id: int | None = None
    start_param: Annotated[str, msgspec.Meta(max_length=512, pattern=r"^[A-Za-z0-9_-]*$")] | None = None
    theme: Theme = "light"


class PersonChange(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    language_code: LanguageCode | None = None
    blocks_bot: bool | None = None


@get("/client/people", operation_id="ShowPeople")
async def show_people(telegram: NamedDependency[Telegram]) -> Json:
    return people_view(telegram)


@post("/client/people/{person_id:int}", operation_id="ChangePerson", status_code=200)
async def change_person(
    telegram: NamedDependency[Telegram], person_id: FromPath[int], data: JSONBody[PersonChange]
) -> Json:
    """Another language, or a bot that is blocked or not."""
    person = telegram.person(person_id)
    if data.language_code is not None:
        person.language_code = data.language_code
        telegram.bell.ring()
    if data.blocks_bot is not None:
        block(telegram, person_id, blocked=data.blocks_bot)
    return person.user() | {"blocks_bot": person.blocks_bot}


@get("/client/chats/{chat_id:int}", operation_id="ShowChat")
async def show_chat(
    telegram: NamedDependency[Telegram], chat_id: FromPath[int], person_id: Annotated[int, QueryParameter()]
) -> Json:
    return chat_view(telegram, chat_id, person_id)


@get("/client/changes", operation_id="AwaitChange")
async def await_change(
    telegram: NamedDependency[Telegram],
    after: Annotated[int, QueryParameter(ge=0)] = 0,
    within_s: Annotated[float, QueryParameter(ge=0, le=60)] = 25.0,
) -> dict[str, int]:
    """The version, as soon as it is later than `after`, or when the time is over."""
    return {"version": await telegram.bell.wait_beyond(after, within_s)}


@post("/client/messages", operation_id="Say")
async def say_text(telegram: NamedDependency[Telegram], data: JSONBody[Saying]) -> Json:
    return say(telegram, data.person_id, data.text, chat_id=data.chat_id, reply_to=data.reply_to).shown()


@post("/client/files", operation_id="SendFile", request_max_body_size=LARGEST_FILE_BYTES)
async def send_files(request: Request[Any, Any, Any], telegram: NamedDependency[Telegram]) -> Json:
    """A form: `file` and `person_id`, optionally `chat_id`, `caption`, `as_photo`, and a claimed `size`."""
    form = await request.form()
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise PersonCannot("There is no file in the form.")
        content, name, mime = await file.read(), file.filename, file.content_type
        fields = {key: str(value) for key, value in form.items() if not isinstance(value, UploadFile)}
    finally:
        await form.close()
    message = send_file(
        telegram,
        _whole(fields, "person_id") or 0,
        content,
        name,
        mime=mime,
        chat_id=_whole(fields, "chat_id"),
        caption=fields.get("caption", ""),
        as_photo=fields.get("as_photo") == "true",
        size=_whole(fields, "size"),
    )
    return message.shown()


@get("/client/files/{file_id:str}", operation_id="ShowFile")
async def show_file(telegram: NamedDependency[Telegram], file_id: FromPath[str]) -> Response[bytes]:
    file = telegram.files.find(file_id)
    if file is None:
        raise PersonCannot("There is no such file.")
    shown = file.mime in _SHOWN
    headers = {
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    mime = file.mime if shown else "application/octet-stream"
    return Response(telegram.files.content(file), media_type=mime, headers=headers)


@post("/client/taps", operation_id="Tap")
async def tap_button(telegram: NamedDependency[Telegram], data: JSONBody[Tapping]) -> Tap:
    return tap(telegram, data.person_id, data.chat_id, data.message_id, data.data)


@post("/client/mini-app", operation_id="OpenMiniApp")
async def open_mini_app(telegram: NamedDependency[Telegram], data: JSONBody[Opening]) -> Launch:
    return launch(
        telegram,
        data.person_id,
        url=data.url,
        chat_id=data.chat_id,
        start_param=data.start_param,
        theme=data.theme,
    )


def _whole(fields: dict[str, str], name: str) -> int | None:
    value = fields.get(name, "")
    if not value:
        return None
    try:
        return int(value)
    except ValueError:
        raise PersonCannot(f"{name} must be a whole number.") from None


HANDLERS: Final = (
    show_people,
    change_person,
    show_chat,
    await_change,
    say_text,
    send_files,
    show_file,
    tap_button,
    open_mini_app,
)
