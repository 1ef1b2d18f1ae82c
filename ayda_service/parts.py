"""What ayda is made of: built once, from settings, a clock and, in tests, transports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from ayda_service.accuracy.service import AccuracyService
from ayda_service.activities.models import FILE_KEY
from ayda_service.activities.service import ActivityService
from ayda_service.bot.notices import open_messenger
from ayda_service.chats.service import PreferencesService
from ayda_service.club.service import ClubService
from ayda_service.downloads.service import DownloadService
from ayda_service.exports.service import ExportService
from ayda_service.guests.service import GuestService
from ayda_service.hand_outs.service import TokenHandOutService
from ayda_service.imports.service import ImportService
from ayda_service.me.restored import RestoredDatabase, RestoredPeople
from ayda_service.me.service import OwnDataService
from ayda_service.me.traces import Traces
from ayda_service.members.jobs import Messenger, tell_member_job
from ayda_service.messages.menus import Menus
from ayda_service.messages.service import Outbox
from ayda_service.models import JOB_TABLE
from ayda_service.neighbours import Transports, open_all, open_telegram
from ayda_service.plans.service import PlanService
from ayda_service.predictions.service import PredictionService
from ayda_service.predictor.client import PredictorClient
from ayda_service.rooms import (
    accounts_of,
    connections_of,
    guests_of,
    imports_of,
    own_data_of,
    plans_and_traces,
    uploads_of,
)
from ayda_service.settings import Settings
from ayda_service.sight.service import open_watchman, sent_at_once, somebody_is_told
from ayda_service.strava.jobs import Notices
from ayda_service.strava.service import ConnectionService
from ayda_service.syncs.service import SyncService
from ayda_service.updates.service import Updates
from ayda_service.upkeep import done_at_strava, told, upkeep
from ayda_service.uploads.service import UploadService
from ayda_service.webhooks.service import Inbox
from ayda_service.webhooks.subscription import SubscriptionKeeping
from servicekit.base.file_seals import FileSeals
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.data.trouble import DatabaseUnavailable
from servicekit.http.client import Transport
from servicekit.jobs.in_process import EmbeddedWorker, open_queue
from servicekit.strava.client import StravaClient
from servicekit.strava.consents import Consents
from servicekit.strava.quota import QUOTA_ALONE
from servicekit.web.budgets import Accounts
from servicekit.web.health import Check, Degraded, helper
from servicekit.web.parts import Closable, ServiceParts
from servicekit.web.track_files import FileReader

if TYPE_CHECKING:
    from aiogram.client.session.base import BaseSession

    from ayda_service.messages.client import TelegramClient

Now: TypeAlias = Callable[[], datetime]
ALONE: Final = (
    "The predictor does not answer: predictions, profiles and routes answer 503; connections, uploads and events are "
    "taken, and it is told of them when it is back."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(ServiceParts):
    """Those of ayda."""

    name = "ayda"
    settings: Settings
    now: Now
    strava: StravaClient
    consents: Consents
    predictor: PredictorClient | None
    files: FileReader
    connections: ConnectionService
    guests: GuestService
    hand_outs: TokenHandOutService
    imports: ImportService
    own_data: OwnDataService
    traces: Traces
    plans: PlanService
    uploads: UploadService
    inbox: Inbox
    subscription: SubscriptionKeeping | None
    telegram: TelegramClient | None = None
    updates: Updates
    accounts: Accounts

    @property
    def activities(self) -> ActivityService:
        """Recordings that members send."""
        return self.imports.activities

    @property
    def club(self) -> ClubService:
        """Partners and pace groups; it holds nothing."""
        settings, membership = self.settings, self.traces.membership
        return ClubService(self.database, self.predictor, membership, budgets=settings.budgets, now=self.now)

    @property
    def preferences(self) -> PreferencesService:
        """How members want to be spoken to; it holds nothing."""
        app_url = None if self.settings.telegram.updates == "off" else self.settings.app_url
        menus = Menus(Outbox(self.queue, now=self.now), app_url)
        return PreferencesService(self.database, self.traces.membership, follow=menus.follow, now=self.now)

    @property
    def syncs(self) -> SyncService:
        """How far the predictor has read of a member's Strava; it holds nothing."""
        return SyncService(self.connections, self.predictor)

    @property
    def accuracy(self) -> AccuracyService:
        """How right predictions were; it holds nothing."""
        return AccuracyService(self.database, self.queue, self.predictor)

    @property
    def exports(self) -> ExportService:
        """Everything about a member, for them; it holds nothing."""
        return ExportService(self.database, self.predictor, FileSeals(self.settings.vault, FILE_KEY), now=self.now)

    @property
    def downloads(self) -> DownloadService:
        """A member's files for their browser; it holds nothing."""
        handovers, url = self.connections.handovers, self.settings.public_url
        return DownloadService(handovers, self.plans, self.exports, public_url=url)

    def clients(self) -> Sequence[Closable | None]:
        """Strava, the predictor and all that speak to them or read files."""
        reaching = (self.strava, self.files, self.predictor, self.subscription, self.consents)
        return *reaching, self.telegram, self.hand_outs, self.inbox, self.own_data, self.accounts, self.plans

    @property
    def predictions(self) -> PredictionService:
        """What members ask of the predictor."""
        return self.plans.predictions

    def helpers(self) -> Mapping[str, Check]:
        """Redis, the predictor, somebody who hears of alarms, and a database that knows of every erasure."""
        found: dict[str, Check] = {
            "erasures": self.knows_erasures,
            "administrator": partial(somebody_is_told, self.watchman),
        }
        if self.settings.redis_url is not None:
            found["redis"] = helper(self.strava.quota.check, QUOTA_ALONE)
        return found if self.predictor is None else found | {"predictor": helper(self.predictor.live, ALONE)}

    async def knows_erasures(self) -> None:
        """Raises Degraded when the database was restored under the running service, or was away at its start."""
        with suppress(DatabaseUnavailable):  # of which its own check tells
            try:
                await self.restored().refuse()
            except RestoredDatabase as behind:
                raise Degraded(str(behind)) from behind

    def restored(self) -> RestoredPeople:
        """What a backup may have brought back."""
        return RestoredPeople(self.database, self.own_data, self.traces.membership)

    async def prepare(self) -> None:
        """Clears away what a kill has left. Raises RestoredDatabase rather than bring back whom erasures name."""
        await self.files.clear()
        with suppress(DatabaseUnavailable):  # the health check tells of a database that is unusable
            await self.restored().refuse()
            if self.telegram is not None:
                await self.updates.introduce()


