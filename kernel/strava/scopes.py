"""What an athlete allowed."""

from __future__ import annotations

KNOWN_SCOPES = frozenset(
    {
        "read",
        "read_all",
        "profile:read_all",
        "profile:write",
        "activity:read",
        "activity:read_all",
        "activity:write",
    }
)
_FIRST = ("read", "activity:read_all")
_INCLUDED = {"read_all": {"read"}, "activity:read_all": {"activity:read"}}


def parse_scope(text: str | None) -> frozenset[str]:
    """The scopes in a comma or space separated string, in any order; unknown ones are kept."""
    return frozenset((text or "").replace(",", " ").split())


def has_scope(granted: frozenset[str], needed: str) -> bool:
    """Whether a call that needs this scope is allowed; `..._all` includes the smaller one."""
    return needed in granted or any(needed in _INCLUDED.get(scope, ()) for scope in granted)


def format_scope(granted: frozenset[str]) -> str:
    """The scopes comma separated: those that every connection needs first, further ones after them."""
    return ",".join([*(scope for scope in _FIRST if scope in granted), *sorted(granted.difference(_FIRST))])
