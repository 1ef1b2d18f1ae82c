"""A sealed content opens as a whole and in pieces, and not at all once a bit of it is other."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackfiles.sealed import CHUNK_BYTES, ContentBroken, Opened, Sealing, opened_content, sealed_content

KEY = bytes(range(32))
SIZES = st.sampled_from([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7])
contents = SIZES.map(lambda size: (b"0123456789abcdef" * (size // 16 + 1))[:size])
SEALED_CHUNK = CHUNK_BYTES + 16


@given(contents)
def test_what_was_sealed_opens_as_it_was(content: bytes):
    sealed = sealed_content(content, KEY)
    assert opened_content(sealed, KEY) == content
    with io.BufferedReader(Opened(io.BytesIO(sealed), KEY)) as plain:
        assert plain.read() == content
    assert content[:64] not in sealed or len(content) < 2


@given(contents, st.lists(st.integers(1, 100_000), max_size=8))
@settings(deadline=None)
def test_it_is_the_same_in_whatever_pieces_it_came(content: bytes, cuts: list[int]):
    sealing, sealed, at = Sealing(KEY), bytearray(), 0
    for cut in cuts:
        sealed += sealing.add(content[at : at + cut])
        at += cut
    sealed += sealing.add(content[at:]) + sealing.end()
    assert bytes(sealed) == sealed_content(content, KEY)


@given(contents, st.lists(st.tuples(st.integers(0, 4 * CHUNK_BYTES), st.integers(0, 3000)), max_size=8))
@settings(deadline=None)
def test_any_part_is_read_as_from_the_plain_file(content: bytes, wanted: list[tuple[int, int]]):
    plain, there = io.BytesIO(content), io.BufferedReader(Opened(io.BytesIO(sealed_content(content, KEY)), KEY))
    for at, size in wanted:
        assert there.seek(at) == plain.seek(at)
        assert there.read(size) == plain.read(size)
    assert there.seek(0, io.SEEK_END) == len(content)


@pytest.mark.parametrize("size", [0, 5, CHUNK_BYTES, 2 * CHUNK_BYTES + 5])
def test_no_changed_bit_no_cut_and_no_other_order_is_taken(size: int):
    sealed = sealed_content(bytes(size), KEY)
    wrong = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in {0, len(sealed) // 2, len(sealed) - 1}]
    wrong += [sealed[:at] for at in range(0, len(sealed), SEALED_CHUNK)]
    wrong += [sealed[:-1], sealed + b"\0", sealed[SEALED_CHUNK:] + sealed[:SEALED_CHUNK]]
    for each in wrong:
        if each != sealed:
            with pytest.raises(ContentBroken):
                opened_content(each, KEY)
            with pytest.raises(ContentBroken):
                io.BufferedReader(Opened(io.BytesIO(each), KEY)).read()
    with pytest.raises(ContentBroken):
        opened_content(sealed, bytes(32))


def test_an_archive_is_read_where_it_lies_sealed():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("a.gpx", b"<gpx/>" * 50_000)
        made.writestr("b.gpx", b"<gpx/>")
    sealed = io.BytesIO(sealed_content(packed.getvalue(), KEY))
    with zipfile.ZipFile(io.BufferedReader(Opened(sealed, KEY))) as archive:
        assert archive.read("b.gpx") == b"<gpx/>"
        assert archive.read("a.gpx") == b"<gpx/>" * 50_000
