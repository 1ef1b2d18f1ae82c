"""The page's modules as two scripts: one that everybody needs, and one that is fetched once a member is there.

A browser fetches and runs one script sooner than thirty. In it each module is a function that hands out what it
exports, so that no names meet; comments and indents stay behind, which are for who reads the sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

ENTRANCE: Final = "main.js"
MEMBERS_ENTRANCE: Final = "member.js"
_COMMENTS: Final = re.compile(r"^[ \t]*//[^\n]*\n|/\*\*.*?\*/[ \t]?", re.MULTILINE | re.DOTALL)
_INDENTS: Final = re.compile(r"^\s+", re.MULTILINE)
_IMPORT: Final = re.compile(r'^import \{([^}]*)\} from "\./([a-z_]+\.js)";$', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_LEFT_OVER: Final = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_LATER: Final = f'import("./{MEMBERS_ENTRANCE}")'


class NotBundled(Exception):
    """A module imports or exports in a way that is not known here, or modules import each other in a circle."""


class Scripts:
    """Both scripts, of the modules by their plain names."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        """Raises NotBundled."""
        self._bare = {name: _INDENTS.sub("", _COMMENTS.sub("", module)) for name, module in modules.items()}
        self.at_once = tuple(self._needed(ENTRANCE))
        """The modules that everybody needs, each behind those it imports."""
        self.for_members = tuple(each for each in self._needed(MEMBERS_ENTRANCE) if each not in self.at_once)

    def everybodys(self, members_script: str) -> str:
        """The script of everybody, which finds that of members beside it under this name."""
        shared = ", ".join(map(_variable, self._shared()))
        later = f'import("./{members_script}").then((made) => made.default({{ {shared} }}))'
        return "".join(self._wrapped(name).replace(_LATER, later) for name in self.at_once)

    def members(self) -> str:
        """The script of members: a function of what it shares with everybody's."""
        given = ", ".join(map(_variable, self._shared()))
        inside = "".join(map(self._wrapped, self.for_members))
        return f"export default ({{ {given} }}) => {{\n{inside}return {_variable(MEMBERS_ENTRANCE)};\n}};\n"

    def said_at_once(self) -> str:
        """Everybody's modules, to look in for what they say."""
        return "".join(self._bare[name] for name in self.at_once)

    def said_to_members(self) -> str:
        """Those of members likewise."""
        return "".join(self._bare[name] for name in self.for_members)

    def _needed(self, name: str, above: tuple[str, ...] = ()) -> Iterator[str]:
        if name in above:
            raise NotBundled(f"{name} imports itself by way of others")
        found = dict[str, None]()
        for _, imported in _IMPORT.findall(self._bare[name]):
            found |= dict.fromkeys(self._needed(imported, (*above, name)))
        yield from found
        yield name

    def _shared(self) -> list[str]:
        imported = {found for name in self.for_members for _, found in _IMPORT.findall(self._bare[name])}
        return sorted(imported - set(self.for_members))

    def _wrapped(self, name: str) -> str:
        body = _IMPORT.sub(_taken, self._bare[name])
        exported = ", ".join(found for _, found in _EXPORT.findall(body))
        body = _EXPORT.sub(r"\1", body)
        if left := _LEFT_OVER.search(body.replace(_LATER, "")):
            raise NotBundled(f"{name}: {left[0]}")
        return f"const {_variable(name)} = (() => {{\n{body}return {{ {exported} }};\n}})();\n"


def _variable(name: str) -> str:
    return f"${name.removesuffix('.js')}"


def _taken(found: re.Match[str]) -> str:
    return f"const {{{found[1].replace(' as ', ': ')}}} = {_variable(found[2])};"
