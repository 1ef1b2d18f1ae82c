"""Someone's pace at each gradient as a picture."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from cli.draw.canvas import ACCENT, BAND, FAINT, INK, LINE, SMALL_PT, heading, label, new_sheet, panel
from cli.show.profile import KINDS, level_line, outings_line
from kernel.contracts.profile import CurvePoint, Profile
from kernel.pace.curve import COVERED_SAMPLES
from kernel.pace.population import KIND_OF_MODE, log_relative_pace, prior_flat_pace_s_per_km
from kernel.units import format_pace
from languages.voice import Voice

_EDGE: Final = 0.31
_PACES_S: Final = (150, 180, 210, 240, 300, 360, 420, 480, 600, 720, 900, 1200, 1500, 1800, 2400, 3000, 3600)


def curve_sheet(profile: Profile, voice: Voice) -> Figure:
    """The picture of a profile that has figures, not yet written."""
    sheet = new_sheet()
    flat = voice.say("{pace} on the flat", pace=voice.pace(profile.flat_pace_p50 or 0.0))
    what = ": ".join((voice.say(KINDS[profile.type]), voice.say("pace at each gradient")))
    heading(sheet, what, flat, (outings_line(profile, voice), level_line(profile, voice)))
    paces, counts = panel(sheet, 0.33, 0.80), panel(sheet, 0.085, 0.25)
    _draw_paces(paces, profile, voice)
    _draw_counts(counts, profile.curve, voice)
    for axes in (paces, counts):
        axes.set_xlim(-_EDGE, _EDGE)
        axes.xaxis.set_major_locator(FixedLocator([-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3]))
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda gradient, _: f"{100 * gradient:+.0f} %" if gradient else "0")
        )
    return sheet


def _draw_paces(axes: Axes, profile: Profile, voice: Voice) -> None:
    points = profile.curve
    gradients = np.array([point.gradient for point in points])
    low, middle, high = (np.array([getattr(point.pace_s_per_km, q) for point in points]) for q in ("p25", "p50", "p75"))
    fine = np.linspace(-_EDGE, _EDGE, 121)
    kind = KIND_OF_MODE[profile.type]
    usual = prior_flat_pace_s_per_km(kind) * np.exp(log_relative_pace(fine, kind))
    axes.fill_between(gradients, low, high, color=BAND, linewidth=0)
    axes.plot(fine, usual, color=ACCENT, linewidth=1.8, linestyle=(0, (5, 3)))
    axes.plot(gradients, middle, color=LINE, linewidth=2.4)
    own = np.array([point.n >= COVERED_SAMPLES for point in points])
    axes.plot(gradients[own], middle[own], "o", color=LINE, markersize=9)
    axes.plot(gradients[~own], middle[~own], "o", color=LINE, markersize=9, markerfacecolor="white", markeredgewidth=2)
    axes.set_yscale("log")
    bottom, top = 0.88 * min(low.min(), usual.min()), 1.18 * max(high.max(), usual.max())
    axes.set_ylim(bottom, top)
    axes.yaxis.set_major_locator(FixedLocator([pace for pace in _PACES_S if bottom < pace < top]))
    axes.yaxis.set_minor_locator(FixedLocator([]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda pace, _: format_pace(pace)))
    _draw_key(axes, voice)


def _draw_key(axes: Axes, voice: Voice) -> None:
    label(axes, voice.say("min/km"), (0.0, 1.02), transform=axes.transAxes, color=FAINT, ha="right")
    drawn = (
        (voice.say("your median, half of your kilometres in the band"), LINE),
        (voice.say("open circle: fewer than {few} kilometres of yours", few=COVERED_SAMPLES), INK),
        (voice.say("average of our population"), ACCENT),
    )
    for number, (text, colour) in enumerate(drawn):
        label(axes, text, (0.04, 0.97 - 0.058 * number), transform=axes.transAxes, color=colour, va="top")


def _draw_counts(axes: Axes, points: list[CurvePoint], voice: Voice) -> None:
    gradients, counts = [point.gradient for point in points], [point.n for point in points]
    axes.bar(gradients, counts, width=0.034, color=LINE)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    axes.set_ylim(0, 1.3 * max(1, *counts))
    for gradient, count in zip(gradients, counts, strict=True):
        label(axes, str(count), (gradient, count), ha="center", va="bottom", color=FAINT)
    label(axes, voice.say("kilometres known"), (0.0, 1.06), transform=axes.transAxes, color=FAINT)
    axes.set_xlabel(voice.say("gradient"), fontsize=SMALL_PT, color=FAINT, loc="right", labelpad=1)
