"""The tables of push events."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Date, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base
from kernel.strava.webhooks import Event
from servicekit.data.columns import UtcDateTime

EventState = Literal["new", "done", "ignored", "dead"]


class WebhookEvent(Base):
    """One push event, once however often Strava sends it.

    The owner is part of its identity: a forged event with another owner must not keep the real one out.
    """

    __tablename__ = "webhook_event"
    __table_args__ = (
        UniqueConstraint(
            "subscription_id",
            "object_type",
            "object_id",
            "aspect_type",
            "event_time_s",
            "updates_digest",
            "owner_id",
            name="uq_webhook_event_identity",
        ),
        Index("ix_webhook_event_owner_id_state", "owner_id", "state"),
        Index("ix_webhook_event_state_received_at", "state", "received_at"),
        Index(None, "received_at"),
        Index(None, "object_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(BigInteger)
    object_type: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[int] = mapped_column(BigInteger)
    aspect_type: Mapped[str] = mapped_column(String(20))
    event_time_s: Mapped[int] = mapped_column(BigInteger)
    updates_digest: Mapped[str] = mapped_column(String(64))
    owner_id: Mapped[int] = mapped_column(BigInteger)
    updates: Mapped[dict[str, str]] = mapped_column(JSON)
    """Without the words of the athlete: titles are not kept."""
    signed: Mapped[bool]
    state: Mapped[EventState] = mapped_column(String(10))
    tries: Mapped[int] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def event(self) -> Event:
        """What Strava said."""
        return Event(**{each.name: getattr(self, each.name) for each in fields(Event)})


class WebhookSubscription(Base):
    """What is known of the application's one subscription at Strava, and how often Strava was asked about it today."""

    __tablename__ = "webhook_subscription"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    subscription_id: Mapped[int | None] = mapped_column(BigInteger)
    callback_digest: Mapped[str] = mapped_column(String(64))
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(Integer)
    day: Mapped[date] = mapped_column(Date)
    calls: Mapped[int] = mapped_column(Integer)
    detail: Mapped[str | None] = mapped_column(Text)
