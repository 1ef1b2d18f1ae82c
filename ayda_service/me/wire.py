"""Receipts and exports as members see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

What = Literal["strava", "everything"]
AtStrava = Literal["revoked", "pending", "not_connected", "connected_again", "given_up"]
AtPredictor = Literal["done", "pending", "not_configured"]


class Receipt(msgspec.Struct, frozen=True):
    """What was erased: rows by table in each service.

    `strava` says whether the consent has ended there; after `given_up` only the member can end it, in Strava's own
    settings. `finished_at` is null while anything is pending.
    """

    id: str
    what: What
    strava: AtStrava
    predictor: AtPredictor
    erased_in_ayda: dict[str, int]
    erased_in_predictor: dict[str, int] | None
    requested_at: datetime
    finished_at: datetime | None


class Export(msgspec.Struct, frozen=True):
    """All rows about the member by table and service, as they are stored, without secrets."""

    telegram_id: str
    exported_at: datetime
    ayda: dict[str, list[dict[str, Any]]]
    predictor: dict[str, Any] | None
    """Null without a prediction service."""
