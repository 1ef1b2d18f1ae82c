"""Why a push event is not taken."""

from __future__ import annotations

from kernel.errors import DomainError


class NoWebhookHere(DomainError):
    """Webhooks are off, or this is not the address that Strava was given."""

    sentence = "There is nothing at this address."


class WrongVerifyToken(DomainError):
    """Whoever asks does not know the verify token."""

    sentence = "This is not the subscription that was asked for."


class BadSignature(DomainError):
    """The signature is missing where one is needed, or it does not fit."""

    sentence = "The signature of this event is missing, too old, or not ours."


class InboxBusy(DomainError):
    """The event could not be made durable in time; it has to be sent again."""

    sentence = "The event could not be stored in time; please send it again."
