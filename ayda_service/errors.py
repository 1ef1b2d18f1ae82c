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

    sentence = "The authorization has expired; please start again."


class AuthorizationReused(DomainError):
    """The state was used before."""

    sentence = "This link was already used. If Strava was connected then, all is well; otherwise please start again."


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


class GuestsOff(DomainError):
    """The operator predicts for members only."""

    sentence = "Predictions without an account are turned off here; ask in Telegram, through the club's bot."


class GuestBytesSpent(DomainError):
    """As much has come from an address as is taken of those without an account."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("Your network has sent as many files as are read within an hour; please go on later.")
        self.retry_after_s = wait_s


class QuestionTooLarge(DomainError):
    """A question that is no question."""

    sentence = "A question without a file has 256 KiB at most, and its length is said beforehand."


class PredictionNotFound(DomainError):
    """The member has no such prediction."""

    sentence = "There is no prediction with this id."


class CourseNotKept(DomainError):
    """Nobody has kept where the course of a prediction runs."""

    sentence = (
        "Where this course runs is not kept, so there is no such file for it; send its GPX as a route and ask for a "
        "prediction of that one."
    )


class DownloadGone(DomainError):
    """The address of a file is unknown, used or too old."""

    sentence = "This address worked once, for five minutes. Ask for the file again in the app."


class ErasedSince(DomainError):
    """The person was erased after Telegram vouched for them."""

    sentence = (
        "Everything about you was erased after this app was opened, so it opens nothing any more; "
        "to begin anew, open the app from Telegram again."
    )


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


class StorageFull(DomainError):
    """What the member keeps here leaves no room for one more file."""

    def __init__(self, files: int, stored_bytes: int, most_files: int, most_bytes: int) -> None:
        super().__init__(
            f"There is no room for this file: you keep {files} of {most_files} files and "
            f"{stored_bytes / 2**20:.1f} of {most_bytes / 2**20:.1f} MiB here. Delete an activity and send it again."
        )


class DailyLimit(DomainError):
    """As many as a member may have made in a day were made."""

    def __init__(self, most: int, words: str, retry_after_s: float) -> None:
        super().__init__(f"These are all {most} {words} of today. The next day begins at midnight UTC.")
        self.retry_after_s = retry_after_s


class NotOptedIn(DomainError):
    """Whoever does not want to be found finds nobody."""

    sentence = "You have not opted in to matching, so you see nobody and nobody sees you. Opt in first, with a name."


class NameMissing(DomainError):
    """Somebody opts in without a name to be shown by."""

    sentence = "Choose the name by which the others shall see you."


class MatchingFull(DomainError):
    """As many have opted in as can be compared at once."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most:,} members have opted in to matching, and no more can. Ask the club to make room.")


class NotMatchable(DomainError):
    """What is known of the member may not be shown to others, or is nothing; `reason` is a stable word for which."""

    def __init__(self, reason: str | None, advice: str) -> None:
        super().__init__(advice)
        self.reason = reason


class TooFewForGroups(DomainError):
    """A group of two would tell each of them about the other."""

    def __init__(self, least: int) -> None:
        super().__init__(
            f"Pace groups need {least} members or more who have opted in and of whom enough is known for this course."
        )


class ImportUnknown(DomainError):
    """The member has no such import."""

    sentence = "There is no import with this id."


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
