"""What an operator has to know of: three alarms that cannot wait, and warnings.

`deploy/prometheus/rules.yml` has the same conditions for who runs Prometheus; a test holds the numbers together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kernel.contracts.alarm import Severity
from languages.voice import mark
from servicekit.sight.figures import Figures, windows_of

FAILURES: Final = 3
"""Calls to an address of Strava's that failed in a row."""
TOKENS_LOST: Final = 5
"""Connections that ended within an hour because Strava refused every refresh: one is a member's choice."""
JOBS_WAIT_S: Final = 600.0
QUOTA_SHARE: Final = 0.8
"""Of a day's calls."""
EVENTS_WAIT_S: Final = 120.0
ERROR_SHARE: Final = 0.05
UNREACHED: Final = "AdministratorUnreached"
ENUMERATED: Final = "PeopleEnumerated"
_FEWEST: Final = 20
"""Requests of which a share says something."""
_REQUESTS: Final = timedelta(minutes=5)
_DEATHS: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Kind:
    """A condition: how bad it is, for how many seconds it has to last, and the sentences about it."""

    severity: Severity
    lasts_s: float
    sentence: str
    over: str


KINDS: Final[Mapping[str, Kind]] = {
    "StravaFails": Kind(
        "critical",
        120,
        mark("Strava fails: {figure} calls in a row got no answer."),
        mark("Strava answers again."),
    ),
    "TokensNotRefreshed": Kind(
        "critical",
        120,
        mark("Tokens of Strava are not refreshed: {figure} failures."),
        mark("Tokens of Strava are refreshed again."),
    ),
    "JobsWait": Kind(
        "critical",
        300,
        mark("Jobs are stuck: the oldest has waited for {figure} s. Is a worker at work?"),
        mark("Jobs are worked on again."),
    ),
    "PredictorAway": Kind(
        "critical",
        120,
        mark("The predictor does not answer."),
        mark("The predictor answers again."),
    ),
    "QuotaNearlyUsed": Kind(
        "warning",
        60,
        mark("{figure} % of Strava's calls of this day are used."),
        mark("Strava's calls are no longer nearly used up."),
    ),
    "EventsWait": Kind(
        "warning",
        120,
        mark("Events of Strava's are worked on slowly: the oldest has waited for {figure} s."),
        mark("Events of Strava's are worked on in time again."),
    ),
    "RequestsFail": Kind(
        "warning",
        0,
        mark("{figure} % of the requests of the last five minutes failed."),
        mark("Requests no longer fail."),
    ),
    "JobsGivenUp": Kind(
        "warning",
        0,
        mark("{figure} jobs were given up within an hour; the operations page has them."),
        mark("No more jobs are given up."),
    ),
    "EventsGivenUp": Kind(
        "warning",
        0,
        mark("{figure} events of Strava's were given up within an hour; the operations page has them."),
        mark("No more events of Strava's are given up."),
    ),
    ENUMERATED: Kind(
        "warning",
        0,
        mark("An API key has asked about {figure} people within a minute; who holds it?"),
        mark("No API key asks about so many people any more."),
    ),
    UNREACHED: Kind(
        "warning",
        0,
        mark(
            "The bot cannot write to the chat of ADMIN_CHAT_ID: whoever is to hear of alarms there has to write to the "
            "bot first."
        ),
        mark("The chat of ADMIN_CHAT_ID is reached again."),
    ),
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """A condition that holds, and the figure it holds by."""

    name: str
    figure: float


@dataclass(frozen=True, slots=True)
class _Reading:
    at: datetime
    answered: int
    failed: int
    dead: int
    events_dead: int


class Conditions:
    """Which alarms the figures lead to; what counts by its growth is remembered for an hour by each process."""

    def __init__(self) -> None:
        self._readings: deque[_Reading] = deque()

    def of(self, figures: Figures, answered: int, failed: int, now: datetime) -> list[Alarm]:
        """Those that hold now. `answered`: the requests of this process so far; `failed`: by its own fault."""
        events_dead = figures.counts.get("events", {}).get("dead", 0)
        reading = _Reading(now, answered, failed, figures.queue.dead, events_dead)
        self._readings.append(reading)
        while self._readings[0].at < now - _DEATHS:
            self._readings.popleft()
        return [*of_figures(figures), *self._grown(reading)]

    def _grown(self, last: _Reading) -> Iterator[Alarm]:
        first = next(each for each in self._readings if each.at >= last.at - _REQUESTS)
        answered, failed = last.answered - first.answered, last.failed - first.failed
        if answered >= _FEWEST and failed > ERROR_SHARE * answered:
            yield Alarm("RequestsFail", 100.0 * failed / answered)
        died = last.dead - min(each.dead for each in self._readings)
        if died > 0:
            yield Alarm("JobsGivenUp", died)
        lost = last.events_dead - min(each.events_dead for each in self._readings)
        if lost > 0:
            yield Alarm("EventsGivenUp", lost)


def of_figures(figures: Figures) -> Iterator[Alarm]:
    """The alarms that one look at the figures is enough for."""
    api, oauth = (figures.failures_in_a_row.get(address, 0) for address in ("api", "oauth"))
    lost = figures.token_operations.get("lost", 0)
    used = max(count / limit for window, count, limit in windows_of(figures.quota) if window.endswith("day"))
    if api >= FAILURES:
        yield Alarm("StravaFails", api)
    if oauth >= FAILURES or lost >= TOKENS_LOST:
        yield Alarm("TokensNotRefreshed", max(oauth, lost))
    if figures.queue.oldest_ready_s > JOBS_WAIT_S:
        yield Alarm("JobsWait", figures.queue.oldest_ready_s)
    if used > QUOTA_SHARE:
        yield Alarm("QuotaNearlyUsed", 100.0 * used)
    if figures.events_wait_s > EVENTS_WAIT_S:
        yield Alarm("EventsWait", figures.events_wait_s)
