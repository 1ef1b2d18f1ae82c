"""A request sent twice has one effect and one answer.

The claim of a key, the work and its answer are one transaction, so others see a key only with its answer: whoever comes
second waits for the first, and works itself only when the first was rolled back.
"""

from __future__ import annotations

from servicekit.web.idempotency.service import (
    BadIdempotencyKey,
    IdempotencyConflict,
    IdempotencyKeys,
    fingerprint,
)
from servicekit.web.idempotency.store import Answer, idempotency_table

__all__ = [
    "Answer",
    "BadIdempotencyKey",
    "IdempotencyConflict",
    "IdempotencyKeys",
    "fingerprint",
    "idempotency_table",
]
