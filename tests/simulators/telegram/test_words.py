"""Laws of texts: what is escaped comes back, and entities count as Telegram and JavaScript count."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.telegram.words.entities import detected, part, trimmed, utf16_length
from simulators.telegram.words.html import read_html

_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
_TAGS = st.sampled_from(["b", "i", "u", "s", "code", "tg-spoiler", "blockquote"])


@given(_TEXT)
def test_an_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert read_html(escape(text, quote=False)) == (text, [])


@given(st.lists(st.tuples(_TAGS, _TEXT), max_size=8))
def test_every_entity_marks_exactly_what_its_tags_held(pieces: list[tuple[str, str]]) -> None:
    source = "".join(f"<{tag}>{escape(text, quote=False)}</{tag}>" for tag, text in pieces)
    text, entities = read_html(source)
    assert text == "".join(piece for _, piece in pieces)
    assert [part(text, entity) for entity in entities] == [piece for _, piece in pieces if piece]


@given(_TEXT, _TEXT, _TEXT)
def test_white_space_at_the_ends_goes_and_entities_stay_on_their_words(before: str, marked: str, after: str) -> None:
    text, entities = trimmed(*read_html(f"{escape(before)}<b>{escape(marked)}</b>{escape(after)}"))
    assert text == (before + marked + after).strip()
    for entity in entities:
        assert part(text, entity) in marked
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= utf16_length(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start abc", [("bot_command", "/start")]),
        ("😀 /group@ayda_bot now", [("bot_command", "/group@ayda_bot")]),
        ("see @ayda_bot, please", [("mention", "@ayda_bot")]),
        ("https://a.test/x?y=1&z=(2). Yes", [("url", "https://a.test/x?y=1&z=(2")]),
        ("1/2 and a/b and me@host.test", []),
        ("/path/to", []),
    ],
)
def test_commands_names_and_addresses_are_found(text: str, found: list[tuple[str, str]]) -> None:
    assert [(entity["type"], part(text, entity)) for entity in detected(text)] == found


def test_nothing_is_found_inside_code_and_links() -> None:
    text, entities = read_html('<code>/start</code> <a href="https://a.test/">@ayda_bot</a> <b>/help</b>')
    kinds = [(entity["type"], part(text, entity)) for entity in detected(text, entities)]
    assert kinds == [("code", "/start"), ("text_link", "@ayda_bot"), ("bold", "/help"), ("bot_command", "/help")]


def test_a_spoiler_and_a_long_quote_have_their_own_spelling() -> None:
    text, entities = read_html('<span class="tg-spoiler">a</span><blockquote expandable>b</blockquote>')
    assert (text, [entity["type"] for entity in entities]) == ("ab", ["spoiler", "expandable_blockquote"])
