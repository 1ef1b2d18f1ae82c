"""Both services as they compose themselves, in front of a neighbour that a test provides.

Consumer tests enter here: at a job, at a service. What is between them and the wire (retries, keys, deadlines) is the
service's own, so that it is in the contract too.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ayda_service.guests.service import GuestService
from ayda_service.imports.service import ImportService
from ayda_service.members.store import MemberStore
from ayda_service.parts import Parts as AydaParts
from ayda_service.parts import assemble as assemble_ayda
from ayda_service.predictions.service import PredictionService
from ayda_service.predictor.client import PredictorClient
from ayda_service.settings import Settings as AydaSettings
from ayda_service.strava.store import ConnectionStore
from kernel.contracts.route import Route
from predictor_service.parts import Parts as PredictorParts
from predictor_service.parts import assemble as assemble_predictor
from predictor_service.settings import Settings as PredictorSettings
from predictor_service.strava.ayda_client import AydaRunClient
from servicekit.base.correlation import REQUEST_ID
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.data.database import Database
from servicekit.strava.oauth import Tokens
from servicekit.strava.tokens.seals import TokenSeals
from servicekit.strava.tokens.store import token_columns
from servicekit.web.api_keys import ApiKeys
from servicekit.web.sent_files import Sent
from tests.contracts.support import KEY, Tomorrow
from tests.contracts.support import REQUEST_ID as CONTRACT_REQUEST_ID
from trackfiles.questions import File

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MEMBER = 123456
ATHLETE = 12345
VAULT = Vault({"k1": bytes(range(32))})


BOT_TOKEN = "4242:a-bot-token"


@dataclass(frozen=True)
class Ayda:
    """ayda without its HTTP side."""

    parts: AydaParts
    wire: Tomorrow
    folder: Path

    @property
    def predictor(self) -> PredictorClient:
        """The client that ayda has made for itself."""
        assert self.parts.predictor is not None
        return self.parts.predictor

    @property
    def predictions(self) -> PredictionService:
        return self.parts.predictions

    @property
    def guests(self) -> GuestService:
        return self.parts.guests

    @property
    def imports(self) -> ImportService:
        return self.parts.imports

    def sent(self, content: bytes, *, zipped: bool = False) -> Sent:
        """A course or an archive that somebody has sent."""
        file = self.folder / "sent"
        file.write_bytes(content)
        return Sent(File(str(file)), hashlib.sha256(content).hexdigest(), zipped=zipped)

    async def add_route(self, gpx: bytes, track: str | None = None) -> Route:
        """Hands on a course that the member has sent."""
        return await self.predictions.add_route(MEMBER, NOW, self.sent(gpx), track)

    async def run(self, job: str, **args: Any) -> None:
        """One run of a job, as a worker does it."""
        (found,) = [each for each in self.parts.jobs if each.name == job]
        await found.run(args)


@dataclass(frozen=True)
class Predictor:
    """The predictor without its HTTP side."""

    parts: PredictorParts
    wire: Tomorrow

    @property
    def tokens(self) -> AydaRunClient:
        """Where the sync gets its access tokens."""
        assert self.parts.ayda is not None
        return self.parts.ayda


def ayda_settings(url: str, predictor_url: str | None, key: str = KEY) -> AydaSettings:
    """ayda in front of one predictor."""
    return AydaSettings(
        strava_client_id="4242",
        strava_client_secret=Secret("a-client-secret"),
        vault=VAULT,
        bot_token=Secret(BOT_TOKEN),
        database_url=url,
        api_keys=ApiKeys.parse(KEY),
        predictor_url=predictor_url,
        predictor_api_keys=ApiKeys.parse(key),
        database_wait_s=60,
        worker_embedded=False,
    )


@asynccontextmanager
async def ayda(
    blank: Path, folder: Path, predictor_url: str, *, key: str = KEY, connected: bool = True
) -> AsyncIterator[Ayda]:
    """ayda over a copy of the blank database, with the member of the pacts."""
    file = shutil.copy(blank, folder / "ayda.db")
    url = f"sqlite:///{file}"
    await member(url, connected=connected)
    wire = Tomorrow()
    parts = assemble_ayda(ayda_settings(url, predictor_url, key), now=lambda: NOW, predictor_transport=wire)
    token = REQUEST_ID.set(CONTRACT_REQUEST_ID)
    try:
        async with parts.running(worker=False):
            yield Ayda(parts, wire, folder)
    finally:
        REQUEST_ID.reset(token)


async def member(url: str, *, connected: bool, left_s: int = 5 * 3600, state: str = "active") -> None:
    """The member of the pacts, with or without a connection."""
    sealed = TokenSeals(VAULT, now=lambda: LONG_AGO).seal(ATHLETE, Tokens("a1", "r1", int(NOW.timestamp()) + left_s))
    columns = {"scope": "read,activity:read_all", **token_columns(sealed), "state": state}
    database = Database(url)
    with database.transaction() as session:
        found = MemberStore(session).create(MEMBER, NOW)
        if connected:
            ConnectionStore(session).link(found.id, ATHLETE, columns, NOW)
    await database.close()


@asynccontextmanager
async def predictor(blank: Path, folder: Path, ayda_url: str, *, key: str = KEY) -> AsyncIterator[Predictor]:
    """The predictor over a copy of the blank database, with ayda as its source of tokens."""
    file = shutil.copy(blank, folder / "predictor.db")
    settings = PredictorSettings(
        vault=VAULT,
        database_url=f"sqlite:///{file}",
        api_keys=ApiKeys.parse(KEY),
        ayda_url=ayda_url,
        ayda_api_keys=ApiKeys.parse(key),
        background_sync_enabled=False,
        database_wait_s=60,
        imports_folder=folder / "imports",
        worker_embedded=False,
    )
    wire = Tomorrow()
    parts = assemble_predictor(settings, now=lambda: NOW, ayda_transport=wire)
    token = REQUEST_ID.set(CONTRACT_REQUEST_ID)
    try:
        async with parts.running(worker=False):
            yield Predictor(parts, wire)
    finally:
        REQUEST_ID.reset(token)


OpenAyda = Callable[..., AbstractAsyncContextManager[Ayda]]
OpenPredictor = Callable[..., AbstractAsyncContextManager[Predictor]]
