"""The root of the errors the domain raises."""

from __future__ import annotations


class DomainError(Exception):
    """Something a person can act on; `str()` is that sentence."""
