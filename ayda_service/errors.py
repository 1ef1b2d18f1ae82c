"""What can go wrong in ayda, each as a sentence a person can act on."""

from __future__ import annotations

from uuid import UUID

from kernel.contracts.problem import Problem
from kernel.errors import DomainError


class UserNotFound(DomainError):
    """Nobody with this Telegram id has ever used the club's bot."""

    sentence = "There is no member with this Telegram id."


class AuthorizationExpired(DomainError):
    """The state or the code of an authorization is unknown, used or too old."""

    sentence = "인증이 만료되었습니다. 다시 시도해주세요. The authorization has expired; please start again."


class AuthorizationReused(DomainError):
    """The state was used before."""

    sentence = (
        "인증이 만료되었습니다. 다시 시도해주세요. This link was already used. "
        "If Strava was connected then, all is well; otherwise please start again."
    )


class AuthorizationSwapped(DomainError):
    """The state was made in another browser."""

    sentence = (
        "This connection was started in another browser, so it was stopped to protect you; "
        "nothing was connected. Please start again and stay in one browser."
    )


class AuthorizationForeign(DomainError):
    """Another member began it."""

    sentence = (
        "This connection was begun by another Telegram account, so it was stopped to protect you; nothing was "
        "connected. If you were sent a link, do not use it; to connect your own Strava, start here."
    )


class NoWayBack(DomainError):
    """A browser cannot be sent back to Telegram, as the bot's name is not configured."""

    sentence = "Strava cannot be connected in another browser: TELEGRAM_BOT_NAME is not configured."


class AuthorizationDenied(DomainError):
    """The athlete said no at Strava."""

    sentence = "You did not allow access at Strava, so nothing was connected. You can start again at any time."


class ReadingNotAllowed(DomainError):
    """The athlete unticked the permission to read activities."""

    sentence = "Without the permission to view your activities there is nothing to learn from; please allow it."


class AthleteLinkedElsewhere(DomainError):
    """Another member holds this athlete."""

    sentence = "This Strava account is connected to another member; it has to be disconnected there first."


class PredictorNotConfigured(DomainError):
    """ayda runs on its own."""

    sentence = "Predictions are not available: no prediction service is configured."


class PredictionNotFound(DomainError):
    """The member has no such prediction."""

    sentence = "There is no prediction with this id."


class ReceiptNotFound(DomainError):
    """This person was given no such receipt."""

    sentence = "There is no receipt with this id."


class RefusedByPredictor(DomainError):
    """The predictor explains why a member's request cannot be fulfilled."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class ActivityNotFound(DomainError):
    """The member has no such activity."""

    sentence = "There is no activity with this id."


class CameFromStrava(DomainError):
    """The activity was taken from Strava."""

    sentence = "This activity came from Strava; sending it back would only make a second one there."


class UploadNotAllowed(DomainError):
    """The member has not granted `activity:write`. `consent_url` is where they can."""

    def __init__(self, consent_url: str) -> None:
        super().__init__(f"Strava needs your permission to receive activities; give it at {consent_url}.")
        self.consent_url = consent_url


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


def id_in_path(text: str, missing: type[DomainError]) -> UUID:
    """The id that a path names. Raises `missing` for what can be nobody's."""
    try:
        return UUID(text)
    except ValueError:
        raise missing from None
