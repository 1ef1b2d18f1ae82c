"""Are the stores that the settings name usable? Said before a command does its work, a line for each variable."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import click

from cli.failure import Refused
from cli.services import Service, variable_of
from servicekit.base.logs import ProcessSettings
from servicekit.data.database import Database
from servicekit.data.fitness import in_words
from servicekit.data.patience import UnitPatience, waiting
from servicekit.data.revisions import WrongRevision, revisions_of
from servicekit.data.trouble import DatabaseUnavailable
from servicekit.strava.counters import QuotaStoreDown, RedisQuotaStore
from servicekit.strava.quota import QUOTA_ALONE

_WAIT_S = 5.0


def check_stores(configured: Mapping[Service, ProcessSettings]) -> None:
    """Raises Refused for a database that cannot be used, and for a Redis that refuses us.

    A Redis that does not answer is no reason not to start: it is said, and the services do without.
    """
    for service, settings in configured.items():
        _check_database(service, settings.database_url)
    addresses = {settings.redis_url.reveal() for settings in configured.values() if settings.redis_url is not None}
    for address in sorted(addresses):
        asyncio.run(_check_redis(address))


def _check_database(service: Service, url: str) -> None:
    try:
        database = Database(url)
    except OSError as error:
        raise no_folder(service, error) from error
    try:
        with waiting(UnitPatience(_WAIT_S, None)), database.reading() as session:
            revisions_of(service.name).check(session)
    except DatabaseUnavailable as trouble:
        raise database_unusable(service, trouble) from trouble
    except WrongRevision as wrong:
        raise Refused("database_unusable", f"{variable_of('DATABASE_URL', service)}: {wrong}") from wrong
    finally:
        asyncio.run(database.close())


def no_folder(service: Service, error: OSError) -> Refused:
    """The line about a database whose folder cannot be made."""
    return Refused(
        "database_unusable", f"{variable_of('DATABASE_URL', service)}: its folder cannot be made ({error.strerror})."
    )


def database_unusable(service: Service, trouble: DatabaseUnavailable) -> Refused:
    """The line about a database that cannot be used."""
    return Refused("database_unusable", f"{variable_of('DATABASE_URL', service)}: {in_words(trouble)}")


async def _check_redis(address: str) -> None:
    store = RedisQuotaStore(address)
    try:
        await store.count("start")
    except QuotaStoreDown as down:
        # who answers that it does not know us will not know us later
        if str(down) in {"AuthenticationError", "AuthorizationError", "NoPermissionError", "ResponseError"}:
            raise Refused("redis_unusable", "REDIS_URL: Redis refuses our name, password or database number.") from down
        click.echo(f"redis_away: REDIS_URL: {QUOTA_ALONE}", err=True)
    finally:
        await store.close()
