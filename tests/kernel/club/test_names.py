from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.club.names import BadName, clean_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Аня", "Аня"),
        ("  Jean-Luc   O\u2019Neil Jr. ", "Jean-Luc O\u2019Neil Jr."),
        ("민수 2", "민수 2"),
        ("e\u0301va", "éva"),
        ("na\u200bme", "name"),
        ("right\u202eleft", "rightleft"),
        ("two\nlines", "two lines"),
        ("นักวิ่ง", "นักวิ่ง"),
        ("x" * 40, "x" * 40),
    ],
)
def test_a_name_is_kept_without_what_nobody_sees(text: str, name: str):
    assert clean_name(text) == name


@pytest.mark.parametrize(
    "text", ["", "   ", "\u200b", "x" * 41, "42", "-'.", "<b>Bo</b>", "a@b", "run🏃", "Z" + "\u0334\u0335\u0336\u0337"]
)
def test_what_is_no_name_is_refused_with_what_one_is(text: str):
    with pytest.raises(BadName, match="1 to 40 letters"):
        clean_name(text)


@given(st.text(max_size=60))
def test_a_clean_name_is_clean_and_stays_what_it_is(text: str):
    try:
        name = clean_name(text)
    except BadName:
        return
    assert 1 <= len(name) <= 40
    assert clean_name(name) == name
    assert not any(unicodedata.category(letter).startswith("C") for letter in name)
    assert not set(name) & set('<>&"@/\\`\n')
