"""Taking secrets out of what is about to be logged, by the name they go under and by the shape they have."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, quote_plus

MASK: Final = "***"
_MAX_DEPTH: Final = 6
_MIN_SECRET_LENGTH: Final = 6
_MAX_LENGTH: Final = 16_384
_NAMES: Final = (
    r"(?:authorization|cookie|api[_-]?key|token|secret|password|passwd"
    r"|init_?data|tgwebappdata|hash|signature)"
)
# whole names only: a status_code and the state of a job are worth reading
_EXACT_NAMES: Final = r"\bcode|\bstate"
_PERSON_NAME = re.compile(r"(?:\w+_)?(?:athlete|member|owner|telegram|user)(?:_id)?|person")
_SECRET_NAME = re.compile(rf"(?:.*[_.-])?\w{{0,24}}{_NAMES}s?|code", re.IGNORECASE)
_IN_TEXT: Final = (
    # a header or a scheme in free text
    (re.compile(r"(?i)\b(bearer|basic|tma)\s+[^\s\"',;]+"), rf"\1 {MASK}"),
    # name=value as in queries and forms, "name": "value" as in JSON and reprs, percent-encoded or not
    (re.compile(rf"(?i)((?:{_NAMES}|{_EXACT_NAMES})(?:=|%3D))[^\s&\"'<>,;)]+"), rf"\1{MASK}"),
    (re.compile(rf"(?i)((?:{_NAMES}|{_EXACT_NAMES})[\"']?\s*:\s*b?[\"'])[^\"']*"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b((?:x-api-key|authorization|cookie|set-cookie)\s*:\s*)[^\s\"'][^\r\n\"']*"), rf"\1{MASK}"),
    # the token of a Telegram bot stands in the path of its API
    (re.compile(r"\b(bot)?[0-9]{6,12}:[A-Za-z0-9_-]{30,}"), MASK),
    # user:password@ in an address
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://[^\s:/@]{0,80}):[^\s/@]{1,200}@"), rf"\1:{MASK}@"),
)
_FILE_LINE = re.compile(r"\s*(?:\|\s*)*File \"")
_RUN = re.compile(r"[A-Za-z0-9_+-]{32,}={0,2}")  # the tokens of Strava have 40 characters
# whatever is masked by its shape has one of these; most texts have none and are done with one search
_SUSPICIOUS: Final = r"(?i:[=:]|%3D|bearer|basic|tma)|[A-Za-z0-9_+-]{32}"
_SHORT_RUN = re.compile(r"[A-Za-z0-9_+-]{20,}={0,2}")
_DIGIT_AND_LETTER = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Redactor:
    """Masks secrets in text and in nested values; `known` are values masked wherever they stand, however encoded."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        forms = {form for value in known if len(value) >= _MIN_SECRET_LENGTH for form in _encodings(value)}
        ordered = sorted(forms, key=len, reverse=True)
        self._pseudonyms = secrets.token_bytes(32)
        self._known = re.compile("|".join(map(re.escape, ordered)) or "(?!)")
        self._suspicious = re.compile("|".join([_SUSPICIOUS, *map(re.escape, ordered)]))

    def text(self, text: str) -> str:
        """The text without what looks like a secret."""
        if len(text) > _MAX_LENGTH:
            text = f"{text[:_MAX_LENGTH]}... ({len(text)} characters)"
        if not self._suspicious.search(text):
            return text
        text = self._known.sub(MASK, text)
        for pattern, replacement in _IN_TEXT:
            text = pattern.sub(replacement, text)
        return _RUN.sub(_mask_run, text)

    def traceback(self, text: str) -> str:
        """A traceback without anything token-shaped: exceptions quote whatever they were given."""
        lines = self.text(text[-_MAX_LENGTH:]).split("\n")  # the end says what happened
        return "\n".join(line if _FILE_LINE.match(line) else _SHORT_RUN.sub(_mask_run, line) for line in lines)

    def value(self, value: Any, depth: int = 0) -> Any:
        """The value with every secret in it masked; what cannot be looked into becomes its redacted repr."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes) or depth >= _MAX_DEPTH:
            return MASK
        if isinstance(value, Mapping):
            return {str(name): self.named(str(name), inner, depth + 1) for name, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(inner, depth + 1) for inner in value]
        return self.text(repr(value) if not isinstance(value, BaseException) else self.traceback(str(value)))

    def named(self, name: str, value: Any, depth: int = 0) -> Any:
        """The value under its name, which alone can be reason enough to mask it."""
        secret, person = _told_by(name)
        if secret and isinstance(value, str | bytes | list | tuple | Mapping):
            return MASK
        if person and isinstance(value, str | int):
            return self.pseudonym(value)
        return self.value(value, depth)

    def pseudonym(self, person: str | int) -> str:
        """A tag of this person in this process's lines, with which nobody is found once the process has ended."""
        return "p-" + hmac.new(self._pseudonyms, str(person).encode(), hashlib.sha256).hexdigest()[:10]


@lru_cache(maxsize=1024)
def _told_by(name: str) -> tuple[bool, bool]:
    """Whether what goes under this name is a secret, and whether it is a person."""
    return _SECRET_NAME.fullmatch(name) is not None, _PERSON_NAME.fullmatch(name) is not None


def _mask_run(match: re.Match[str]) -> str:
    run = match[0]
    return MASK if _DIGIT_AND_LETTER.match(run) and not _UUID.fullmatch(run) else run


def _encodings(value: str) -> set[str]:
    raw = value.encode()
    plain = base64.b64encode(raw).decode()
    urlsafe = base64.urlsafe_b64encode(raw).decode()
    return {value, quote(value, safe=""), quote_plus(value), plain, plain.rstrip("="), urlsafe, urlsafe.rstrip("=")}
