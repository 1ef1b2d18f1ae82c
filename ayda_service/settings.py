"""What ayda can be told through its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Self, cast, get_args

from kernel.strava.webhooks import path_secret
from servicekit.base.logs import LOG_LEVELS, LogFormat
from servicekit.base.settings import Reader, Secret
from servicekit.base.vault import Vault
from servicekit.data.engine import database_url
from servicekit.web.api_keys import ApiKeys

SignatureMode = Literal["off", "verify", "require"]
WEBHOOK_PATH: Final = "/webhooks/strava"
_TOKEN: Final = "STRAVA_WEBHOOK_VERIFY_TOKEN"  # noqa: S105 - the name of a variable
_SECRETS: Final = "STRAVA_WEBHOOK_SIGNING_SECRETS"
_MODE: Final = "STRAVA_WEBHOOK_SIGNATURE"
_SHORTEST: Final = 16

DATABASE_URL: Final = "sqlite:///data/ayda.db"


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
        token = read.optional(_TOKEN, _long_secret)
        secrets: tuple[Secret, ...] = read.optional(_SECRETS, _secrets) or ()
        mode = cast("SignatureMode", read.choice(_MODE, ("off", "verify", "require"), "verify" if secrets else "off"))
        if mode != "off" and not secrets:
            read.problem(_MODE, f"needs {_SECRETS}")
        return None if token is None else cls(token, secrets, mode)


@dataclass(frozen=True, slots=True)
class Settings:
    """Built once, at start."""

    strava_client_id: str
    """STRAVA_CLIENT_ID of the club's Strava app."""
    strava_client_secret: Secret
    """STRAVA_CLIENT_SECRET."""
    vault: Vault
    """TOKEN_ENCRYPTION_KEYS: `id:base64 of 32 bytes,...`, newest first."""
    bot_token: Secret
    """TELEGRAM_BOT_TOKEN."""
    database_url: str = field(default=DATABASE_URL, repr=False)
    """DATABASE_URL: `sqlite:///file` or `postgresql://...`. May hold a password."""
    public_url: str = "http://localhost:8001"
    """PUBLIC_URL: where browsers reach this service; Strava sends them back there."""
    bot_name: str | None = None
    """TELEGRAM_BOT_NAME, for the way back from Strava's pages."""
    api_keys: ApiKeys = field(default_factory=ApiKeys)
    """PREDICTOR_TO_AYDA_API_KEYS, else CROSS_SERVICE_API_KEY: whom to let in. None: everything internal answers 503."""
    predictor_url: str | None = None
    """GPX_PREDICTOR_API_URL. None: ayda runs on its own, without predictions."""
    predictor_api_keys: ApiKeys = field(default_factory=ApiKeys)
    """AYDA_TO_PREDICTOR_API_KEYS, else CROSS_SERVICE_API_KEY: what to show the predictor."""
    strava_oauth_base: str = "https://www.strava.com"
    """STRAVA_OAUTH_BASE; paths below it start with `/oauth`."""
    strava_api_base: str = "https://www.strava.com/api/v3"
    """STRAVA_API_BASE, a setting of its own because the two will differ."""
    webhooks: WebhookSettings | None = None
    """STRAVA_WEBHOOK_*. None: Strava's events are not taken."""
    strava_auto_upload: bool = False
    """STRAVA_AUTO_UPLOAD: new activities go to Strava unasked, for members who granted `activity:write`."""
    redis_url: Secret | None = None
    """REDIS_URL of the quota counters that several processes share; None: counted in this process."""
    worker_embedded: bool = True
    """WORKER_EMBEDDED: the web process runs the jobs too."""
    log_level: str = "INFO"
    """LOG_LEVEL."""
    log_format: LogFormat = "json"
    """LOG_FORMAT: `json` or `console`."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Everything that must never be written anywhere."""
        keys = (*self.api_keys.keys, *self.predictor_api_keys.keys)
        hooks = () if self.webhooks is None else self.webhooks.secrets
        redis = () if self.redis_url is None else (self.redis_url,)
        return (self.strava_client_secret, self.bot_token, *hooks, *redis, *(key.secret for key in keys))

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Settings of an environment. Raises SettingsError with one line for each variable that is missing or bad."""
        with Reader(environ) as read:
            shared = read.parsed("CROSS_SERVICE_API_KEY", ApiKeys.parse, ApiKeys())
            return cls(
                strava_client_id=read.text("STRAVA_CLIENT_ID"),
                strava_client_secret=read.secret("STRAVA_CLIENT_SECRET"),
                vault=read.parsed("TOKEN_ENCRYPTION_KEYS", Vault.from_setting),
                bot_token=read.secret("TELEGRAM_BOT_TOKEN"),
                database_url=read.parsed("DATABASE_URL", database_url, DATABASE_URL),
                public_url=read.url("PUBLIC_URL", "http://localhost:8001"),
                bot_name=read.optional_text("TELEGRAM_BOT_NAME"),
                api_keys=read.parsed("PREDICTOR_TO_AYDA_API_KEYS", ApiKeys.parse, shared),
                predictor_url=read.optional_url("GPX_PREDICTOR_API_URL"),
                predictor_api_keys=read.parsed("AYDA_TO_PREDICTOR_API_KEYS", ApiKeys.parse, shared),
                strava_oauth_base=read.url("STRAVA_OAUTH_BASE", "https://www.strava.com"),
                strava_api_base=read.url("STRAVA_API_BASE", "https://www.strava.com/api/v3"),
                webhooks=WebhookSettings.read(read),
                strava_auto_upload=read.flag("STRAVA_AUTO_UPLOAD", False),
                redis_url=read.optional_secret("REDIS_URL"),
                worker_embedded=read.flag("WORKER_EMBEDDED", True),
                log_level=read.choice("LOG_LEVEL", LOG_LEVELS, "INFO"),
                log_format=cast("LogFormat", read.choice("LOG_FORMAT", get_args(LogFormat), "json")),
            )


def _long_secret(text: str) -> Secret:
    if len(text) < _SHORTEST:
        raise ValueError(f"must have {_SHORTEST} characters or more")
    return Secret(text)


def _secrets(text: str) -> tuple[Secret, ...]:
    return tuple(_long_secret(part.strip()) for part in text.split(",") if part.strip())
