"""Cases through the children, and what became of them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from tests.trackfiles.asking import reply
from tests.trackfiles.malformed.cases import READABLE, Case
from trackfiles.child import Bounds
from trackfiles.children import Children
from trackfiles.outing import Outing
from trackfiles.questions import OutingRead, Refused
from trackfiles.wire import Reply

SLOWEST_S = 1.0
MOST_RSS_MB = 200.0
_CRASHED = {"file_unreadable", "too_slow"}


@dataclass(slots=True)
class Verdict:
    """`surprises` are sentences about outcomes that were not expected, or answers with a number that is none."""

    codes: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest_name: str = ""
    rss_mb: float = 0.0

    @property
    def crashes(self) -> int:
        """How many files their reader did not survive, or had to be taken from."""
        return sum(code in _CRASHED for code in self.codes)


def run(cases: Iterable[Case], bounds: Bounds | None = None) -> Verdict:
    """Read each case in a child, one after another."""
    verdict = Verdict()
    with Children(1, bounds) as children:
        reply(children, b"", "the child is up before the clock runs")
        for case in cases:
            content = case.make()
            begun_s = time.monotonic()
            answer = reply(children, content, f"{case.name}.gpx", otherwise="run")
            spent_s = time.monotonic() - begun_s
            verdict.rss_mb = max(verdict.rss_mb, answer.peak_bytes / 1e6)
            if spent_s > verdict.slowest_s:
                verdict.slowest_s, verdict.slowest_name = spent_s, case.name
            _judge(case, answer, verdict)
    return verdict


def _judge(case: Case, told: Reply, verdict: Verdict) -> None:
    answer = told.answer
    code = answer.code if isinstance(answer, Refused) else READABLE
    verdict.codes.append(code)
    if case.expected and code not in case.expected:
        verdict.surprises.append(f"{case.name}: {code} instead of {' or '.join(sorted(case.expected))}")
    if isinstance(answer, OutingRead) and not _finite(answer.outing):
        verdict.surprises.append(f"{case.name}: an answer with a number that is none")


def _finite(outing: Outing) -> bool:
    numbers = [value for value in msgspec.structs.astuple(outing) if isinstance(value, float)]
    return all(map(math.isfinite, numbers))
