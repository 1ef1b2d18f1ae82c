"""X10 as a state machine: any life with both services, restarts and restored backups included, ends with nothing."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.drills.erasure_house import HAPPENINGS, ErasureHouse, Person
from tests.drills.reporting import DRILL, report

EXAMPLES, STEPS = (60, 14) if DRILL else (4, 8)


class Life(RuleBasedStateMachine):
    """One person in a house that others lived in before: whatever happens, it ends with their erasure."""

    house: ErasureHouse
    run: Any
    lived: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.who: Person = self.house.person()
        self.has_backup = False

    @initialize()
    def arrive(self) -> None:
        self.run(self.house.connect(self.who, 0))

    def happens(self, name: str) -> None:
        self.lived[name] += 1
        self.run(HAPPENINGS[name](self.house, self.who))

    @rule()
    def change(self) -> None:
        self.happens("change")

    @rule()
    def reconnect(self) -> None:
        self.happens("reconnect")

    @rule()
    def deauthorise(self) -> None:
        self.happens("deauthorise")

    @rule()
    def event(self) -> None:
        self.happens("event")

    @rule()
    def sync(self) -> None:
        self.happens("sync")

    @rule()
    def opt_in(self) -> None:
        self.happens("opt_in")

    @rule()
    def export(self) -> None:
        self.happens("export")

    @precondition(lambda self: self.who.erased_at_s is None)
    @rule()
    def upload(self) -> None:
        self.happens("upload")

    @precondition(lambda self: self.who.erased_at_s is None)
    @rule()
    def predict(self) -> None:
        self.happens("predict")

    @precondition(lambda self: self.who.erased_at_s is None)
    @rule()
    def back_up(self) -> None:
        self.lived["back_up"] += 1
        self.house.back_up()
        self.has_backup = True

    @precondition(lambda self: self.who.erased_at_s is None)
    @rule()
    def erase(self) -> None:
        self.house.clock.advance(1)
        self.happens("erase")

    @rule()
    def restart(self) -> None:
        self.lived["restart"] += 1
        self.run(self.house.release(self.who))
        self.run(self.house.restart())

    # before the erasure it would take back a consent that Strava has, and with it the tokens that could end it
    @precondition(lambda self: self.has_backup and self.who.erased_at_s is not None)
    @rule()
    def restore(self) -> None:
        self.run(self.house.release(self.who))
        self.run(self.house.settle())
        found = self.run(self.house.restore())
        self.lived["restore"] += 1
        self.lived["brought_back"] += sum(found)

    def teardown(self) -> None:
        if self.who.erased_at_s is None:
            self.happens("erase")
        self.run(self.house.release(self.who))
        self.happens("event")
        self.run(self.house.settle())
        heard, consents = self.house.alive([self.who]), self.house.alive_at_strava([self.who])
        self.lived["lives"] += 1
        self.lived["alive"] += sum(heard.values()) + consents
        assert (heard, consents) == ({}, 0)


def test_any_life_ends_with_nothing_of_it_left(tmp_path: Path):
    logging.getLogger("hypothesis").setLevel(logging.WARNING)
    with asyncio.Runner() as runner:
        house = ErasureHouse(tmp_path)
        runner.run(house.open())
        lived = Counter[str]()
        life = type("LifeHere", (Life,), {"house": house, "run": staticmethod(runner.run), "lived": lived})
        bounds = settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), database=None,
        )  # fmt: skip
        try:
            run_state_machine_as_test(life, settings=bounds)
        finally:
            runner.run(house.close())
            report("X10 lives", **dict(sorted(lived.items())))
    assert lived["lives"] >= EXAMPLES
    assert lived["alive"] == 0
