"""Uploads to Strava: what an answer means, when to ask again, how an upload's state moves; no I/O, no clock.

An activity id is the only sign of success: the answer about a deleted activity carries no error either.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from kernel.retry import UPLOAD_LADDER_S

UploadStatus = Literal["pending", "processing", "completed", "failed"]

AT_ONCE: Final = 3
"""Brief 001: so many uploads at once, over all processes."""
POLL_WAITS_S: Final[tuple[float, ...]] = (1, 2, 3, 5) + (10,) * 11
"""Waits before each question what became of a file; two minutes in all, then the ladder has its turn."""
ALREADY_THERE: Final = "이미 Strava에 존재하는 활동입니다. This activity is already on Strava."
"""Brief 001's message for a duplicate, and what it says."""
DELETED: Final = "The activity was deleted at Strava."
_REFUSED: Final = "Strava could not use the file"
_LARGEST_ID: Final = 2**63 - 1
_SENTENCE_LENGTH: Final = 300
_TEXT_LENGTH: Final = 2000

_DUPLICATE = re.compile(r"duplicate.*?(?:/activities/|activity\s+)([0-9]{1,19})(?![0-9])", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Working:
    """Strava is still at it."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The file has become this activity."""

    activity_id: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The athlete has the activity already; None when the text does not name it."""

    activity_id: int | None


@dataclass(frozen=True, slots=True)
class Deleted:
    """There was an activity, and somebody has deleted it."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """Strava can make nothing of this file, today or tomorrow."""

    sentence: str


Verdict = Working | Ready | Duplicate | Deleted | Malformed


def judge(activity_id: int | None, error: str | None, status: str | None) -> Verdict:
    """What an answer about an upload says; any text in any field is understood as something."""
    if activity_id is not None:
        return Ready(activity_id)
    if error:
        return Duplicate(duplicate_of(error)) if "duplicate" in error.lower() else Malformed(_sentence(error))
    words = (status or "").lower()
    if "deleted" in words:
        return Deleted()
    return Malformed(f"{_REFUSED}.") if "error" in words else Working()


def duplicate_of(error: str) -> int | None:
    """The activity a text of Strava names: `duplicate of activity 7` or `duplicate of <a href='/activities/7' ...`."""
    found = _DUPLICATE.search(html.unescape(error[:_TEXT_LENGTH]))
    known = None if found is None else int(found[1])
    return known if known is not None and 0 < known <= _LARGEST_ID else None


def _sentence(error: str) -> str:
    text = _TAG.sub(" ", html.unescape(error[:_TEXT_LENGTH]))
    # PostgreSQL stores no NUL, and nobody reads the other unprintable ones
    plain = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return f"{_REFUSED}: {plain[:_SENTENCE_LENGTH]}" if plain else f"{_REFUSED}."


@dataclass(frozen=True, slots=True)
class Upload:
    """How far one upload is. `retry_count` counts the retries that failures have cost, four at most."""

    status: UploadStatus = "pending"
    retry_count: int = 0
    error_message: str | None = None
    strava_upload_id: int | None = None
    strava_activity_id: int | None = None


def _unless_completed(upload: Upload, **changes: Any) -> Upload:
    return upload if upload.status == "completed" else replace(upload, **changes)


def begun(upload: Upload) -> Upload:
    """A try begins. One that had been given up starts afresh, with all its retries; a completed one stays so."""
    if upload.status == "failed":
        return replace(upload, status="processing", retry_count=0, error_message=None)
    return _unless_completed(upload, status="processing")


def accepted(upload: Upload, strava_upload_id: int) -> Upload:
    """Strava has the file."""
    return _unless_completed(upload, strava_upload_id=strava_upload_id)


def forgotten(upload: Upload) -> Upload:
    """Strava does not know the upload any more: the next try sends the file again."""
    return replace(upload, strava_upload_id=None)


def waiting(upload: Upload) -> Upload:
    """The try ends through no fault of the upload: nothing is counted."""
    return _unless_completed(upload, status="pending")


def failed_once(upload: Upload, sentence: str, ladder_s: Sequence[float] = UPLOAD_LADDER_S) -> Upload:
    """A try failed: the next one waits, or this was the last."""
    if upload.retry_count >= len(ladder_s):
        return _unless_completed(upload, status="failed", error_message=sentence)
    return _unless_completed(upload, status="pending", retry_count=upload.retry_count + 1, error_message=sentence)


def given_up(upload: Upload, sentence: str) -> Upload:
    """No retry helps. A later try by the member begins with the file, not with what Strava made of it."""
    return _unless_completed(upload, status="failed", error_message=sentence, strava_upload_id=None)


def abandoned(upload: Upload, sentence: str) -> Upload:
    """Nobody will end the try that is under way. What Strava has of the file stays known: a later try asks for it."""
    return replace(upload, status="failed", error_message=sentence)


def judged(upload: Upload, verdict: Verdict, *, ours: bool = False) -> Upload:
    """Strava has decided. `ours`: the file had been sent before, so a duplicate is our own and nobody need be told."""
    match verdict:
        case Ready(activity_id=activity_id):
            return _unless_completed(upload, status="completed", error_message=None, strava_activity_id=activity_id)
        case Duplicate(activity_id=activity_id):
            message = None if ours and activity_id is not None else ALREADY_THERE
            return _unless_completed(upload, status="completed", error_message=message, strava_activity_id=activity_id)
        case Deleted():
            return given_up(upload, DELETED)
        case Malformed(sentence=sentence):
            return given_up(upload, sentence)
        case Working():
            return upload
