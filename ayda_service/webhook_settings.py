"""How Strava's events are recognised, as the environment says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Self, cast

from kernel.strava.webhooks import path_secret
from servicekit.base.settings import Reader, Secret, long_secret

SignatureMode = Literal["off", "verify", "require"]
WEBHOOK_PATH: Final = "/webhooks/strava"
_TOKEN: Final = "STRAVA_WEBHOOK_VERIFY_TOKEN"  # noqa: S105 - the name of a variable
_SECRETS: Final = "STRAVA_WEBHOOK_SIGNING_SECRETS"
_MODE: Final = "STRAVA_WEBHOOK_SIGNATURE"


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """How events are recognised."""

    verify_token: Secret
    """STRAVA_WEBHOOK_VERIFY_TOKEN; the callback's secret address follows from it."""
    signing_secrets: tuple[Secret, ...] = ()
    """STRAVA_WEBHOOK_SIGNING_SECRETS, comma separated, all valid at once."""
    signature: SignatureMode = "off"
    """STRAVA_WEBHOOK_SIGNATURE."""

    @property
    def path_secret(self) -> Secret:
        """The last part of the callback's path."""
        return Secret(path_secret(self.verify_token.reveal()))

    @property
    def callback_path(self) -> Secret:
        """The callback below PUBLIC_URL."""
        return Secret(f"{WEBHOOK_PATH}/{self.path_secret.reveal()}")

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Everything that must never be written anywhere."""
        return (self.verify_token, self.path_secret, *self.signing_secrets)

    @classmethod
    def read(cls, read: Reader) -> Self | None:
        """The settings; None, and no webhooks, without a verify token."""
        token = read.optional(_TOKEN, long_secret)
        secrets: tuple[Secret, ...] = read.optional(_SECRETS, _secrets) or ()
        mode = cast("SignatureMode", read.choice(_MODE, ("off", "verify", "require"), "verify" if secrets else "off"))
        if mode != "off" and not secrets:
            read.problem(_MODE, f"needs {_SECRETS}")
        return None if token is None else cls(token, secrets, mode)


def _secrets(text: str) -> tuple[Secret, ...]:
    return tuple(long_secret(part.strip()) for part in text.split(",") if part.strip())
