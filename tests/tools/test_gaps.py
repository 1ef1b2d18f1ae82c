from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from languages.catalog import LANGUAGES, PAGE, PROBLEM, catalog
from tools.gaps import codes, gaps, said_in_python, said_on_page, words_of_the_code

SAID = {None: {"Hello": None}, PAGE: {"{number} outing": "{number} outings", "home at {clock}": None}}
FORMS = ("{number} пробежка", "{number} пробежки", "{number} пробежек")


def russian() -> Catalog:
    made = Catalog(locale="ru")
    made.add("Hello", "Привет")
    made.add(("{number} outing", "{number} outings"), FORMS, context=PAGE)
    made.add("home at {clock}", "дома в {clock}", context=PAGE)
    made.add("busy", "Много файлов.", context=PROBLEM)
    return made


def found(known: Catalog) -> list[str]:
    return list(gaps(known, SAID, {"busy"}, {"busy", "validation_failed"}))


def test_a_catalog_that_has_all_and_nothing_more_has_no_gap():
    assert found(russian()) == []


@pytest.mark.parametrize(
    ("one", "context", "gap"),
    [
        ("Hello", None, "ru: nothing for 'Hello'"),
        ("home at {clock}", PAGE, "ru, page: nothing for 'home at {clock}'"),
        ("busy", PROBLEM, "ru: nothing for the code busy"),
    ],
)
def test_what_is_said_and_not_there_is_a_gap(one: str, context: str | None, gap: str):
    known = russian()
    known.delete(one, context)
    assert found(known) == [gap]


def test_a_sentence_of_the_chat_is_none_of_the_page():
    known = russian()
    known.delete("home at {clock}", PAGE)
    known.add("home at {clock}", "дома в {clock}")
    assert found(known) == ["ru: nobody says 'home at {clock}'", "ru, page: nothing for 'home at {clock}'"]


def test_what_nobody_says_is_too_much():
    known = russian()
    known.add("Farewell", "Пока", context=PAGE)
    known.add("validation_failed checkpoints", "Дальше конца.", context=PROBLEM)
    known.add("bussy", "Опечатка.", context=PROBLEM)
    assert found(known) == ["ru, page: nobody says 'Farewell'", "ru: no answer has the code bussy"]


def test_other_names_or_too_few_forms_are_seen():
    known = russian()
    known.delete("home at {clock}", PAGE)
    known.add("home at {clock}", "дома в {time}", context=PAGE)
    known.delete("{number} outing", PAGE)
    known.add(("{number} outing", "{number} outings"), ("{number} пробежка", "", "{number} пробежек"), context=PAGE)
    assert set(found(known)) == {
        "ru, page: 'дома в {time}' fills other names",
        "ru, page: not every form of '{number} outing'",
        "ru, page: '' fills other names",
    }


def test_sentences_are_found_in_scripts_and_in_html(tmp_path: Path):
    (tmp_path / "a.js").write_text(
        'say("One \\"x\\"", {});\nparts(\n  "Two {n}", { n });\ncount("{number} a", "{number} b", 3)'
    )
    (tmp_path / "a.html").write_text("<p>[[Three]]</p><p title='[[Four]]'>")
    said = {'One \\"x\\"': None, "Two {n}": None, "Three": None, "Four": None, "{number} a": "{number} b"}
    assert said_on_page(tmp_path) == said


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_language_has_a_gap(language: str):
    said = {None: said_in_python(), PAGE: said_on_page()}
    assert list(gaps(catalog(language), said, codes(), words_of_the_code())) == []  # type: ignore[arg-type]
