"""What the predictor can be told through its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, cast, get_args

from servicekit.base.logs import LOG_LEVELS, LogFormat
from servicekit.base.settings import Reader, Secret
from servicekit.base.vault import Vault
from servicekit.data.engine import database_url
from servicekit.strava.access import Retries
from servicekit.web.api_keys import ApiKeys

READ_LIMITS: Final = (300, 3000)
OVERALL_LIMITS: Final = (600, 6000)
DATABASE_URL: Final = "sqlite:///data/predictor.db"
LOG_FORMATS: Final = get_args(LogFormat)
_HIGHEST_LIMIT: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """Built once, at start. Every default is that of the variable."""

    database_url: str = field(default=DATABASE_URL, repr=False)
    """DATABASE_URL: `sqlite:///file` or `postgresql://...`. May hold a password."""
    api_keys: ApiKeys = field(default_factory=ApiKeys)
    """AYDA_TO_PREDICTOR_API_KEYS, else CROSS_SERVICE_API_KEY: whom to let in. None: everything internal answers 503."""
    ayda_url: str | None = None
    """AYDA_RUN_API_URL: where access tokens come from. None: only tokens of our own Strava app, and files."""
    ayda_api_keys: ApiKeys = field(default_factory=ApiKeys)
    """PREDICTOR_TO_AYDA_API_KEYS, else CROSS_SERVICE_API_KEY: what to show ayda."""
    strava_api_base: str = "https://www.strava.com/api/v3"
    """STRAVA_API_BASE."""
    strava_oauth_base: str = "https://www.strava.com"
    """STRAVA_OAUTH_BASE; paths below it start with `/oauth`."""
    strava_client_id: str | None = None
    """STRAVA_CLIENT_ID of our own Strava app, if we have one."""
    strava_client_secret: Secret | None = None
    """STRAVA_CLIENT_SECRET; goes with the id."""
    vault: Vault | None = None
    """TOKEN_ENCRYPTION_KEYS `id:base64 of 32 bytes,...`, newest first; goes with our own Strava app."""
    public_url: str = "http://localhost:8000"
    """PUBLIC_URL: where Strava sends browsers back to, for our own Strava app."""
    strava_read_limits: tuple[int, int] = READ_LIMITS
    """STRAVA_READ_LIMITS `15 minutes,day` of the Strava app, until Strava's headers say better."""
    strava_overall_limits: tuple[int, int] = OVERALL_LIMITS
    """STRAVA_OVERALL_LIMITS, likewise."""
    strava_retries: Retries = field(default_factory=Retries)
    """MAX_RETRIES, INITIAL_BACKOFF, MAX_BACKOFF, BACKOFF_MULTIPLIER of calls to Strava."""
    background_sync_enabled: bool = False
    """BACKGROUND_SYNC_ENABLED: athletes are synced without being asked for."""
    sync_interval_minutes: int = 60
    """SYNC_INTERVAL_MINUTES between two background syncs of an athlete."""
    match_allow_strava_derived: bool = False
    """MATCH_ALLOW_STRAVA_DERIVED: profiles fitted from Strava data may be shown to other athletes."""
    redis_url: Secret | None = None
    """REDIS_URL of the quota counters that several processes share; None: counted in this process."""
    worker_embedded: bool = True
    """WORKER_EMBEDDED: the web process runs the jobs too."""
    imports_folder: Path = Path("data/imports")
    """IMPORTS_FOLDER: where archives wait to be read; the web process and the workers must share it."""
    log_level: str = "INFO"
    """LOG_LEVEL."""
    log_format: LogFormat = "json"
    """LOG_FORMAT: `json` or `console`."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Everything that must never be written anywhere."""
        keys = (*self.api_keys.keys, *self.ayda_api_keys.keys)
        named = (self.strava_client_secret, self.redis_url)
        return (*(key.secret for key in keys), *(secret for secret in named if secret is not None))

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Settings of an environment. Raises SettingsError with one line for each variable that is missing or bad."""
        with Reader(environ) as read:
            shared = read.parsed("CROSS_SERVICE_API_KEY", ApiKeys.parse, ApiKeys())
            client_id, client_secret = _own_app(read)
            return cls(
                database_url=read.parsed("DATABASE_URL", database_url, DATABASE_URL),
                api_keys=read.parsed("AYDA_TO_PREDICTOR_API_KEYS", ApiKeys.parse, shared),
                ayda_url=read.optional_url("AYDA_RUN_API_URL"),
                ayda_api_keys=read.parsed("PREDICTOR_TO_AYDA_API_KEYS", ApiKeys.parse, shared),
                strava_api_base=read.url("STRAVA_API_BASE", "https://www.strava.com/api/v3"),
                strava_oauth_base=read.url("STRAVA_OAUTH_BASE", "https://www.strava.com"),
                strava_client_id=client_id,
                strava_client_secret=client_secret,
                vault=_vault(read, client_id),
                public_url=read.url("PUBLIC_URL", "http://localhost:8000"),
                strava_read_limits=read.parsed("STRAVA_READ_LIMITS", _limits, READ_LIMITS),
                strava_overall_limits=read.parsed("STRAVA_OVERALL_LIMITS", _limits, OVERALL_LIMITS),
                strava_retries=Retries.read(read),
                background_sync_enabled=read.flag("BACKGROUND_SYNC_ENABLED", False),
                sync_interval_minutes=read.integer("SYNC_INTERVAL_MINUTES", 60, minimum=1, maximum=43_200),
                match_allow_strava_derived=read.flag("MATCH_ALLOW_STRAVA_DERIVED", False),
                redis_url=read.optional_secret("REDIS_URL"),
                worker_embedded=read.flag("WORKER_EMBEDDED", True),
                imports_folder=Path(read.optional_text("IMPORTS_FOLDER") or "data/imports"),
                log_level=read.choice("LOG_LEVEL", LOG_LEVELS, "INFO"),
                log_format=cast("LogFormat", read.choice("LOG_FORMAT", LOG_FORMATS, "json")),
            )


def _own_app(read: Reader) -> tuple[str | None, Secret | None]:
    client_id, client_secret = read.optional_text("STRAVA_CLIENT_ID"), read.optional_secret("STRAVA_CLIENT_SECRET")
    if (client_id is None) != (client_secret is None):
        missing = "STRAVA_CLIENT_ID" if client_id is None else "STRAVA_CLIENT_SECRET"
        read.problem(missing, "is missing, and the other half of our own Strava app is set")
    return client_id, client_secret


def _vault(read: Reader, client_id: str | None) -> Vault | None:
    """The keys that seal the tokens of our own Strava app, required only with it."""
    vault = read.optional("TOKEN_ENCRYPTION_KEYS", Vault.from_setting)
    if vault is None and client_id is not None and read.optional_text("TOKEN_ENCRYPTION_KEYS") is None:
        read.problem("TOKEN_ENCRYPTION_KEYS", "is missing, and our own Strava app is set")
    return vault


def _limits(text: str) -> tuple[int, int]:
    sentence = "must be two whole numbers, requests in 15 minutes and in a day, such as 200,2000"
    try:
        quarter, day = (int(number) for number in text.split(","))
    except ValueError:
        raise ValueError(sentence) from None
    if not 0 < quarter <= day <= _HIGHEST_LIMIT:
        raise ValueError(sentence)
    return quarter, day
