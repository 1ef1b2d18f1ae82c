"""What ayda can be told through its environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, cast, get_args

from ayda_service.telegram.settings import TelegramSettings
from ayda_service.webhook_settings import WebhookSettings
from servicekit.base.logs import LOG_LEVELS, LogFormat
from servicekit.base.settings import Reader, Secret, long_secret
from servicekit.base.vault import Vault
from servicekit.data.drivers import redis_url
from servicekit.data.engine import database_url, file_beside
from servicekit.data.patience import REQUEST_S
from servicekit.ops.door import parsed_key
from servicekit.traces.export import TraceSettings
from servicekit.web.api_keys import ApiKeys
from servicekit.web.budgets import RequestBudgets
from servicekit.web.proxies import LOOPBACK, Proxies
from servicekit.web.proxies import SETTING as PROXIES

_BOT_TOKEN: Final = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{35}", re.ASCII)

_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:\d{1,5})?", re.ASCII)

TELEGRAM_WEB: Final = ("https://web.telegram.org",)
"""Who frames a Mini App: Telegram in a browser."""
DATABASE_URL: Final = "sqlite:///data/ayda.db"
ERASURES_FILE: Final = Path("data/ayda.erasures")
ERASURES_SUFFIX: Final = ".erasures"


@dataclass(frozen=True, slots=True)
class MemberBudgets:
    """How much one member may keep here, and have made in a day (UTC)."""

    stored_bytes: int = 1024**3
    """MEMBER_STORED_BYTES of activity files, as they lie in the database."""
    files: int = 5_000
    """MEMBER_FILES: activities with their files."""
    predictions_per_day: int = 200
    """MEMBER_PREDICTIONS_PER_DAY."""
    routes_per_day: int = 50
    """MEMBER_ROUTES_PER_DAY: courses sent to the predictor."""
    matching_per_day: int = 50
    """MEMBER_MATCHING_PER_DAY: questions about partners and pace groups."""
    imports_per_day: int = 20
    """MEMBER_IMPORTS_PER_DAY: archives of recordings."""

    @classmethod
    def read(cls, read: Reader) -> Self:
        """The budgets; none of them is nothing."""
        base = cls()
        return cls(
            read.integer("MEMBER_STORED_BYTES", base.stored_bytes, minimum=1),
            read.integer("MEMBER_FILES", base.files, minimum=1),
            read.integer("MEMBER_PREDICTIONS_PER_DAY", base.predictions_per_day, minimum=1, maximum=1_000_000),
            read.integer("MEMBER_ROUTES_PER_DAY", base.routes_per_day, minimum=1, maximum=1_000_000),
            read.integer("MEMBER_MATCHING_PER_DAY", base.matching_per_day, minimum=1, maximum=1_000_000),
            read.integer("MEMBER_IMPORTS_PER_DAY", base.imports_per_day, minimum=1, maximum=1_000_000),
        )


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
    budgets: MemberBudgets = field(default_factory=MemberBudgets)
    """MEMBER_*."""
    redis_url: Secret | None = None
    """REDIS_URL of the counters that several processes share (quota, budgets); None: counted in this process."""
    database_wait_s: float = REQUEST_S
    """DATABASE_WAIT_S: how long a request waits for the database before it is answered 503."""
    request_budgets: RequestBudgets = field(default_factory=RequestBudgets)
    """MEMBER_REQUESTS_*, ADDRESS_REQUESTS_*: what each may ask."""
    erasures_file: Path | None = None
    """ERASURES_FILE: the list of who was erased, which no restored backup may bring back; see `erasures`."""
    erasures_key: Secret | None = None
    """ERASURES_KEY: any secret that stays, for the hashes in it. None: the bot's token."""
    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    """TELEGRAM_*: how the bot hears of what people write."""
    guest_predictions: bool = True
    """GUEST_PREDICTIONS: who is no member may ask too; nothing of it is stored."""
    guest_predictions_per_day: int = 300
    """GUEST_PREDICTIONS_PER_DAY: how many guests at one address may have between two midnights (UTC)."""
    page_framed_by: tuple[str, ...] = TELEGRAM_WEB
    """MINI_APP_FRAMED_BY: the origins that may show `/app` in a frame."""
    operator_key: Secret | None = None
    """OPERATOR_KEY: what the operator shows at `/ops`. None: nobody gets in."""
    worker_embedded: bool = True
    """WORKER_EMBEDDED: the web process runs the jobs too."""
    proxies: Proxies = LOOPBACK
    """FORWARDED_ALLOW_IPS: the addresses and networks of proxies that are believed about their visitors."""
    traces: TraceSettings = field(default_factory=TraceSettings)
    """OTEL_*: who collects traces, if anybody does."""
    log_level: str = "INFO"
    """LOG_LEVEL."""
    log_format: LogFormat = "json"
    """LOG_FORMAT: `json` or `console`."""

    @property
    def bot_link(self) -> str | None:
        """Where the bot is found; what it is to begin with is added as `?start=` or `?startapp=`."""
        return None if self.bot_name is None else f"{self.telegram.link_base}/{self.bot_name}"

    @property
    def app_url(self) -> str | None:
        """The page inside Telegram, where Telegram opens it."""
        address = f"{self.public_url}/app"
        return address if self.telegram.opens(address) else None

    @property
    def erasures(self) -> tuple[Path, Secret]:
        """ERASURES_FILE, else beside a database that is a file, else in the working directory; and its key."""
        path = self.erasures_file or file_beside(self.database_url, ERASURES_SUFFIX) or ERASURES_FILE
        return path, self.erasures_key or self.bot_token

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Everything that must never be written anywhere."""
        keys = (*self.api_keys.keys, *self.predictor_api_keys.keys)
        hooks = () if self.webhooks is None else self.webhooks.secrets
        more = tuple(
            secret
            for secret in (self.redis_url, self.erasures_key, self.telegram.webhook_secret, self.operator_key)
            if secret is not None
        )
        return (
            self.strava_client_secret,
            self.bot_token,
            *hooks,
            *more,
            *self.traces.secrets,
            *(key.secret for key in keys),
        )

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Settings of an environment. Raises SettingsError with one line for each variable that is missing or bad."""
        with Reader(environ, whole=True) as read:
            shared = read.parsed("CROSS_SERVICE_API_KEY", ApiKeys.from_setting, ApiKeys())
            return cls(
                strava_client_id=read.text("STRAVA_CLIENT_ID"),
                strava_client_secret=read.secret("STRAVA_CLIENT_SECRET"),
                vault=read.parsed("TOKEN_ENCRYPTION_KEYS", Vault.from_setting),
                bot_token=read.parsed("TELEGRAM_BOT_TOKEN", _bot_token),
                database_url=read.parsed("DATABASE_URL", database_url, DATABASE_URL),
                public_url=read.url("PUBLIC_URL", "http://localhost:8001"),
                bot_name=read.optional_text("TELEGRAM_BOT_NAME"),
                api_keys=read.parsed("PREDICTOR_TO_AYDA_API_KEYS", ApiKeys.from_setting, shared),
                predictor_url=read.optional_url("GPX_PREDICTOR_API_URL"),
                predictor_api_keys=read.parsed("AYDA_TO_PREDICTOR_API_KEYS", ApiKeys.from_setting, shared),
                strava_oauth_base=read.url("STRAVA_OAUTH_BASE", "https://www.strava.com"),
                strava_api_base=read.url("STRAVA_API_BASE", "https://www.strava.com/api/v3"),
                webhooks=WebhookSettings.read(read),
                strava_auto_upload=read.flag("STRAVA_AUTO_UPLOAD", False),
                budgets=MemberBudgets.read(read),
                redis_url=read.optional("REDIS_URL", lambda text: Secret(redis_url(text))),
                database_wait_s=read.number("DATABASE_WAIT_S", REQUEST_S, minimum=0.1, maximum=60),
                erasures_file=read.optional("ERASURES_FILE", Path),
                erasures_key=read.optional("ERASURES_KEY", long_secret),
                request_budgets=RequestBudgets.read(read),
                telegram=TelegramSettings.read(read),
                guest_predictions=read.flag("GUEST_PREDICTIONS", True),
                guest_predictions_per_day=read.integer("GUEST_PREDICTIONS_PER_DAY", 300, minimum=1, maximum=1_000_000),
                page_framed_by=read.parsed("MINI_APP_FRAMED_BY", _origins, TELEGRAM_WEB),
                operator_key=read.optional("OPERATOR_KEY", parsed_key),
                worker_embedded=read.flag("WORKER_EMBEDDED", True),
                proxies=read.parsed(PROXIES, Proxies.parse, LOOPBACK),
                traces=TraceSettings.read(read),
                log_level=read.choice("LOG_LEVEL", LOG_LEVELS, "INFO"),
                log_format=cast("LogFormat", read.choice("LOG_FORMAT", get_args(LogFormat), "json")),
            )


def _bot_token(text: str) -> Secret:
    if not _BOT_TOKEN.fullmatch(text):
        raise ValueError("must be a token as BotFather gives it: digits, a colon, 35 letters, digits, _ or -")
    return Secret(text)


def _origins(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not all(_ORIGIN.fullmatch(origin) for origin in found):
        raise ValueError("must be origins such as https://web.telegram.org, comma separated, without a path")
    return found
