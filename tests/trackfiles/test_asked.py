"""A question with a course inside is read piece by piece, and comes out as if it had been read at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import PredictRequest
from trackfiles.asked import question_in

shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.one_of(st.sampled_from('<>\\"/\n\té한🏔'), st.characters(exclude_categories=["Cs"])))


@given(text=texts, ascii_only=st.booleans(), piece_bytes=st.integers(1, 40), named=st.booleans())
@shared
def test_a_course_is_the_same_in_whatever_pieces_it_is_read(
    tmp_path: Path, text: str, ascii_only: bool, piece_bytes: int, named: bool
) -> None:
    fields = {"telegram_id": "42", "gpx": text, "effort": "easy"} | ({"race_id": "r"} if named else {})
    document = tmp_path / "question.json"
    document.write_text(json.dumps(fields, ensure_ascii=ascii_only, indent=named or None), encoding="utf-8")
    request, course = question_in(document, piece_bytes)
    at_once = msgspec.json.decode(document.read_bytes(), type=PredictRequest)
    assert course == text.encode()
    assert request == msgspec.structs.replace(at_once, gpx=None)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b'{"gpx": 1}',
        b'{"gpx": null}',
        b'{"gpx": "<a>", "effort": "lazy"}',
        b'{"gpx": "<a>", "unheard": 1}',
        b'{"gpx": "<a>\xff"}',
        b'{"gpx": "<a>\\ud83d<"}',
        b'{"gpx": "<a>\\x"}',
        b'{"gpx": "<a>',
        b'{"gpx": "<a>\x01"}',
        b'{"gpx": "a", "gpx": "b"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_question_is_refused_as_it_is_when_read_at_once(tmp_path: Path, document: bytes) -> None:
    path = tmp_path / "question.json"
    path.write_bytes(document)
    assert outcome_of(lambda: question_in(path, 2)[0]) == outcome_of(
        lambda: msgspec.structs.replace(msgspec.json.decode(document, type=PredictRequest), gpx=None)
    )


def outcome_of(read: Callable[[], PredictRequest]) -> object:
    try:
        return read()
    except msgspec.ValidationError as error:
        return str(error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "no document"
