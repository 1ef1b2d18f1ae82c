"""What the demo prints: progress on stderr, the answer on stdout."""

from __future__ import annotations

from cli.console import aside, out, print_json
from cli.course import UNNAMED
from cli.demo.stage import Stage
from cli.show.prediction import show_prediction
from cli.words import one_line
from kernel.contracts.prediction import Prediction
from kernel.contracts.route import Route

_STRANGER = "No history yet: this is the population's pace with a wide margin."


def say(sentence: str) -> None:
    """One line of the story."""
    aside().print(sentence)


def show_answer(route: Route, prediction: Prediction, *, as_json: bool) -> None:
    """The answer as every command shows it."""
    if as_json:
        print_json(prediction)
    else:
        notes = () if prediction.personalized else (_STRANGER,)
        show_prediction(out(), one_line(route.name or UNNAMED), prediction, notes=notes)


def show_member(stage: Stage, authorization: str) -> None:
    """How to ask for something as the athlete, for those who want to try the interface."""
    say("Ask as the member, for an hour (what changes the connection, for five minutes):")
    aside().print(f"  curl -H 'Authorization: {authorization}' {stage.ayda_url}/api/v1/me/export", soft_wrap=True)


def show_addresses(stage: Stage) -> None:
    """Where to look."""
    say("Look around:")
    for what, url in (
        ("Strava (simulated)", f"{stage.strava_url}/_sim"),
        ("ayda's interface", f"{stage.ayda_url}/schema"),
        ("ayda's health", f"{stage.ayda_url}/health/ready"),
        ("the predictor's interface", f"{stage.predictor_url}/schema"),
        ("the race catalogue", f"{stage.predictor_url}/api/v1/races"),
    ):
        say(f"  {what:26} {url}")
