"""Typed settings read from a mapping of environment variables, with every problem reported at once.

with Reader(load_environ()) as read:
    return Settings(database_url=read.url("DATABASE_URL"), key=read.secret("KEY"))
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar, cast

from dotenv import dotenv_values

from servicekit.base import values
from servicekit.base.variables import IN_FILE, SECRETS, misspelt

T = TypeVar("T")

_SHORTEST: Final = 16
"""Letters of a secret that nobody guesses."""


class SettingsError(Exception):
    """The settings cannot be used; one line per variable, none of them with a value."""

    def __init__(self, problems: Sequence[str], missing: Sequence[str] = ()) -> None:
        """`missing`: those of the problems that are no wrong value."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
        self.wrong = tuple(each for each in problems if each not in missing)


class Secret:
    """A string that shows itself only through `reveal()`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value in clear, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not written to files")

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))


def load_environ(env_file: Path | None = None, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment over the variables of the `.env` file, of the working directory unless named, if it exists.

    A secret that is not set is read from the file that `NAME_FILE` names. What cannot be read stays to be reported.
    """
    path = Path(".env") if env_file is None else env_file
    filed = dotenv_values(path, interpolate=False) if path.is_file() else {}
    found = {name: value for name, value in filed.items() if value is not None}
    found |= os.environ if environ is None else environ
    for name in SECRETS:
        _take_from_file(found, name)
    return found


def _take_from_file(found: dict[str, str], name: str) -> None:
    path = found.get(name + IN_FILE, "").strip()
    if not path:
        return
    if not found.get(name, "").strip():
        try:
            found[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return
    del found[name + IN_FILE]


class Reader:
    """Reads settings one by one and raises one SettingsError for all that are missing or bad when its block ends.

    An empty variable counts as absent. After a problem a reading returns a placeholder that never leaves the block.
    """

    def __init__(self, environ: Mapping[str, str], *, whole: bool = False) -> None:
        """`whole`: all that a service reads is read here, so that what begins like it and is not read is misspelt."""
        self._environ = environ
        self._whole = whole
        self._read = set[str]()
        self.problems: list[str] = []
        self.missing: list[str] = []
        """Those of the problems that are no wrong value."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._whole:
            for name in sorted({name + IN_FILE for name in SECRETS} & self._environ.keys()):
                self._read.add(name)
                if self._environ[name]:
                    self.problem(name, "names a file that cannot be read")
            for name, sentence in misspelt(self._environ, self._read):
                self.problem(name, sentence)
        if self.problems and (error is None or isinstance(error, Exception)):
            raise SettingsError(self.problems, self.missing) from None

    def lacks(self, name: str) -> None:
        """Report a variable that has to be set."""
        self.problem(name, "is missing")
        self.missing.append(self.problems[-1])

    def problem(self, name: str, sentence: str) -> None:
        """Report a problem of a variable; the sentence must not hold its value."""
        self.problems.append(f"{name}: {sentence}")

    def optional_text(self, name: str) -> str | None:
        """The text, None when absent."""
        self._read.add(name)
        return self._environ.get(name, "").strip() or None

    def text(self, name: str, default: str | None = None) -> str:
        """The text; required unless there is a default."""
        found = self.optional_text(name)
        if found is not None:
            return found
        if default is None:
            self.lacks(name)
        return default or ""

    def parsed(self, name: str, parse: Callable[[str], T], default: T | None = None) -> T:
        """What `parse` makes of the text; its ValueError is the problem, so its message must not hold the value."""
        found = self.optional_text(name)
        if found is None:
            if default is None:
                self.lacks(name)
            return cast("T", default)
        try:
            return parse(found)
        except ValueError as error:
            self.problem(name, str(error))
            return cast("T", default)

    def optional(self, name: str, parse: Callable[[str], T]) -> T | None:
        """As `parsed`, None when absent."""
        return None if self.optional_text(name) is None else self.parsed(name, parse)

    def url(self, name: str, default: str | None = None) -> str:
        """An absolute http(s) URL without a trailing slash; required unless there is a default."""
        return self.parsed(name, values.url, default)

    def optional_url(self, name: str) -> str | None:
        """As `url`, None when absent."""
        return self.optional(name, values.url)

    def integer(self, name: str, default: int | None = None, *, minimum: int = 0, maximum: int = 2**63 - 1) -> int:
        """A whole number within its bounds; required unless there is a default."""
        return self.parsed(name, lambda text: int(values.within(values.integer(text), minimum, maximum)), default) or 0

    def number(
        self, name: str, default: float | None = None, *, minimum: float = 0.0, maximum: float = float("inf")
    ) -> float:
        """A number within its bounds; required unless there is a default."""
        return self.parsed(name, lambda text: values.within(values.number(text), minimum, maximum), default) or 0.0

    def flag(self, name: str, default: bool | None = None) -> bool:  # noqa: FBT001 - the default of a flag is a flag
        """1/true/yes/on or 0/false/no/off; required unless there is a default."""
        return bool(self.parsed(name, values.flag, default))

    def choice(self, name: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One of the allowed words, in any case; required unless there is a default."""
        return self.parsed(name, lambda text: values.choice(text, allowed), default)

    def secret(self, name: str) -> Secret:
        """A required secret."""
        return Secret(self.text(name))

    def optional_secret(self, name: str) -> Secret | None:
        """A secret, None when absent."""
        return self.optional(name, Secret)


def long_secret(text: str) -> Secret:
    """A secret that somebody made up. Raises ValueError for a short one."""
    if len(text) < _SHORTEST:
        raise ValueError(f"must have {_SHORTEST} characters or more")
    return Secret(text)