def assemble(
    settings: Settings,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None = None,
    strava_transport: Transport | None = None,
    predictor_transport: Transport | None = None,
    telegram_session: BaseSession | None = None,
    messenger: Messenger | None = None,
) -> Parts:
    """The ayda of these settings; nothing is connected to before it is used."""
    reached, metrics = (strava_transport, predictor_transport), metrics or Metrics()
    parts = _without_bot(settings, reached, messenger, now=now, metrics=metrics)
    if settings.telegram.updates == "off":
        return parts
    from ayda_service.bot.parts import HouseBot  # noqa: PLC0415 - aiogram takes 150 MB and seconds

    telegram = open_telegram(settings, parts.plans, telegram_session, metrics)
    bot = HouseBot(settings, parts.database, parts.queue, parts.updates, telegram, services=parts, now=now)
    jobs = (*parts.jobs, *bot.jobs(parts.traces.membership))
    parts.watchman.deliver = sent_at_once(settings, jobs)
    return replace(parts, telegram=telegram, jobs=jobs, worker=EmbeddedWorker(parts.queue, jobs))


def _without_bot(
    settings: Settings, transports: Transports, messenger: Messenger | None, *, now: Now, metrics: Metrics
) -> Parts:
    """All that is there whether the bot is on or off."""
    database, files = Database(settings.database_url, metrics=metrics), FileReader(metrics=metrics)
    seals, queue = FileSeals(settings.vault, FILE_KEY), open_queue(database, JOB_TABLE, now=now, metrics=metrics)
    reached = open_all(settings, database, queue, transports, metrics=metrics, now=now)
    predictor, strava, consents, subscription = reached
    uploads, notices = uploads_of(settings, database, queue, now), Notices(queue, wanted=predictor is not None)
    plans, traces = plans_and_traces(settings, database, queue, predictor, now)
    jobs = (
        *(() if predictor is None else told(database, queue, seals, notices, predictor, traces=traces, now=now)),
        *upkeep(database, queue, seals, subscription, predictor, metrics=metrics, now=now),
        *done_at_strava(database, queue, strava, consents, seals, notices=notices, traces=traces, now=now),
        tell_member_job(messenger or open_messenger(settings, database, queue, now)),
    )
    return Parts(
        settings=settings,
        now=now,
        database=database,
        queue=queue,
        strava=strava,
        consents=consents,
        predictor=predictor,
        files=files,
        connections=connections_of(settings, database, consents, notices, traces=traces, now=now),
        guests=guests_of(settings, predictor, plans, files),
        hand_outs=TokenHandOutService(database, consents.keeper, settings.strava_client_id, now=now),
        imports=imports_of(
            settings, database, queue, files, predictor, traces=traces, notices=notices, uploads=uploads, now=now
        ),
        own_data=own_data_of(settings, database, consents, notices, predictor, traces=traces, now=now),
        traces=traces,
        plans=plans,
        uploads=uploads,
        inbox=Inbox(database, queue, settings.webhooks, now=now),
        subscription=subscription,
        updates=Updates(database, queue, settings.telegram.webhook_secret, now=now),
        accounts=accounts_of(settings, now),
        watchman=open_watchman(settings, database, queue, strava.quota, predictor, metrics=metrics, now=now),
        jobs=jobs,
        worker=EmbeddedWorker(queue, jobs),
    )
