"""What a card says to one person, in their language and units."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Final

from kernel.contracts.prediction import CheckpointForecast, Effort, Prediction
from kernel.units import format_hms
from kernel.zones import later, offset_in_words
from languages.voice import Voice
from takealong.along import clock, start_of
from takealong.card.colours import pace_limits
from takealong.card.texts import CardTexts, ListedCheckpoint, Run, Tile, listed_indices
from takealong.course import Ground, paces_of
from takealong.words import EFFORTS, goal_time, one_line, percent, short_time, short_times

_TILES: Final[tuple[Effort, Effort, Effort]] = ("fast", "moderate", "easy")
_DOT: Final = "  \N{MIDDLE DOT}  "
_HOUR_S: Final = 3600
_BOLD: Final = ("\ue000", "\ue001")
"""Letters that no text has, in the places of those that are bold."""


def spoken_card(prediction: Prediction, ground: Ground, voice: Voice) -> CardTexts:
    """What the card of a prediction says."""
    start, elapsed = start_of(prediction), prediction.elapsed_s
    quick, slow = pace_limits(paces_of(prediction))
    low, high = short_times(elapsed.p10, elapsed.p90)
    listed = tuple(_listed(prediction, index, start, voice) for index in listed_indices(prediction))
    return CardTexts(
        title=ground.name,
        facts=_DOT.join(_facts(prediction, start, voice)),
        time=_large(elapsed.p50),
        under=voice.say("start to finish, {effort}", effort=voice.say(EFFORTS[prediction.effort])),
        finish=() if start is None else _finish(start, elapsed.p50, voice),
        aside=_DOT.join(_aside(prediction, voice)),
        quick=voice.pace_figure(quick),
        slow=voice.pace(slow),
        margin=_margin(low, high, voice),
        tiles=_tiles(prediction, voice),
        top="" if ground.profile is None else voice.height(float(ground.profile.elevation_m.max())),
        unit=voice.unit,
        unit_m=voice.unit_m,
        checkpoints=_heading(len(listed), len(prediction.checkpoints), voice),
        listed=listed,
        rests=_rests(prediction, voice),
    )


def _facts(prediction: Prediction, start: datetime | None, voice: Voice) -> list[str]:
    facts = prediction.route
    day = [] if start is None else [voice.day(start, year=True)]
    return [*day, voice.length(facts.distance_m), voice.say("{climb} up", climb=voice.height(facts.gain_m))]


def _large(seconds: float) -> str:
    """`5:52` hours and minutes; minutes and seconds below an hour."""
    return short_time(seconds) if seconds >= _HOUR_S else format_hms(seconds).removeprefix("0:")


def _finish(start: datetime, elapsed_s: float, voice: Voice) -> tuple[Run, ...]:
    reached, _, days = clock(start, elapsed_s).partition("+")
    home = later(start, elapsed_s)
    zone, on = offset_in_words(home), _BOLD[0]
    if not days:
        return _runs(voice.say("home at {clock} {zone}", clock=on, zone=zone), reached)
    return _runs(voice.say("home at {clock} {zone} on {day}", clock=on, zone=zone, day=voice.day(home)), reached)


def _aside(prediction: Prediction, voice: Voice) -> list[str]:
    plan, daylight = prediction.plan, prediction.daylight
    dark_s = 0 if daylight is None else daylight.dark_s.p50
    dark = [voice.say("{time} in the dark", time=short_time(dark_s))] if dark_s >= 60 else []
    if plan is None:
        return dark
    goal, chance = goal_time(plan.goal_s), percent(plan.p_reach)
    return [voice.say("goal {time}: {chance} chance", time=goal, chance=chance), *dark]


def _margin(low: str, high: str, voice: Voice) -> tuple[Run, ...]:
    said = voice.say("8 in 10 such days end between {early} and {late}.", early=_BOLD[0], late=_BOLD[1])
    return _runs(said.removesuffix("."), low, high)


def _runs(said: str, *bold: str) -> tuple[Run, ...]:
    """The words of a sentence, those around a bold letter bold with it."""
    words = [(word, any(letter in word for letter in _BOLD)) for word in said.split()]
    runs = [(" ".join(word for word, _ in group), is_bold) for is_bold, group in groupby(words, lambda each: each[1])]
    for letter, text in zip(_BOLD, bold, strict=False):
        runs = [(words.replace(letter, text), is_bold) for words, is_bold in runs]
    return tuple(runs)


def _tiles(prediction: Prediction, voice: Voice) -> tuple[Tile, Tile, Tile]:
    times, asked = prediction.times_s, prediction.effort
    quick, middle, easy = (
        Tile(voice.say("{effort}, moving", effort=voice.say(EFFORTS[effort])), time, effort == asked)
        for effort, time in zip(_TILES, short_times(times.fast, times.moderate, times.easy), strict=True)
    )
    return quick, middle, easy


def _heading(listed: int, count: int, voice: Voice) -> str:
    if not listed:
        return ""
    if listed == count:
        return voice.say("8 in 10 times you come through between")
    return voice.say("8 in 10 times you come through between ({listed} of {all} checkpoints)", listed=listed, all=count)


def _listed(prediction: Prediction, index: int, start: datetime | None, voice: Voice) -> ListedCheckpoint:
    checkpoint = prediction.checkpoints[index]
    low, high = (_reached(start, after_s) for after_s in (checkpoint.eta_s.p10, checkpoint.eta_s.p90))
    name, cutoff = one_line(checkpoint.name), _cutoff(checkpoint, start, voice)
    return ListedCheckpoint(index, name, f"{low} \N{EN DASH} {high}", cutoff)


def _cutoff(checkpoint: CheckpointForecast, start: datetime | None, voice: Voice) -> str:
    if checkpoint.cutoff_s is None or checkpoint.p_in_time is None:
        return ""
    chance, closes = percent(checkpoint.p_in_time), _reached(start, checkpoint.cutoff_s)
    return voice.say("{chance} by {clock}", chance=chance, clock=closes)


def _reached(start: datetime | None, after_s: float) -> str:
    """Without the day: a card has room for the hour."""
    return clock(start, after_s).partition("+")[0]


def _rests(prediction: Prediction, voice: Voice) -> str:
    stats = prediction.profile_stats
    if stats is not None:
        return voice.count(
            "from {number} outing of yours over {length}",
            "from {number} outings of yours over {length}",
            stats.total_activities,
            length=voice.length(1000.0 * stats.total_km),
        )
    pace_s_per_km = 1000.0 * prediction.flat_run_s / max(1.0, prediction.route.distance_m)
    return voice.say("from {pace} on the flat, without a past of yours", pace=voice.pace(pace_s_per_km))
