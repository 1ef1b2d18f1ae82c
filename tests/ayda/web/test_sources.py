"""X8 in the sources: text never becomes markup; and every sentence is there in every language."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ayda_service.web.pages import page_html, policy
from ayda_service.web.static import SOURCES, members_words, page_files
from ayda_service.web.words import sentences
from languages.catalog import LANGUAGES, Language
from tools.gaps import said_on_page

SCRIPTS = sorted(SOURCES.glob("*.js"))
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setTimeout\(\s*[\"'`]|"
    r"createContextualFragment|srcdoc|javascript:|setAttribute\(\s*[\"']on|\bon[a-z]+\s*=(?!=)|setHTML|importScripts"
)
FOREIGN = re.compile(r"https?://(?!www\.w3\.org/2000/svg)|(?<!:)//[a-z0-9-]+\.[a-z]")
LITERAL = re.compile(r"\b(?:say|parts|count)\(\s*(?![\"])(\S+)")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_markup_or_code_of_text_or_speaks_to_another_host(path: Path):
    code = re.sub(r"^\s*(//|\*|/\*).*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert FORBIDDEN.search(code) is None
    assert FOREIGN.search(code) is None
    assert "@ts-check" in path.read_text(encoding="utf-8")


def test_no_script_builds_a_document_of_text():
    assert not [path.name for path in SCRIPTS if re.search("DOMParser|createPolicy", path.read_text(encoding="utf-8"))]
    assert "trusted-types 'none'" in policy("n", ())


class Handlers(HTMLParser):
    """Finds what a policy would have to forbid."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("on") or name == "style" or (value or "").strip().lower().startswith("javascript:"):
                self.found.append((tag, name))
        if tag in {"iframe", "object", "embed", "base", "style"}:
            self.found.append((tag, ""))


class Fields(HTMLParser):
    """Finds what can be filled in."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "input":
            self.found.append(dict(attrs))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_no_handlers_styles_or_frames_within_it(language: Language):
    parser = Handlers()
    parser.feed(page_html(language, "n"))
    assert parser.found == []


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_the_page_has_every_sentence_it_says(language: Language):
    known = sentences(language)
    for one, many in said_on_page().items():
        forms = known[one]
        assert isinstance(forms, list) == (many is not None), one


def test_only_what_a_script_says_is_sent_beside_the_page():
    page = page_html("ko", "n")
    everybodys, members = words_in(page), json.loads(page_files().named(members_words("ko")).content)
    sent = {**everybodys, **members}
    in_html = set(re.findall(r"\[\[(.+?)\]\]", (SOURCES / "page.html").read_text(encoding="utf-8")))
    scripts = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    assert {one for one in said_on_page() if f'"{one}"' in scripts} == {
        one for one in sent if not one.startswith("warning ")
    }
    assert len(in_html - sent.keys()) > 30
    assert not [one for one in sent if one.startswith("problem ")], "problems are said by the server"


def words_in(page: str) -> dict[str, str | list[str]]:
    """The words that come with the page."""
    data: dict[str, str | list[str]] = json.loads(
        page.partition('id="words"')[2].partition(">")[2].partition("</script>")[0]
    )
    return data


def test_every_field_that_is_typed_into_is_read_by_the_server():
    fields = Fields()
    fields.feed(page_html("en", "n"))
    typed = [each for each in fields.found if each.get("type", "text") == "text"]
    before = {each["data-after"] for each in typed if "data-after" in each}
    assert {each["data-kind"] for each in typed if each["id"] not in before} == {
        "result", "heat", "home", "people", "night"
    }  # fmt: skip
    assert before == {"result-length", "hut-at"}


def test_sentences_are_said_as_literals_so_that_they_can_be_found():
    for path in SCRIPTS:
        for argument in LITERAL.findall(path.read_text(encoding="utf-8")):
            assert argument.startswith(("sentence", "one")), f"{path.name}: {argument}"


def test_words_in_the_page_cannot_end_its_data_block():
    assert "<" not in page_html("ru", "n").partition('id="words"')[2].partition("</script>")[0]
