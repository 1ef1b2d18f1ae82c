"""How right forecasts were for everybody, in figures that are measured all the time."""

from __future__ import annotations

from kernel.contracts.accuracy import HowRight
from predictor_service.accuracy.report import overall_accuracy
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database


def measure_accuracy(metrics: Metrics, database: Database) -> None:
    """Has each reading of the metrics show the ledger: `of` is `moving` time, or `elapsed` from start to finish."""
    compared = metrics.gauge("forecasts_compared", "Outings that were held against what had been said of them.")
    athletes = metrics.gauge("forecasts_compared_athletes", "Whose outings these are.")
    words = {
        "bias": "Mean of said over taken, less 1.",
        "mape": "Mean of how far off the median was, as a share of what was taken.",
        "coverage": "Share of outings within the band of 8 in 10.",
    }
    figures = {name: metrics.gauge(f"forecasts_{name}", about, ["of"]) for name, about in words.items()}

    async def show() -> None:
        found = await database.read(overall_accuracy)
        compared.set(found.elapsed.n)
        athletes.set(found.athletes)
        measured: dict[str, HowRight] = {"moving": found.moving, "elapsed": found.elapsed}
        for name, gauge in figures.items():
            gauge.clear()
            for of, how_right in measured.items():
                value = getattr(how_right, name)
                if value is not None:
                    gauge.labels(of).set(value)

    metrics.before_scrape(show)
