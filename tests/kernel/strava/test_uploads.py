from __future__ import annotations

import html
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.retry import UPLOAD_LADDER_S
from kernel.strava import uploads
from kernel.strava.uploads import (
    ALREADY_THERE,
    DELETED,
    POLL_WAITS_S,
    Deleted,
    Duplicate,
    Malformed,
    Ready,
    Upload,
    Working,
)

IDS = st.integers(1, 2**63 - 1)
NAMES = st.text(max_size=30).filter(lambda text: "duplicate" not in text.lower())
VERDICTS = st.one_of(
    st.builds(Ready, IDS),
    st.builds(Duplicate, IDS | st.none()),
    st.just(Deleted()),
    st.builds(Malformed, st.text(min_size=1, max_size=20)),
    st.just(Working()),
)
STEPS = st.one_of(
    st.just(("begun",)),
    st.just(("waiting",)),
    st.just(("forgotten",)),
    st.tuples(st.just("failed"), st.text(min_size=1, max_size=9)),
    st.tuples(st.just("given_up"), st.text(min_size=1, max_size=9)),
    st.tuples(st.just("accepted"), IDS),
    st.tuples(st.just("judged"), VERDICTS, st.booleans()),
)


MOVES: Mapping[str, Callable[..., Upload]] = {
    "begun": uploads.begun,
    "waiting": uploads.waiting,
    "forgotten": uploads.forgotten,
    "failed": uploads.failed_once,
    "given_up": uploads.given_up,
    "accepted": uploads.accepted,
    "judged": lambda upload, verdict, ours: uploads.judged(upload, verdict, ours=ours),
}


@given(NAMES, IDS, NAMES)
def test_both_texts_of_a_duplicate_name_the_activity(external_id: str, activity_id: int, title: str):
    classic = f"{external_id} duplicate of activity {activity_id}"
    newer = f"{external_id} duplicate of <a href='/activities/{activity_id}' target='_blank'>{title}</a>"
    for text in (classic, newer, newer.replace("duplicate", "Duplicate"), html.escape(newer)):
        assert uploads.judge(None, text, "There was an error processing your activity.") == Duplicate(activity_id)


def test_a_number_in_the_files_name_is_not_the_activity():
    assert uploads.duplicate_of("activity 12.fit duplicate of activity 34") == 34
    assert uploads.duplicate_of("/activities/12.fit duplicate of <a href='/activities/34'>Ride 56</a>") == 34


@pytest.mark.parametrize("number", ["", "0", "99999999999999999999", "\u0663"])
def test_a_duplicate_without_a_believable_number_is_still_a_duplicate(number: str):
    assert uploads.judge(None, f"a.fit duplicate of activity {number}", None) == Duplicate(None)


@given(st.none() | st.text(max_size=60), st.none() | st.text(max_size=60))
def test_only_an_activity_id_is_success(error: str | None, status: str | None):
    assert not isinstance(uploads.judge(None, error, status), Ready)
    assert uploads.judge(7, error, status) == Ready(7)


def test_a_deleted_activity_fails_although_there_is_no_error():
    assert uploads.judge(None, None, "The created activity has been deleted.") == Deleted()
    assert uploads.judged(uploads.begun(Upload()), Deleted()).error_message == DELETED


def test_an_error_in_html_becomes_a_plain_sentence():
    text = "The file is malformed. &lt;a href=&quot;https://x.test&quot;&gt;Help&lt;/a&gt;\n"
    assert uploads.judge(None, text, "There was an error processing your activity.") == Malformed(
        "Strava could not use the file: The file is malformed. Help"
    )


@given(st.text(max_size=5000))
def test_whatever_strava_writes_the_sentence_is_short_and_printable(text: str):
    verdict = uploads.judge(None, text or "x", None)
    if isinstance(verdict, Malformed):
        assert len(verdict.sentence) < 400
        assert verdict.sentence.isprintable()


def test_while_strava_works_nothing_is_decided():
    assert uploads.judge(None, None, "Your activity is still being processed.") == Working()
    assert uploads.judge(None, None, None) == Working()


@given(st.lists(STEPS, max_size=40))
def test_a_completed_upload_stays_completed_and_the_retries_stay_four(moves: list[tuple]):
    upload, done = Upload(), None
    for move in moves:
        upload = MOVES[move[0]](upload, *move[1:])
        if done is not None:
            assert (upload.status, upload.strava_activity_id) == done
        elif upload.status == "completed":
            done = (upload.status, upload.strava_activity_id)
        assert 0 <= upload.retry_count <= 4
        assert upload.status != "failed" or upload.error_message


@given(st.lists(st.booleans(), max_size=60))
def test_only_the_fifth_failure_is_final_however_long_strava_was_away_between(interruptions: list[bool]):
    upload, failures = Upload(), 0
    for away in interruptions:
        upload = uploads.begun(upload)
        if away:
            before = upload
            upload = uploads.waiting(upload)
            assert (upload.status, upload.retry_count) == ("pending", before.retry_count)
            continue
        upload = uploads.failed_once(upload, "It failed.")
        failures += 1
        assert (upload.status == "failed") == (failures == 5)
        assert upload.retry_count == min(failures, 4)
        if failures == 5:
            break


def test_a_replayed_upload_has_all_its_tries_again():
    upload = Upload()
    for _ in range(5):
        upload = uploads.failed_once(uploads.begun(upload), "It failed.")
    assert uploads.begun(upload) == Upload(status="processing")


def test_a_duplicate_is_completed_with_the_briefs_message_unless_it_is_our_own():
    assert uploads.judged(Upload("processing"), Duplicate(7)).error_message == ALREADY_THERE
    own = uploads.judged(Upload("processing"), Duplicate(7), ours=True)
    assert (own.status, own.strava_activity_id, own.error_message) == ("completed", 7, None)


def test_polling_starts_quickly_never_exceeds_one_a_second_and_ends_after_two_minutes():
    assert POLL_WAITS_S[:5] == (1, 2, 3, 5, 10)
    assert min(POLL_WAITS_S) >= 1
    assert list(POLL_WAITS_S) == sorted(POLL_WAITS_S)
    assert 110 <= sum(POLL_WAITS_S) <= 130


def test_the_ladder_is_the_briefs():
    assert UPLOAD_LADDER_S == (60, 300, 1800, 7200)
