"""A forecast as the services send it."""

from __future__ import annotations

from kernel.contracts import prediction as wire
from kernel.contracts.quantiles import QuantilesS
from kernel.forecast.forecast import MODEL, NOMINAL_COVERAGE, Forecast
from kernel.forecast.splits import CheckpointArrival, SplitForecast
from kernel.pace.categories import CATEGORY_COUNT
from kernel.units import format_hms


def forecast_to_wire(forecast: Forecast, prediction_id: str) -> wire.Prediction:
    """The answer: whole seconds, `H:MM:SS` strings of the same seconds, metres rounded."""
    times = forecast.times
    times_s = wire.TimesS(
        fast=round(forecast.times.p25_s), moderate=round(forecast.times.p50_s), easy=round(forecast.times.p75_s)
    )
    gap_time_s = round(forecast.gap_time_s)
    return wire.Prediction(
        prediction_id=prediction_id,
        personalized=forecast.personalized,
        times=wire.Times(
            fast=format_hms(times_s.fast), moderate=format_hms(times_s.moderate), easy=format_hms(times_s.easy)
        ),
        times_s=times_s,
        gap_time=format_hms(gap_time_s),
        gap_time_s=gap_time_s,
        interval=_interval(forecast),
        profile_stats=_profile_stats(forecast),
        route=_route_facts(forecast),
        splits=[_split(split) for split in forecast.splits],
        checkpoints=[_checkpoint(arrival) for arrival in forecast.checkpoints],
        formulas_s=wire.FormulasS(
            strava_gap=round(forecast.formulas.strava_gap),
            minetti=round(forecast.formulas.minetti),
            tobler=round(forecast.formulas.tobler),
            naismith=round(forecast.formulas.naismith),
            din33466=round(forecast.formulas.din33466),
            swiss=round(forecast.formulas.swiss),
        ),
        model=MODEL,
        effort="moderate",
        prior_share=round(forecast.times.prior_share, 3),
        elapsed_s=QuantilesS(*(round(forecast.pause_ratio * s) for s in (times.p10_s, times.p50_s, times.p90_s))),
        stops_s=round((forecast.pause_ratio - 1.0) * times.p50_s),
        terrain=[],
        walked=wire.Walked(distance_m=0.0, time_s=0),
        p_finish_in_all_cutoffs=None,
        flat_run_s=0,
        minutes=[],
        plan=None,
        daylight=None,
    )


def _interval(forecast: Forecast) -> wire.Interval:
    coverage = forecast.measured_coverage
    return wire.Interval(
        p10_s=round(forecast.times.p10_s),
        p50_s=round(forecast.times.p50_s),
        p90_s=round(forecast.times.p90_s),
        nominal=NOMINAL_COVERAGE,
        measured_coverage=None if coverage is None else round(coverage, 3),
        measured_on=forecast.measured_on,
    )


def _profile_stats(forecast: Forecast) -> wire.ProfileStats | None:
    if forecast.facts is None:
        return None
    return wire.ProfileStats(
        total_km=round(forecast.facts.total_km, 1),
        total_activities=forecast.facts.total_activities,
        gradient_coverage=f"{forecast.facts.gradient_coverage}/{CATEGORY_COUNT}",
        prior_share=round(forecast.times.prior_share, 3),
    )


def _route_facts(forecast: Forecast) -> wire.RouteFacts:
    route = forecast.route
    low_m, high_m = route.gain_band_m
    return wire.RouteFacts(
        distance_m=round(route.length_m, 1),
        gain_m=round(route.gain_m, 1),
        loss_m=round(route.loss_m, 1),
        gain_band_m=(round(low_m, 1), round(high_m, 1)),
    )


def _split(split: SplitForecast) -> wire.Split:
    return wire.Split(
        from_m=round(split.from_m, 1),
        to_m=round(split.to_m, 1),
        gain_m=round(split.gain_m, 1),
        loss_m=round(split.loss_m, 1),
        mode=split.mode,
        time_s=QuantilesS(p10=split.p10_s, p50=split.p50_s, p90=split.p90_s),
    )


def _checkpoint(arrival: CheckpointArrival) -> wire.CheckpointForecast:
    return wire.CheckpointForecast(
        name=arrival.name,
        at_m=arrival.at_m,
        stop_s=0.0,
        eta_s=QuantilesS(p10=round(arrival.p10_s), p50=round(arrival.p50_s), p90=round(arrival.p90_s)),
        cutoff_s=arrival.cutoff_s,
        p_in_time=None if arrival.p_in_time is None else round(arrival.p_in_time, 4),
        p_all_in_time=None,
    )
