"""The lists of the predictor's operations page. None shows a token, a track, or more of a person than an id."""

from __future__ import annotations

from typing import Final, get_args

from kernel.contracts.sync import SyncStatus
from languages.voice import mark
from predictor_service.ops.models import OperatorAction
from predictor_service.predictions.models import LedgerEntry
from predictor_service.sync.models import ReadTroubleRow, SyncRunRow, SyncStateRow
from servicekit.data.database import Database
from servicekit.jobs import DeadJob, JobQueue
from servicekit.ops.dead_jobs import dead_jobs
from servicekit.ops.lists import ListColumn, OpsList
from servicekit.ops.store import InTable, actions

_SYNCS: Final = (
    ListColumn("athlete_id", mark("Athlete")),
    ListColumn("status", mark("State")),
    ListColumn("activities_known", mark("Known"), "number"),
    ListColumn("activities_read", mark("Read"), "number"),
    ListColumn("started_at", mark("Begun"), "moment"),
    ListColumn("finished_at", mark("Ended"), "moment"),
    ListColumn("retry_at", mark("Next try"), "moment"),
    ListColumn("detail", mark("In words"), "words"),
)
_RUNS: Final = (
    ListColumn("started_at", mark("Begun"), "moment"),
    ListColumn("finished_at", mark("Ended"), "moment"),
    ListColumn("athlete_id", mark("Athlete")),
    ListColumn("status", mark("State")),
    ListColumn("new_count", mark("New"), "number"),
    ListColumn("updated_count", mark("Changed"), "number"),
    ListColumn("pages_fetched", mark("Pages"), "number"),
    ListColumn("read_count", mark("Read"), "number"),
    ListColumn("detail", mark("In words"), "words"),
)
_TROUBLES: Final = (
    ListColumn("athlete_id", mark("Athlete")),
    ListColumn("activity_id", mark("Its id")),
    ListColumn("tries", mark("Tries"), "number"),
    ListColumn("retry_at", mark("Next try"), "moment"),
    ListColumn("reason", mark("Trouble"), "words"),
)
_LEDGER: Final = (
    ListColumn("created_at", mark("When"), "moment"),
    ListColumn("athlete_id", mark("Athlete")),
    ListColumn("mode", mark("What")),
    ListColumn("p10_s", mark("Early, s"), "number"),
    ListColumn("p50_s", mark("Expected, s"), "number"),
    ListColumn("p90_s", mark("Late, s"), "number"),
    ListColumn("model", mark("Model")),
)


def lists_of(database: Database, queue: JobQueue) -> tuple[OpsList, ...]:
    """All of them; jobs that were given up can be replayed."""

    async def replay(job: DeadJob) -> bool:
        return await queue.replay(job.id)

    return (
        dead_jobs(queue, replay),
        OpsList(
            name="syncs",
            title=mark("Syncs"),
            columns=_SYNCS,
            source=InTable(database, SyncStateRow),
            sort="started_at",
            searched=("detail", "status"),
            ids=("athlete_id",),
            state="status",
            states=get_args(SyncStatus),
        ),
        _plain(mark("Runs of syncs"), _RUNS, InTable(database, SyncRunRow), "started_at", name="runs"),
        _plain(mark("Unread activities"), _TROUBLES, InTable(database, ReadTroubleRow), "tries", name="troubles"),
        _plain(mark("Ledger"), _LEDGER, InTable(database, LedgerEntry), "created_at", name="ledger"),
        actions(database, OperatorAction),
    )


_SEARCHED: Final = {"runs": ("detail", "status"), "troubles": ("reason",), "ledger": ("mode", "model")}


def _plain(title: str, columns: tuple[ListColumn, ...], source: InTable, sort: str, *, name: str) -> OpsList:
    searched, ids = _SEARCHED[name], ("athlete_id",)
    return OpsList(name=name, title=title, columns=columns, source=source, sort=sort, searched=searched, ids=ids)
