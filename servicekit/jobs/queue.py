"""The seam between what a service wants done later and whatever keeps and runs those jobs.

Every queue runs a job at least once: handlers must be idempotent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol, TypedDict

from sqlalchemy.orm import Session

from kernel.retry import next_delay_s
from servicekit.jobs.stats import QueueStats

ERROR_LENGTH = 1000
RERUN_WITHIN_S: Final = 60.0
"""A job whose worker died runs again within this time, as long as another worker of its kind lives."""
LEASE_S: Final = 30.0
"""After so long without a sign of life a worker counts as dead, and its jobs are free."""

MAX_CRASHES: Final = 5
"""A job during which so many workers died or froze is given up: it may be what kills them."""


class Snooze(Exception):
    """Raised by a job that cannot go on now through no fault of its own; costs no attempt."""

    def __init__(self, delay_s: float, reason: str) -> None:
        super().__init__(reason)
        self.delay_s = delay_s
        self.reason = reason


class Fatal(Exception):
    """Raised by a job that no retry will cure; it goes to the dead jobs."""


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of job and how it is run."""

    name: str
    run: Callable[[Mapping[str, Any]], Awaitable[None]]
    retry_delays_s: Sequence[float] = ()
    """Waits after the first, second, ... failure; the failure after the last one is final."""
    concurrency: int = 0
    """How many of this kind one worker process runs at once; 0 is no limit of its own."""
    timeout_s: float = 300
    every_s: float | None = None
    """A periodic job: the worker puts it, with empty args, this long after its last run ended."""
    on_dead: Callable[[Mapping[str, Any], Session], None] | None = None
    """Called with the args, in the transaction that gives such a job up: also when its workers died and nothing else
    of it can run any more."""

    def __post_init__(self) -> None:
        if self.every_s is not None and self.every_s <= 0:
            raise ValueError(f"{self.name}: every_s must be positive.")
        if self.timeout_s <= 0 or self.concurrency < 0:
            raise ValueError(f"{self.name}: timeout_s must be positive and concurrency not negative.")


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A job that was given up, with all that is needed to judge and replay it."""

    id: str
    name: str
    args: Mapping[str, Any]
    attempts: int
    error: str
    died_at: datetime | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Pace:
    """How one worker process spends time and slots."""

    lease_s: float = LEASE_S
    """A running job is leased for so long, and its lease renewed; without a sign of life it is free for another."""
    poll_s: float = 0.2
    """How long it idles at the most before it looks by itself."""
    slots: int = 10
    """How many jobs run at once over all kinds (on procrastinate: over those without a cap of their own)."""
    grace_s: float = 10
    """How long a job may go on when the worker is stopped."""


class Terms(TypedDict, total=False):
    """On which terms a job is kept."""

    delay_s: float
    """It is due after so long; at once unless said."""
    priority: int
    """Higher first; 0 unless said."""
    unique: str | None
    """Nothing happens while a job of that key waits."""
    alone: bool
    """Of the jobs of its key one runs at a time, whoever puts another meanwhile."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to keep, on its `Terms`."""

    name: str
    args: Mapping[str, Any]
    delay_s: float = 0
    priority: int = 0
    unique: str | None = None
    alone: bool = False
    request_id: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A job that a worker has, or had when it died; whoever shows an older `token` changes nothing any more."""

    id: Any
    token: int | None
    name: str
    args: Mapping[str, Any]
    failures: int
    request_id: str | None
    crashes: int = 0
    traceparent: str | None = None


class JobStore(Protocol):
    """An engine's statements, in the caller's transaction; of those about a held job False says that another has it."""

    def add(self, session: Session, job: NewJob, now: datetime) -> object:
        """Keeps a job unless one of its unique key waits."""

    def alive(self, session: Session, unique: Sequence[str]) -> set[str]:
        """Those of the unique keys of which a job waits or runs."""

    def remove(self, session: Session, held: Held) -> bool:
        """Ends a job for good."""

    def again(self, session: Session, held: Held, due: datetime, *, failures: int, error: str | None) -> bool:
        """Makes a job ready at `due`."""

    def next_round(self, session: Session, held: Held, due: datetime, error: str | None) -> bool:
        """Makes a periodic job ready for its next run."""

    def bury(self, session: Session, held: Held, now: datetime, error: str) -> bool:
        """Gives a job up."""

    def stalled(self, session: Session, names: Sequence[str], now: datetime, /) -> list[Held]:
        """The jobs of these kinds whose workers gave no sign of life for a lease."""

    def rescue(self, session: Session, held: Held, now: datetime) -> Literal["freed", "dead"] | None:
        """Frees a stalled job, or gives it up after MAX_CRASHES workers; None when it no longer is stalled."""

    def stats(self, session: Session, now: datetime, /) -> QueueStats:
        """Counts of everything there is."""

    def dead(self, session: Session, limit: int) -> list[DeadJob]:
        """Dead jobs, the last to die first."""

    def revive(self, session: Session, job_id: str, now: datetime, /) -> bool:
        """Makes a dead job ready with all its attempts; False when there is none of this id."""

    def forget_dead(self, session: Session, before: datetime, most: int) -> int:
        """As `JobQueue.forget_dead`."""

    def forget(self, session: Session, name: str, value: str) -> int:
        """Deletes the jobs, waiting or dead, with this argument; how many there were."""


@dataclass(frozen=True, slots=True)
class Done:
    """The job succeeded."""


@dataclass(frozen=True, slots=True)
class Again:
    """The job runs again after `delay_s`; `counts` when this try used up an attempt."""

    delay_s: float
    error: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Dead:
    """The job is given up."""

    error: str


Outcome = Done | Again | Dead


def upkeep_s(lease_s: float) -> float:
    """How often a worker gives a sign of life and looks for jobs of dead ones: what comes on top of a lease."""
    return lease_s / 4


def decide(job: Job, failures: int, error: BaseException | None) -> Outcome:
    """What follows a run that ended with `error` after `failures` earlier counted failures: the one retry rule."""
    if error is None:
        return Done()
    sentence = describe(error)
    if isinstance(error, Snooze):
        return Again(max(0.0, error.delay_s), sentence, counts=False)
    delay_s = None if isinstance(error, Fatal) else next_delay_s(job.retry_delays_s, failures + 1)
    return Dead(sentence) if delay_s is None else Again(delay_s, sentence, counts=True)


def crashed(crashes: int) -> str:
    """Why a job is given up during which so many workers died."""
    return f"{crashes} workers died or froze while running this job."


def describe(error: BaseException) -> str:
    """The error in one bounded line for the job's row."""
    return f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
