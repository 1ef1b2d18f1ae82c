"""The header that signs an event."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from simulators.strava.application.switches import SignatureMode

HEADER = "X-Strava-Signature"
_STALE_BY_S = 3_600


def sign(secret: str, at_s: int, body: bytes) -> str:
    """HMAC-SHA256 over `{at_s}.{body}`, in hex."""
    return hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()


def signature_headers(mode: SignatureMode, secrets: Sequence[str], now_s: float, body: bytes) -> dict[str, str]:
    """`t=...,v1=...` with one v1 per secret, nothing when off.

    Forged ones fit no secret, stale ones are an hour old.
    """
    if mode == "off" or not secrets:
        return {}
    at_s = int(now_s) - (_STALE_BY_S if mode == "stale" else 0)
    signed = body + b" " if mode == "forged" else body
    parts = [f"t={at_s}", *(f"v1={sign(secret, at_s, signed)}" for secret in secrets)]
    return {HEADER: ",".join(parts)}
