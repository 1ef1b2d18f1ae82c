"""ayda as an ASGI app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from litestar import Router

from ayda_service.accuracy.routes import accuracy_routes, news_routes
from ayda_service.activities.routes import activity_routes
from ayda_service.chats.routes import preference_routes
from ayda_service.club.routes import club_routes
from ayda_service.downloads.routes import download_routes
from ayda_service.downloads.service import DOWNLOAD_PATH
from ayda_service.exports.routes import export_routes
from ayda_service.guests.routes import PROFILES_PATH, guest_routes
from ayda_service.hand_outs.routes import token_routes
from ayda_service.imports.routes import import_routes
from ayda_service.me.routes import own_data_routes
from ayda_service.members.jobs import Messenger
from ayda_service.ops.service import open_desk
from ayda_service.outings.routes import outing_routes
from ayda_service.outings.service import OutingService
from ayda_service.parts import Parts, assemble
from ayda_service.plans.routes import plan_routes
from ayda_service.predictions.routes import prediction_routes
from ayda_service.problems import PROBLEMS
from ayda_service.reforecasts.routes import reforecast_routes
from ayda_service.settings import Settings
from ayda_service.sight.service import enumerated
from ayda_service.strava.browser import too_many_page
from ayda_service.strava.routes import connection_routes
from ayda_service.syncs.routes import sync_routes
from ayda_service.telegram.identity import IDENTIFIED, Doorkeeper, member_guards
from ayda_service.telegram.routes import session_routes
from ayda_service.typed.routes import typed_routes
from ayda_service.updates.routes import TELEGRAM_PATH, update_routes
from ayda_service.uploads.routes import upload_routes
from ayda_service.web.routes import page_routes
from ayda_service.web.static import STATIC
from ayda_service.webhook_settings import WEBHOOK_PATH
from ayda_service.webhooks.routes import webhook_routes
from servicekit.base.clock import utc_now
from servicekit.base.logs import settings_of_process
from servicekit.base.metrics import Metrics
from servicekit.http.client import Transport
from servicekit.ops.routes import ops_errand, ops_routes, wrong_keys_rule
from servicekit.web.api_keys import api_key_guard
from servicekit.web.app import Edge, WebApp, build_app
from servicekit.web.budget_gate import PROBES, Errand
from servicekit.web.callers import Callers
from servicekit.web.daily import DailySpending
from servicekit.web.enumeration import Enumeration, watched
from servicekit.web.flood import Allowance, Rule, Visitors

if TYPE_CHECKING:
    from aiogram.client.session.base import BaseSession

LONGEST_REQUEST_S: Final = 60.0
LONGEST_UPLOAD_S: Final = 900.0
"""Of a past over a slow line, until its reading begins."""
EVENTS: Final = Allowance(burst=40_000, every_s=60 / 40_000)
"""Above the worst Sunday: 10,000 events within a minute, each three times."""
MISTAKES: Final = Allowance(burst=120, every_s=1.0)
"""Links that do not work, each of which costs a write. A club behind one address is rarely wrong."""
BROWSER_PATHS: Final = ("/api/v1/strava/callback", "/api/v1/strava/enter")
_BAD_LINK: Final = frozenset({400})
_BAD_TICKET: Final = frozenset({404})


def create_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    strava_transport: Transport | None = None,
    predictor_transport: Transport | None = None,
    telegram_session: BaseSession | None = None,
    messenger: Messenger | None = None,
    longest_request_s: float = LONGEST_REQUEST_S,
) -> WebApp:
    """The app of these settings, on a migrated database. `app.litestar.state.parts` is its inside.

    Its lifespan opens the database and runs the jobs, unless the settings say that other processes do.
    """
    metrics = Metrics()
    parts = assemble(
        settings,
        now=now,
        metrics=metrics,
        strava_transport=strava_transport,
        predictor_transport=predictor_transport,
        telegram_session=telegram_session,
        messenger=messenger,
    )
    doorkeeper = Doorkeeper(settings.bot_token, now=now)
    members = _for_members(parts, doorkeeper)
    return build_app(
        title="ayda",
        version="1",
        description="The running club's backend: members, Strava connections, predictions in the chat.",
        route_handlers=[
            *(members, _for_guests(parts), *_for_the_predictor(parts, metrics, now), *_for_senders(parts, metrics)),
            *(page_routes(settings.page_framed_by), _for_operators(parts, now)),
        ],
        problems=PROBLEMS,
        lifespan=[lambda _app: parts.running(worker=settings.worker_embedded)],
        state={"parts": parts},
        checks=parts.checks(worker=settings.worker_embedded),
        metrics=metrics,
        edge=Edge(
            callers=Callers(settings.api_keys, now=now, member_of=doorkeeper.counted_as),
            accounts=parts.accounts,
            errands=_errands(settings.bot_link, _guests_of_a_day(parts, now)),
            flood_rules=_flood_rules(settings.bot_link),
            max_duration_s=longest_request_s,
            slow_paths={PROFILES_PATH: LONGEST_UPLOAD_S},
            database_wait_s=settings.database_wait_s,
            proxies=settings.proxies,
        ),
    )


def from_environ() -> WebApp:
    """The app of this process's environment, for servers that want a factory."""
    return create_app(settings_of_process(Settings.from_environ))


