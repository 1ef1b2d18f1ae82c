"""What the predictor can be told through its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, cast, get_args

from servicekit.base.logs import LOG_LEVELS, LogFormat
from servicekit.base.settings import Reader, Secret
from servicekit.base.vault import Vault
from servicekit.data.drivers import redis_url
from servicekit.data.engine import database_url
from servicekit.data.patience import REQUEST_S
from servicekit.ops.door import parsed_key
from servicekit.strava.access import Retries
from servicekit.traces.export import TraceSettings
from servicekit.web.api_keys import ApiKeys
from servicekit.web.budgets import RequestBudgets
from servicekit.web.proxies import LOOPBACK, Proxies
from servicekit.web.proxies import SETTING as PROXIES

READ_LIMITS: Final = (300, 3000)
OVERALL_LIMITS: Final = (600, 6000)
DATABASE_URL: Final = "sqlite:///data/predictor.db"
LOG_FORMATS: Final = get_args(LogFormat)
_HIGHEST_LIMIT: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """Built once, at start. Every default is that of the variable."""

    vault: Vault
    """TOKEN_ENCRYPTION_KEYS `id:base64 of 32 bytes,...`, newest first, under which archives and tokens lie sealed."""
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
    """REDIS_URL of the counters that several processes share (quota, budgets); None: counted in this process."""
    database_wait_s: float = REQUEST_S
    """DATABASE_WAIT_S: how long a request waits for the database before it is answered 503."""
    request_budgets: RequestBudgets = field(default_factory=RequestBudgets)
    """MEMBER_REQUESTS_*, ADDRESS_REQUESTS_*: what each may ask."""
    operator_key: Secret | None = None
    """OPERATOR_KEY: what the operator shows at `/ops`. None: nobody gets in."""
    worker_embedded: bool = True
    """WORKER_EMBEDDED: the web process runs the jobs too."""
    imports_folder: Path = Path("data/imports")
    """IMPORTS_FOLDER: where archives wait to be read; the web process and the workers must share it."""
    reader_at_start: bool = field(default=False, compare=False)
    """Set for every server, by no variable: a process that reads files is up before the first one comes."""
    proxies: Proxies = LOOPBACK
    """FORWARDED_ALLOW_IPS: the addresses and networks of proxies that are believed about their visitors."""
    traces: TraceSettings = field(default_factory=TraceSettings)
    """OTEL_*: who collects traces, if anybody does."""
    log_level: str = "INFO"
    """LOG_LEVEL."""
    log_format: LogFormat = "json"
    """LOG_FORMAT: `json` or `console`."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Everything that must never be written anywhere."""
        keys = (*self.api_keys.keys, *self.ayda_api_keys.keys)
        named = (self.strava_client_secret, self.redis_url, self.operator_key)
        return (
            *self.traces.secrets,
            *(key.secret for key in keys),
            *(secret for secret in named if secret is not None),
        )

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Settings of an environment. Raises SettingsError with one line for each variable that is missing or bad."""
        with Reader(environ, whole=True) as read:
            shared = read.parsed("CROSS_SERVICE_API_KEY", ApiKeys.from_setting, ApiKeys())
            client_id, client_secret = _own_app(read)
            return cls(
                vault=read.parsed("TOKEN_ENCRYPTION_KEYS", Vault.from_setting),
                database_url=read.parsed("DATABASE_URL", database_url, DATABASE_URL),
                api_keys=read.parsed("AYDA_TO_PREDICTOR_API_KEYS", ApiKeys.from_setting, shared),
                ayda_url=read.optional_url("AYDA_RUN_API_URL"),
                ayda_api_keys=read.parsed("PREDICTOR_TO_AYDA_API_KEYS", ApiKeys.from_setting, shared),
                strava_api_base=read.url("STRAVA_API_BASE", "https://www.strava.com/api/v3"),
                strava_oauth_base=read.url("STRAVA_OAUTH_BASE", "https://www.strava.com"),
                strava_client_id=client_id,
                strava_client_secret=client_secret,
                public_url=read.url("PUBLIC_URL", "http://localhost:8000"),
                strava_read_limits=read.parsed("STRAVA_READ_LIMITS", _limits, READ_LIMITS),
                strava_overall_limits=read.parsed("STRAVA_OVERALL_LIMITS", _limits, OVERALL_LIMITS),
                strava_retries=Retries.read(read),
                background_sync_enabled=read.flag("BACKGROUND_SYNC_ENABLED", False),
                sync_interval_minutes=read.integer("SYNC_INTERVAL_MINUTES", 60, minimum=1, maximum=43_200),
                match_allow_strava_derived=read.flag("MATCH_ALLOW_STRAVA_DERIVED", False),
                redis_url=read.optional("REDIS_URL", lambda text: Secret(redis_url(text))),
                database_wait_s=read.number("DATABASE_WAIT_S", REQUEST_S, minimum=0.1, maximum=60),
                request_budgets=RequestBudgets.read(read),
                operator_key=read.optional("OPERATOR_KEY", parsed_key),
                worker_embedded=read.flag("WORKER_EMBEDDED", True),
                imports_folder=Path(read.optional_text("IMPORTS_FOLDER") or "data/imports"),
                reader_at_start=True,
                proxies=read.parsed(PROXIES, Proxies.parse, LOOPBACK),
                traces=TraceSettings.read(read),
                log_level=read.choice("LOG_LEVEL", LOG_LEVELS, "INFO"),
                log_format=cast("LogFormat", read.choice("LOG_FORMAT", LOG_FORMATS, "json")),
            )


def _own_app(read: Reader) -> tuple[str | None, Secret | None]:
    client_id, client_secret = read.optional_text("STRAVA_CLIENT_ID"), read.optional_secret("STRAVA_CLIENT_SECRET")
    if (client_id is None) != (client_secret is None):
        missing = "STRAVA_CLIENT_ID" if client_id is None else "STRAVA_CLIENT_SECRET"
        read.problem(missing, "has to be set, as the other half of our own Strava app is")
    return client_id, client_secret


def _limits(text: str) -> tuple[int, int]:
    sentence = "must be two whole numbers, requests in 15 minutes and in a day, such as 200,2000"
    try:
        quarter, day = (int(number) for number in text.split(","))
    except ValueError:
        raise ValueError(sentence) from None
    if not 0 < quarter <= day <= _HIGHEST_LIMIT:
        raise ValueError(sentence)
    return quarter, day
