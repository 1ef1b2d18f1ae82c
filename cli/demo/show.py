"""What the demo prints: progress on stderr, the answer on stdout."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.demo.stage import Stage
from kernel.contracts.prediction import Prediction
from kernel.contracts.quantiles import QuantilesS
from kernel.contracts.route import Route
from kernel.units import format_hms, format_pace


class Show:
    """The demo's voice."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._aside = Console(stderr=True, highlight=False)
        self._out = Console(highlight=False)

    def say(self, sentence: str) -> None:
        """One line of the story."""
        self._aside.print(sentence)

    @contextlib.contextmanager
    def progress(self, title: str) -> Iterator[Callable[[int, int], None]]:
        """A bar; the block gets a function that sets (done, total)."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._aside) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def answer(self, route: Route, prediction: Prediction) -> None:
        """Times with margin, the formulas beside them, and the splits."""
        facts, band = prediction.route, prediction.interval
        low, high = facts.gain_band_m
        self._out.print(f"\n[bold]{route.name or 'Your course'}[/bold]")
        climb = f"D+ {facts.gain_m:.0f} m ({low:.0f} to {high:.0f}), D- {facts.loss_m:.0f} m"
        self._out.print(f"{facts.distance_m / 1000:.1f} km, {climb}")
        self._out.print(f"\n[bold]{prediction.times.moderate}[/bold] moderate, {_margin(band.p10_s, band.p90_s)}")
        self._out.print(
            f"{prediction.times.fast} fast, {prediction.times.easy} easy, {prediction.gap_time} by GAP alone"
        )
        self._out.print(_elapsed(prediction))
        self._out.print(_minutes(prediction))
        self._out.print(_grounds(prediction))
        self._out.print(_formulas(prediction))
        self._out.print(_splits(prediction))

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


def _margin(p10_s: int, p90_s: int) -> str:
    return f"8 in 10 times between {format_hms(p10_s)} and {format_hms(p90_s)}"


def _grounds(prediction: Prediction) -> str:
    stats = prediction.profile_stats
    if stats is None:
        return "No history yet: this is the population's pace with a wide margin."
    band, outings = prediction.interval, "activity" if stats.total_activities == 1 else "activities"
    history = (
        f"From {stats.total_activities} {outings} over {stats.total_km:.0f} km, gradients {stats.gradient_coverage}"
    )
    if band.measured_coverage is None:
        return f"{history}; too few to say how often such a band holds."
    return f"{history}; such a band held {band.measured_coverage:.0%} of {band.measured_on} past activities."


def _formulas(prediction: Prediction) -> str:
    formulas = prediction.formulas_s
    named = (
        ("Strava GAP", formulas.strava_gap),
        ("Minetti", formulas.minetti),
        ("Tobler", formulas.tobler),
        ("Naismith+Langmuir", formulas.naismith),
        ("DIN 33466", formulas.din33466),
        ("Swiss", formulas.swiss),
    )
    return "Formulas: " + ", ".join(f"{name} {format_hms(seconds)}" for name, seconds in named)


def _elapsed(prediction: Prediction) -> str:
    band, stops_s = prediction.elapsed_s, prediction.stops_s
    clock = f"From start to finish {format_hms(band.p50)} ({format_hms(band.p10)} to {format_hms(band.p90)})"
    if prediction.p_finish_in_all_cutoffs is None:
        return f"{clock}, {format_hms(stops_s)} of it stops"
    return f"{clock}, {format_hms(stops_s)} of it stops; all cutoffs made: {prediction.p_finish_in_all_cutoffs:.0%}"


def _minutes(prediction: Prediction) -> str:
    """Why it takes longer than a flat run; causes of less than a tenth of a minute are left out."""
    causes = ", ".join(f"{each.cause} {each.minutes:+.1f}" for each in prediction.minutes if each.minutes)
    return f"Minutes beyond {format_hms(prediction.flat_run_s)} on the flat: {causes or 'none'}"


def _splits(prediction: Prediction) -> Table:
    table = Table(title="Splits")
    for name in ("km", "D+", "D-", "mode", "pace", "split", "so far", "10 to 90 %"):
        table.add_column(name, justify="left" if name == "mode" else "right")
    total = QuantilesS(0, 0, 0)
    for split in prediction.splits:
        time, length_m = split.time_s, split.to_m - split.from_m
        total = QuantilesS(total.p10 + time.p10, total.p50 + time.p50, total.p90 + time.p90)
        table.add_row(
            f"{split.to_m / 1000:.1f}",
            f"{split.gain_m:.0f}",
            f"{split.loss_m:.0f}",
            split.mode,
            format_pace(time.p50 / length_m * 1000),
            format_hms(time.p50),
            format_hms(total.p50),
            f"{format_hms(total.p10)} to {format_hms(total.p90)}",
        )
    return table