def _for_members(parts: Parts, doorkeeper: Doorkeeper) -> Router:
    settings = parts.settings
    guards = member_guards(doorkeeper, parts.own_data.was_erased)
    handlers = [
        activity_routes(parts.activities, parts.files, guards),
        import_routes(parts.imports, parts.files, guards),
        upload_routes(parts.uploads, guards),
        connection_routes(parts.connections, guards, settings.public_url, settings.bot_link, parts.syncs.notice),
        prediction_routes(parts.predictions, parts.files, guards),
        club_routes(parts.club, guards),
        plan_routes(parts.plans, guards),
        own_data_routes(parts.own_data, guards),
        preference_routes(parts.preferences, guards),
        sync_routes(parts.syncs, guards),
        accuracy_routes(parts.accuracy, guards),
        outing_routes(OutingService(parts.predictor), guards),
        download_routes(parts.downloads, guards, settings.bot_link),
        export_routes(parts.exports, guards),
        session_routes(doorkeeper, guards),
    ]
    return Router("/api/v1", route_handlers=handlers, dependencies=IDENTIFIED)


def _for_guests(parts: Parts) -> Router:
    handlers = [guest_routes(parts.guests, parts.files), reforecast_routes(), typed_routes()]
    return Router("/api/v1", route_handlers=handlers)


def _for_the_predictor(parts: Parts, metrics: Metrics, now: Callable[[], datetime]) -> tuple[Router, Router]:
    guard = api_key_guard(parts.settings.api_keys, now=now)
    enumeration = Enumeration(metrics, now)
    parts.watchman.also(partial(enumerated, enumeration))
    tokens = token_routes(parts.hand_outs, watched(guard, enumeration))
    return tokens, news_routes(parts.accuracy, guard)


def _for_operators(parts: Parts, now: Callable[[], datetime]) -> Router:
    return ops_routes(open_desk(parts.settings, parts.database, parts.queue, parts.watchman, now=now), PROBLEMS)


def _for_senders(parts: Parts, metrics: Metrics) -> tuple[Router, Router]:
    """Where Strava and Telegram send what happens."""
    counted = metrics.counter("webhook_events", "Push events of Strava, by what became of them.", ["outcome"])
    return webhook_routes(parts.inbox, counted), update_routes(parts.updates)


def _guests_of_a_day(parts: Parts, now: Callable[[], datetime]) -> DailySpending:
    return DailySpending(parts.settings.guest_predictions_per_day, parts.accounts.everywhere, now=now)


def _errands(bot_link: str | None, guests_of_a_day: DailySpending) -> tuple[Errand, ...]:
    """What is not one request like any other. Events have a rule of their own, below, as one address sends them all.

    The pages of connecting are counted apart, so that whoever floods other public paths keeps nobody from connecting.
    """
    page = partial(too_many_page, bot_link=bot_link)
    return (
        *PROBES,
        ops_errand("ayda"),
        Errand(WEBHOOK_PATH, cost=0),
        Errand(TELEGRAM_PATH, cost=0),
        *(Errand(path, apart="connecting", refusal=page) for path in BROWSER_PATHS),
        Errand(f"{STATIC}/", cost=0),  # what costs no more to give than to refuse
        Errand(PROFILES_PATH, "POST", cost=20, apart="guests' pasts", at_once=2),
        Errand("/api/v1/guest", "POST", cost=4, apart="guests", daily=guests_of_a_day),
        Errand("/api/v1/reforecasts", "POST", apart="guests"),
        Errand("/api/v1/typed", "POST", apart="guests"),
        Errand("/api/v1/activities", "POST", cost=3),
        Errand("/api/v1/imports", "POST", cost=5),
        Errand("/api/v1/routes", "POST", cost=3),
        Errand("/api/v1/predictions", "POST", cost=4),
        Errand("/api/v1/matches", cost=4),
        Errand("/api/v1/groups", "POST", cost=4),
        Errand("/api/v1/predictions/", "GET", cost=2),
        Errand("/api/v1/me/export", cost=10),
        Errand(DOWNLOAD_PATH, cost=10, apart="downloads"),
        Errand("/api/v1/me", "DELETE", cost=10),
    )


def _flood_rules(bot_link: str | None) -> tuple[Rule, ...]:
    """How much the public paths take from one address, of which Strava has few and is never to be kept out.

    What proves who sends it is never counted: a proof is cheap to refuse, and members share addresses with strangers.
    """
    strangers = Visitors(MISTAKES)
    refusal = partial(too_many_page, bot_link=bot_link)
    return (
        Rule(WEBHOOK_PATH, Visitors(EVENTS)),
        *(Rule(path, strangers, _BAD_LINK, refusal) for path in BROWSER_PATHS),
        Rule(DOWNLOAD_PATH, strangers, _BAD_TICKET),
        wrong_keys_rule("ayda"),
    )
