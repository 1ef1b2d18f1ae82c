"""The list of jobs that were given up, of either engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from languages.voice import mark
from servicekit.jobs import DeadJob, JobQueue
from servicekit.ops.lists import MOST, InMemory, ListColumn, OpsList

_COLUMNS: Final = (
    ListColumn("died_at", mark("Given up"), "moment"),
    ListColumn("name", mark("Job")),
    ListColumn("about", mark("About"), "words"),
    ListColumn("attempts", mark("Tries"), "number"),
    ListColumn("error", mark("Trouble"), "words"),
    ListColumn("request_id", mark("Request"), "words"),
)
_TOLD: Final = frozenset({"telegram_id", "athlete_id", "owner_id", "member_id", "upload_id", "import_id", "chat_id"})
"""The arguments that are ids: all others may hold anything."""


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    died_at: datetime | None
    name: str
    about: str
    attempts: int
    error: str
    request_id: str | None


def dead_jobs(queue: JobQueue, replay: Callable[[DeadJob], Awaitable[bool]]) -> OpsList:
    """With a way to give each all its tries again."""

    async def read() -> Sequence[_Row]:
        return [_row(job) for job in await queue.dead(MOST + 1)]

    async def again(job_id: str) -> bool:
        found = next((job for job in await queue.dead(MOST) if job.id == job_id), None)
        return found is not None and await replay(found)

    return OpsList(
        name="jobs",
        title=mark("Jobs given up"),
        columns=_COLUMNS,
        source=InMemory(read),
        sort="died_at",
        searched=("name", "about", "error", "request_id", "id"),
        replay=again,
    )


def _row(job: DeadJob) -> _Row:
    about = ", ".join(f"{name} {value}" for name, value in job.args.items() if name in _TOLD)
    return _Row(job.id, job.died_at, job.name, about, job.attempts, job.error, job.request_id)
