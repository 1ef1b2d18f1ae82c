"""`python -m tools.gaps` prints every sentence that a language lacks, has too much or fills otherwise; exits 1 then.

Sentences are found where they are said: in Python the first argument of `say` and `mark` and the first two of `count`;
in the page's scripts those of `say`, `parts` and `count`, and in its HTML what stands in `[[…]]`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import Final, TypeAlias

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir

from ayda_service.problems import PROBLEMS
from ayda_service.web.static import SOURCES
from kernel.forecast.warned import SENTENCES
from languages.catalog import LANGUAGES, PAGE, PROBLEM, WARNING, catalog
from servicekit.web.problems import ProblemRule
from trackfiles.corrections import CORRECTION_SENTENCES

ROOT: Final = Path(__file__).resolve().parents[1]
SPEAKING: Final = ("ayda_service", "predictor_service", "servicekit", "cli", "languages", "takealong")
ANSWERING: Final = ("kernel", "servicekit", "ayda_service", "predictor_service", "trackfiles")
PARTS: Final = [("demo/**.py", "ignore"), ("commands/demo.py", "ignore"), ("**.py", "python")]
"""Of a package: what the demo prints is a story for developers."""
KEYWORDS: Final = {"say": (1,), "mark": (1,), "count": (1, 2)}
UNSAID: Final = frozenset({"bad_event", "bad_signature", "bad_update", "bot_is_off", "inbox_busy", "not_telegram"}) | {
    "user_not_found",
    "wrong_verify_token",
    "not_found",
}
"""Codes that only other services meet."""
_TEXT: Final = r'"((?:[^"\\]|\\.)*)"'
_SAID: Final = re.compile(rf"\b(?:say|parts)\(\s*{_TEXT}")
_COUNTED: Final = re.compile(rf"\bcount\(\s*{_TEXT},\s*{_TEXT}")
_IN_HTML: Final = re.compile(r"\[\[(.+?)\]\]")
_WORD: Final = re.compile(r'"([a-z_]+)"')

Sentences: TypeAlias = Mapping[str, str | None]
"""Every sentence with its plural, if it has one."""


def said_in_python() -> Sentences:
    """What the chat and the pages without a script say."""
    found = dict[str, str | None]()
    for package in SPEAKING:
        for _, _, sentence, _, _ in extract_from_dir(ROOT / package, PARTS, keywords=KEYWORDS):
            one, many = sentence if isinstance(sentence, tuple) else (sentence, None)
            found[one] = many
    return found


def said_on_page(sources: Path = SOURCES) -> Sentences:
    """What the page says."""
    scripts = [path.read_text(encoding="utf-8") for path in sorted(sources.glob("*.js"))]
    marked = chain.from_iterable(_IN_HTML.findall(path.read_text(encoding="utf-8")) for path in sources.glob("*.html"))
    plain = chain(marked, *(_SAID.findall(script) for script in scripts))
    counted = chain.from_iterable(_COUNTED.findall(script) for script in scripts)
    return {**dict.fromkeys(plain), **dict(counted)}


def codes() -> set[str]:
    """Every code a member can meet that stands in the table of problems."""
    rules = (rule for rule in PROBLEMS.values() if isinstance(rule, ProblemRule))
    return {rule.code for rule in rules} - UNSAID


def words_of_the_code() -> set[str]:
    """All that could be a code of some answer."""
    files = chain.from_iterable((ROOT / package).rglob("*.py") for package in ANSWERING)
    return {word for path in files for word in _WORD.findall(path.read_text(encoding="utf-8"))}


def gaps(
    known: Catalog,
    said: Mapping[str | None, Sentences],
    met: set[str],
    possible: set[str],
    warned: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """What is wrong with a language, one line each.

    `said` are the sentences by their context, `met` the codes that need one, `possible` those that may have one,
    `warned` the warnings in English by their code.
    """
    language = known.locale
    for context, sentences in said.items():
        where = f"{language}, {context}" if context else str(language)
        yield from (f"{where}: {wrong}" for wrong in _wrong(_of(known, context), sentences, known.num_plurals))
    coded = _of(known, PROBLEM)
    yield from (f"{language}: nothing for the code {code}" for code in sorted(met - coded.keys()))
    yield from (f"{language}: no answer has the code {code}" for code in coded if code.split(" ")[0] not in possible)
    yield from (f"{language}: an empty sentence for {code}" for code, message in coded.items() if not message.string)
    yield from (f"{language}: {wrong}" for wrong in _wrong_warnings(_of(known, WARNING), warned or {}))


def _wrong(there: Mapping[str, Message], sentences: Sentences, plurals: int) -> Iterator[str]:
    yield from (f"nothing for {one!r}" for one in sentences if one not in there)
    yield from (f"nobody says {one!r}" for one in there if one not in sentences)
    for one, message in there.items():
        forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if len(forms) != (plurals if sentences.get(one) else 1) or not all(forms):
            yield f"not every form of {one!r}"
        yield from (f"{form!r} fills other names" for form in forms if _names(form) != _names(one))
        if message.fuzzy:
            yield f"{one!r} is fuzzy"


def _wrong_warnings(there: Mapping[str, Message], warned: Mapping[str, str]) -> Iterator[str]:
    for code, sentence in warned.items():
        message = there.get(code)
        if message is None or not message.string:
            yield f"nothing for the warning {code}"
        elif not _names(str(message.string)) <= _names(sentence) | {"count"}:
            yield f"the warning {code} fills other names"


def _of(known: Catalog, context: str | None) -> dict[str, Message]:
    messages = (message for message in known if message.id and message.context == context)
    return {message.id[0] if isinstance(message.id, tuple) else message.id: message for message in messages}


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def main() -> int:
    """Print each gap."""
    said = {None: said_in_python(), PAGE: said_on_page()}
    met, possible = codes(), words_of_the_code()
    warned = {str(code): told for code, told in chain(SENTENCES.items(), CORRECTION_SENTENCES.items())}
    languages = [catalog(language) for language in LANGUAGES if language != "en"]
    found = [line for known in languages for line in gaps(known, said, met, possible, warned)]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
