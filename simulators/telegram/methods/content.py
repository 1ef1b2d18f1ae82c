"""What a call wants said: text or caption with its entities, and a file."""

from __future__ import annotations

from typing import Any, Final, Literal

from simulators.telegram.limits import check_text, check_upload
from simulators.telegram.methods.parameters import Parameters
from simulators.telegram.refusals import bad_request
from simulators.telegram.simulator import Telegram
from simulators.telegram.words.entities import Entity, detected, trimmed
from simulators.telegram.words.html import read_html
from simulators.telegram.world.files import StoredFile
from simulators.telegram.world.messages import Attachment, Content
from simulators.telegram.world.pictures import is_sendable, mime_of, pixels_of

FileKind = Literal["photo", "document"]
_ENTITY: Final = frozenset({"type", "offset", "length"})


def text_content(parameters: Parameters) -> Content:
    """The text of a message. Raises the 400s for one that is empty, too long or not to be parsed."""
    text, entities = _marked(parameters, "text", "entities")
    check_text(text, caption=False)
    return Content(text, detected(text, entities))


def caption_content(parameters: Parameters, attachment: Attachment) -> Content:
    """A file with its caption, which may be empty."""
    text, entities = _marked(parameters, "caption", "caption_entities")
    check_text(text, caption=True)
    return Content(text, detected(text, entities), attachment)


def _marked(parameters: Parameters, text_field: str, entities_field: str) -> tuple[str, list[Entity]]:
    source, mode = parameters.text(text_field), parameters.text("parse_mode").lower()
    if mode == "html":
        return trimmed(*read_html(source))
    if mode:
        raise bad_request("unsupported parse_mode")
    given: Any = parameters.json(entities_field, "message entities") or []
    if not isinstance(given, list) or not all(isinstance(each, dict) and set(each) >= _ENTITY for each in given):
        raise bad_request("can't parse entities: expected an Array of MessageEntity")
    return trimmed(source, given)


def attachment(telegram: Telegram, parameters: Parameters, kind: FileKind, reference: str) -> Attachment:
    """The file of a call: uploaded with it, or one that Telegram has already. Raises the refusals of bad ones."""
    sent = parameters.file(reference, kind)
    if sent is None and not reference:
        raise bad_request(f"there is no {kind} in the request")
    if sent is None:
        file = telegram.files.find(reference)
        if file is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
    else:
        if not sent.content:
            raise bad_request("file must be non-empty")
        check_upload(len(sent.content), photo=kind == "photo")
        pictured = mime_of(sent.content) if kind == "photo" else None
        file = telegram.files.keep(sent.content, sent.name, pictured or sent.mime)
    return Attachment(file) if kind == "document" else _photo(telegram, file)


def _photo(telegram: Telegram, file: StoredFile) -> Attachment:
    pixels = pixels_of(telegram.files.content(file))
    if pixels is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if not is_sendable(pixels):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return Attachment(file, pixels)
