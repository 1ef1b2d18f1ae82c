"""A page to print: who waits where and when, and a band of paces to wear. One HTML document without a script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape
from itertools import islice
from typing import Final

from kernel.contracts.prediction import CheckpointForecast, Prediction
from kernel.units import format_pace
from kernel.zones import offset_in_words
from languages.voice import Voice
from takealong.along import Timeline, hours
from takealong.plan import kilometres
from takealong.told import passing_after
from takealong.words import goal_time, one_line, percent

_TO: Final = " \N{EN DASH} "
_BAND_ROWS: Final = 25
"""Kilometres in one strip of the band: about 20 cm on paper."""

STYLE: Final = (
    ":root{color-scheme:light}body{font:15px/1.45 system-ui,sans-serif;color:#1b1e24;background:#fff;margin:2rem auto;"
    "max-width:52rem;padding:0 1rem}h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}"
    "p{margin:.2rem 0}.quiet{color:#5f6368}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #d5d8dc;vertical-align:top}"
    "th{font-weight:600;color:#5f6368}.name{text-align:left;overflow-wrap:anywhere}.crew{width:100%}"
    ".big td{font-size:1.05rem}.band{display:flex;flex-wrap:wrap;gap:1rem}.band table{border:1px dashed #9aa0a6}"
    ".band td,.band th{padding:.1rem .45rem;font-size:.8rem}@page{margin:12mm}"
    "@media print{body{margin:0;max-width:none;padding:0}tr,.band table{break-inside:avoid}.crew thead{"
    "display:table-header-group}h2{break-after:avoid}}"
)
_STYLE_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy under which the page shows all it has, and nothing else runs or loads."""


def crew_html(name: str, prediction: Prediction, timeline: Timeline, start: datetime | None, voice: Voice) -> str:
    """The page: facts, a table of checkpoints with the finish, and a band of kilometres to cut out and wear.

    The expected times are the plan's where there is a plan. Everything that came from outside is escaped.
    """
    title = escape(one_line(name))
    for_the_crew, to_wear = voice.say("For the crew"), voice.say("Pace band")
    body = (
        f"<h1>{title}</h1>",
        *(f"<p>{escape(line)}</p>" for line in _facts(prediction, start, voice)),
        f"<h2>{escape(for_the_crew)}</h2>",
        _crew(prediction, timeline, start, voice),
        f"<h2>{escape(to_wear)}</h2>",
        _band(prediction, timeline, start, voice),
    )
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    shown = "".join(body)
    page = f"<head>{head}<title>{title}</title><style>{STYLE}</style></head><body>{shown}</body>"
    return f'<!doctype html>\n<html lang="{voice.language}">{page}</html>\n'


def _facts(prediction: Prediction, start: datetime | None, voice: Voice) -> Iterator[str]:
    facts = prediction.route
    yield f"{voice.length(facts.distance_m)}, D+ {voice.height(facts.gain_m)}, D- {voice.height(facts.loss_m)}"
    plan = prediction.plan
    goal = None if plan is None else goal_time(plan.goal_s)
    yield voice.say("Times as forecast") if goal is None else voice.say("Times of the plan for {goal}", goal=goal)
    if start is None:
        yield voice.say("Hours after the start")
    else:
        begins, offset = f"{voice.day(start, year=True)}, {start:%H:%M}", offset_in_words(start)
        zone = f"{prediction.time_zone or offset} ({offset})"
        yield voice.say("Start: {start}. Clocks are those of {zone}", start=begins, zone=zone)


def _crew(prediction: Prediction, timeline: Timeline, start: datetime | None, voice: Voice) -> str:
    rows = [_crew_row(each, timeline, start, voice) for each in prediction.checkpoints]
    elapsed, expected_s = prediction.elapsed_s, float(timeline.p50[-1])
    band = f"{_reached(voice, start, elapsed.p10)}{_TO}{_reached(voice, start, elapsed.p90)}"
    length = _length(prediction.route.distance_m, voice)
    rows.append((voice.say("Finish"), length, _reached(voice, start, expected_s), band, "", "", ""))
    heads = (
        *(voice.say("place"), voice.unit, voice.say("expected"), voice.say("8 in 10 between")),
        *(voice.say("stop"), voice.say("closes"), voice.say("in time")),
    )
    used = [at for at in range(len(heads)) if any(row[at] for row in rows)]
    table = _table([heads[at] for at in used], ([row[at] for at in used] for row in rows), "crew big")
    if prediction.checkpoints:
        return table
    nothing = voice.say("No checkpoint is known for this course.")
    return f'<p class="quiet">{escape(nothing)}</p>{table}'


def _crew_row(
    checkpoint: CheckpointForecast, timeline: Timeline, start: datetime | None, voice: Voice
) -> tuple[str, ...]:
    expected_s = timeline.reached_s(checkpoint.at_m)
    eta, cutoff_s, chance = checkpoint.eta_s, checkpoint.cutoff_s, checkpoint.p_in_time
    return (
        one_line(checkpoint.name),
        _length(checkpoint.at_m, voice),
        _reached(voice, start, expected_s),
        f"{_reached(voice, start, eta.p10)}{_TO}{_reached(voice, start, eta.p90)}",
        voice.span(checkpoint.stop_s) if checkpoint.stop_s else "",
        "" if cutoff_s is None else _reached(voice, start, cutoff_s),
        "" if chance is None else percent(chance),
    )


def _reached(voice: Voice, start: datetime | None, after_s: float) -> str:
    """When, with the day where it is another one; hours after the start where none is known."""
    return hours(after_s) if start is None else passing_after(start, after_s, voice)


def _length(metres: float, voice: Voice) -> str:
    return voice.number(metres / voice.unit_m, 1)


def _band(prediction: Prediction, timeline: Timeline, start: datetime | None, voice: Voice) -> str:
    rows = iter(_band_rows(prediction, timeline, start, voice))
    heads = (voice.say("km"), voice.say("min/km"), voice.say("expected"))
    strips = iter(lambda: list(islice(rows, _BAND_ROWS)), [])
    tables = "".join(_table(heads, strip, "strip") for strip in strips)
    return f'<div class="band">{tables}</div>'


def _band_rows(
    prediction: Prediction, timeline: Timeline, start: datetime | None, voice: Voice
) -> Iterator[tuple[str, ...]]:
    for kilometre in kilometres(prediction, timeline):
        end = f"{kilometre.split.to_m / 1000:.1f}".removesuffix(".0")
        yield end, format_pace(kilometre.pace_s_per_km), _reached(voice, start, kilometre.reached_s)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], look: str) -> str:
    """Cells are escaped here; the first column names things and is set to the left."""
    shown = "".join(_row("td", row) for row in rows)
    return f'<table class="{look}"><thead>{_row("th", heads)}</thead><tbody>{shown}</tbody></table>'


def _row(element: str, texts: Sequence[str]) -> str:
    cells = "".join(_cell(element, at, text) for at, text in enumerate(texts))
    return f"<tr>{cells}</tr>"


def _cell(element: str, at: int, text: str) -> str:
    look = "" if at else ' class="name"'
    return f"<{element}{look}>{escape(text)}</{element}>"
