from __future__ import annotations

import base64
import gzip
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayda_service.guests.inline import inline_request
from kernel.contracts.prediction import PredictRequest
from kernel.tracks import BadGpx
from trackfiles.course import DATA_URI

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)


async def through(folder: Path, content: bytes, request: PredictRequest | None = None) -> PredictRequest:
    file = folder / "course.part"
    file.write_bytes(content)
    async with inline_request(request or PredictRequest(), file) as body:
        told = msgspec.json.decode(body.read_bytes(), type=PredictRequest)
    assert not body.exists()
    return told


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@given(TEXT, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_course_arrives_as_it_was_written(tmp_path: Path, text: str, codec: str):
    told = await through(tmp_path, f"<gpx>{text}</gpx>".encode(codec))
    assert told.gpx == f"<gpx>{text}</gpx>"


async def test_letters_cut_in_two_between_pieces_are_whole_again(tmp_path: Path):
    text = "<gpx>" + "€𝄞" * 200_000 + "</gpx>"
    assert (await through(tmp_path, text.encode())).gpx == text


@pytest.mark.parametrize(
    ("declared", "codec"), [("ISO-8859-1", "latin-1"), ("windows-1252", "cp1252"), ("UTF-8", "utf-8")]
)
async def test_a_declared_encoding_is_read_and_then_no_longer_said(tmp_path: Path, declared: str, codec: str):
    content = f'<?xml version="1.0" encoding="{declared}"?><gpx>Übergang</gpx>'.encode(codec)
    assert (await through(tmp_path, content)).gpx == "<gpx>Übergang</gpx>"


async def test_the_question_goes_before_the_course(tmp_path: Path):
    asked = PredictRequest(flat_pace=300.0, effort="easy")
    assert await through(tmp_path, b"<gpx/>", asked) == msgspec.structs.replace(asked, gpx="<gpx/>")


@pytest.mark.parametrize("content", [b"<gpx>\xff</gpx>", b"<gpx>" + b"a" * 300_000 + b"\xe2\x82", b"PK\x03\x04"])
async def test_what_is_no_text_is_said_to_be_none_and_leaves_nothing(tmp_path: Path, content: bytes):
    with pytest.raises(BadGpx):
        await through(tmp_path, content)
    assert names_in(tmp_path) == ["course.part"]


@pytest.mark.parametrize("size", [1, 3 * 255 * 1024, 255 * 1024 + 2])
async def test_a_file_that_is_no_text_goes_as_base64(tmp_path: Path, size: int):
    packed = gzip.compress(os.urandom(size))
    told = await through(tmp_path, packed, PredictRequest(track="Short"))
    assert told.track == "Short"
    assert told.gpx is not None
    assert base64.b64decode(told.gpx.removeprefix(DATA_URI.decode())) == packed
