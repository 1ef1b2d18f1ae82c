"""What the demo prints: progress on stderr, the answer on stdout."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from cli.console import aside, out, progress
from cli.course import UNNAMED
from cli.demo.stage import Stage
from cli.show.prediction import show_prediction
from cli.words import one_line
from kernel.contracts.prediction import Prediction
from kernel.contracts.route import Route

_STRANGER = "No history yet: this is the population's pace with a wide margin."


class Show:
    """The demo's voice."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._aside = aside()

    def say(self, sentence: str) -> None:
        """One line of the story."""
        self._aside.print(sentence)

    def progress(self, title: str) -> AbstractContextManager[Callable[[int, int], None]]:
        """A bar; the block gets a function that sets (done, total)."""
        return progress(title)

    def answer(self, route: Route, prediction: Prediction) -> None:
        """The answer as every command shows it."""
        notes = () if prediction.personalized else (_STRANGER,)
        show_prediction(out(), one_line(route.name or UNNAMED), prediction, notes=notes)

    def member(self, stage: Stage, authorization: str) -> None:
        """How to ask for something as the athlete, for those who want to try the interface."""
        self._aside.print("Ask as the member, for an hour (what changes the connection, for five minutes):")
        line = f"  curl -H 'Authorization: {authorization}' {stage.ayda_url}/api/v1/me/export"
        self._aside.print(line, soft_wrap=True, markup=False, highlight=False)

    def addresses(self, stage: Stage) -> None:
        """Where to look."""
        self._aside.print("Look around:")
        for what, url in (
            ("Strava (simulated)", f"{stage.strava_url}/_sim"),
            ("ayda's interface", f"{stage.ayda_url}/schema"),
            ("ayda's health", f"{stage.ayda_url}/health/ready"),
            ("the predictor's interface", f"{stage.predictor_url}/schema"),
            ("the race catalogue", f"{stage.predictor_url}/api/v1/races"),
        ):
            self._aside.print(f"  {what:26} {url}")
