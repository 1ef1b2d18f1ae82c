from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.tracks import BadTrack
from trackfiles import MAX_FILE_BYTES
from trackfiles.answers import made_by_strava
from trackfiles.gzipped import packed, unpacked

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<gpx %b version="1.1">'


@given(st.binary(max_size=2000).filter(lambda content: not content.startswith((b"\x1f\x8b", b"PK\x03\x04"))))
def test_what_is_kept_is_the_file_and_always_the_same_bytes(content: bytes):
    assert packed(content) == packed(content)
    assert unpacked(packed(content), MAX_FILE_BYTES) == unpacked(content, MAX_FILE_BYTES) == content


def test_a_small_file_that_unpacks_to_too_much_is_refused():
    with pytest.raises(BadTrack):
        unpacked(gzip.compress(bytes(MAX_FILE_BYTES + 1)), MAX_FILE_BYTES)


@pytest.mark.parametrize("creator", [b'creator="StravaGPX"', b"creator = 'StravaGPX Android'", b'CREATOR="strava.com"'])
def test_an_export_of_strava_is_recognised(creator: bytes):
    assert made_by_strava(HEAD % creator)


@pytest.mark.parametrize("creator", [b'creator="Garmin Connect"', b'creator="Not Strava"', b'name="StravaGPX"', b""])
def test_other_files_are_not(creator: bytes):
    assert not made_by_strava(HEAD % creator)
