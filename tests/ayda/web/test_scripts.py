"""Modules in two scripts: nothing is lost, nothing is there twice, and what is not known is refused."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from ayda_service.web.scripts import ENTRANCE, MEMBERS_ENTRANCE, NotBundled, Scripts
from ayda_service.web.static import SOURCES, page_files

WRITTEN = {path.name: path.read_text(encoding="utf-8") for path in SOURCES.glob("*.js")}
MADE = re.compile(r"^const \$(\w+) = \(\(\) => \{$", re.MULTILINE)
ALONE = {MEMBERS_ENTRANCE: "export const nothing = 0;\n"}


def script(name: str) -> str:
    return page_files().named(name).content.decode()


def test_every_module_is_in_one_script_once():
    made = list(chain(MADE.findall(script(ENTRANCE)), MADE.findall(script(MEMBERS_ENTRANCE))))
    assert sorted(made) == sorted(name.removesuffix(".js") for name in WRITTEN)


def test_a_module_stands_behind_those_it_imports():
    scripts = page_files().scripts
    order = [*scripts.at_once, *scripts.for_members]
    for name, text in WRITTEN.items():
        for imported in re.findall(r' from "\./([a-z_]+\.js)"', text):
            assert order.index(imported) < order.index(name), f"{name} imports {imported}"


def test_members_share_what_everybody_has_and_have_no_copy_of_it():
    given = re.findall(r"\$(\w+)", script(MEMBERS_ENTRANCE).partition("=>")[0])
    assert {"say", "dom", "units"} <= set(given)
    assert given == re.findall(r"\$(\w+)", script(ENTRANCE).partition("made.default({")[2].partition("})")[0])


def test_scripts_leave_comments_and_indents_behind_and_nothing_else():
    served = script(ENTRANCE) + script(MEMBERS_ENTRANCE)
    lines = served.splitlines()
    assert all(line == line.lstrip() for line in lines)
    assert all(line.count("`") % 2 == 0 for line in lines), "a text over several lines would lose its indents"
    assert "/*" not in served
    assert not re.search(r"^\s*//", served, re.MULTILINE)
    strings = re.compile(r'say\("[^"]+"')
    assert sorted(strings.findall(served)) == sorted(strings.findall("".join(WRITTEN.values())))


@pytest.mark.parametrize(
    "module",
    [
        "export default 1;",
        "export let changes = 0;",
        "export { one };",
        'import * as all from "./member.js";',
        'import one from "./member.js";',
        'import "./member.js";',
        'import { one } from "./main.js";',
    ],
)
def test_what_is_imported_or_exported_in_another_way_is_refused(module: str):
    with pytest.raises(NotBundled):
        Scripts({ENTRANCE: f"{module}\n", **ALONE}).everybodys("member.0.js")


def test_a_name_may_be_taken_under_another_one():
    taken = Scripts({ENTRANCE: 'import { nothing as none } from "./member.js";\nnone();\n', **ALONE})
    assert "const { nothing: none } = $member;" in taken.everybodys("member.0.js")
