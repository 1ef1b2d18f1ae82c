"""A forecast as the services send it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from kernel.contracts import prediction as wire
from kernel.contracts.route import CourseWarning, RouteFacts
from kernel.contracts.times import QuantilesS, WholeClimb
from kernel.forecast.climbs import ClimbForecast
from kernel.forecast.distribution import Z90
from kernel.forecast.forecast import MODEL, NOMINAL_COVERAGE, Forecast
from kernel.forecast.splits import SplitForecast
from kernel.forecast.terrain import TerrainForecast
from kernel.pace.categories import CATEGORY_COUNT
from kernel.tracks import RouteGeometry
from kernel.units import format_hms
from kernel.zones import zone_name


def forecast_to_wire(forecast: Forecast, prediction_id: str, warnings: Sequence[CourseWarning] = ()) -> wire.Prediction:
    """The answer: whole seconds, `H:MM:SS` strings of the same seconds, metres rounded.

    `warnings` are about the course's file; those about the day come after them.
    """
    times, explanation = forecast.times, forecast.explanation
    times_s = wire.TimesS(*(round(times.at_effort(effort).p50_s) for effort in ("fast", "moderate", "easy")))
    gap_time_s = forecast.formulas.strava_gap
    return wire.Prediction(
        prediction_id=prediction_id,
        personalized=forecast.facts is not None,
        times=wire.Times(
            fast=format_hms(times_s.fast), moderate=format_hms(times_s.moderate), easy=format_hms(times_s.easy)
        ),
        times_s=times_s,
        gap_time=format_hms(gap_time_s),
        gap_time_s=gap_time_s,
        interval=_interval(forecast),
        profile_stats=_profile_stats(forecast),
        route=facts_of(forecast.route),
        splits=[_split(split) for split in forecast.splits],
        checkpoints=list(forecast.checkpoints),
        formulas_s=forecast.formulas,
        model=MODEL,
        effort=forecast.effort,
        prior_share=round(times.prior_share, 3),
        elapsed_s=QuantilesS(*(round(forecast.clock.total_at(score)) for score in (-Z90, 0.0, Z90))),
        stops_s=round(forecast.clock.total_at(0.0)) - round(forecast.asked.p50_s),
        terrain=[_terrain(stretch) for stretch in forecast.terrain],
        walked=forecast.walked,
        p_finish_in_all_cutoffs=forecast.p_finish_in_all_cutoffs,
        flat_run_s=explanation.flat_run_s,
        minutes=explanation.minutes,
        plan=forecast.plan,
        daylight=forecast.daylight,
        start_at=_start(forecast.start_at),
        time_zone=zone_name(forecast.start_at),
        warnings=[*warnings, *forecast.warnings],
        climbs=[_climb(climb) for climb in forecast.climbs],
    )


def _start(start_at: datetime | None) -> datetime | None:
    """Offsets of old local times have seconds, which no JSON has: they are told in UTC."""
    offset = None if start_at is None else start_at.utcoffset()
    return start_at if start_at is None or offset is None or not offset.seconds % 60 else start_at.astimezone(UTC)


def _interval(forecast: Forecast) -> wire.Interval:
    coverage, measured_on, measured_by = forecast.measured
    return wire.Interval(
        p10_s=round(forecast.asked.p10_s),
        p50_s=round(forecast.asked.p50_s),
        p90_s=round(forecast.asked.p90_s),
        nominal=NOMINAL_COVERAGE,
        measured_coverage=None if coverage is None else round(coverage, 3),
        measured_on=measured_on,
        measured_by=measured_by,
    )


def _profile_stats(forecast: Forecast) -> wire.ProfileStats | None:
    if forecast.facts is None:
        return None
    return wire.ProfileStats(
        total_km=round(forecast.facts.total_km),
        total_activities=forecast.facts.total_activities,
        gradient_coverage=f"{forecast.facts.gradient_coverage}/{CATEGORY_COUNT}",
        prior_share=round(forecast.times.prior_share, 3),
    )


def facts_of(route: RouteGeometry) -> RouteFacts:
    """Length and climbing, to a tenth of a metre."""
    low_m, high_m = route.gain_band_m
    return RouteFacts(
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


def _climb(climb: ClimbForecast) -> WholeClimb:
    return WholeClimb(
        from_m=round(climb.from_m, 1),
        to_m=round(climb.to_m, 1),
        gain_m=round(climb.gain_m, 1),
        gradient=round(climb.gradient, 4),
        time_s=QuantilesS(p10=climb.p10_s, p50=climb.p50_s, p90=climb.p90_s),
    )


def _terrain(stretch: TerrainForecast) -> wire.TerrainSegment:
    split = msgspec.structs.asdict(_split(stretch))
    return wire.TerrainSegment(kind=stretch.kind, gradient=round(stretch.gradient, 4), **split)
