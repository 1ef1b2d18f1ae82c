"""The bot's words about predictions, profiles and courses."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kernel.contracts.prediction import Prediction
from kernel.contracts.profile import Level, Profile
from kernel.contracts.route import Route
from kernel.contracts.times import Plan
from languages.voice import Voice, mark
from takealong import told
from takealong.along import start_of
from takealong.words import goal_time

_LEVELS: Final[dict[Level, str]] = {
    "beginner": mark("beginner"),
    "intermediate": mark("intermediate"),
    "advanced": mark("advanced"),
    "elite": mark("elite"),
}
_NAME_LETTERS: Final = 60
_DARK_FROM_S: Final = 300
"""Less of the night is dusk."""
_MARKS: Final = 4
"""So many passing times are a plan that can be remembered."""
_MOST_WARNINGS: Final = 2
"""A caption below a picture is short."""


def short_name(name: str | None, voice: Voice) -> str:
    """A course's name on one line."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in name or "").split())
    return line[:_NAME_LETTERS].rstrip() if line else voice.say("your course")


def course_line(route: Route, voice: Voice) -> str:
    """`51.5 km, 1,682 m up`."""
    return voice.say(
        "{length}, {climb} up", length=voice.length(route.facts.distance_m), climb=voice.height(route.facts.gain_m)
    )


def rests_on(prediction: Prediction, voice: Voice) -> str:
    """What the answer rests on: somebody's past, and a file of a course in which something may have been wrong."""
    return "\n".join([_past(prediction, voice), *map(voice.warning, prediction.warnings[:_MOST_WARNINGS])])


def _past(prediction: Prediction, voice: Voice) -> str:
    stats = prediction.profile_stats
    if stats is None:
        return voice.say("Nothing personal yet: this is how long people take on average, so the margin is wide.")
    return voice.count(
        "It rests on {number} outing of yours.", "It rests on {number} of your outings.", stats.total_activities
    )


def profile_lines(profile: Profile, voice: Voice) -> list[str]:
    """What is known of somebody, one line each."""
    if not profile.has_profile or profile.flat_pace_p50 is None:
        return [voice.say("I know nothing of you yet. Connect Strava with /connect, or send me your recordings.")]
    lines = [voice.say("{pace} on the flat", pace=voice.pace(profile.flat_pace_p50))]
    if profile.total_activities is not None and profile.total_km is not None:
        lines.append(
            voice.count(
                "{number} outing, {length} in all",
                "{number} outings, {length} in all",
                profile.total_activities,
                length=voice.length(1000 * profile.total_km),
            )
        )
    if profile.level is not None:
        lines.append(voice.say("level: {level}", level=voice.say(_LEVELS[profile.level])))
    return lines


def clock_lines(prediction: Prediction, voice: Voice) -> list[str]:
    """Start and finish on the clock at the course, with its zone, and how long it is dark; nothing without a start."""
    lines = told.clock_lines(prediction, voice)
    dark_s = 0 if prediction.daylight is None else prediction.daylight.dark_s.p50
    if lines and dark_s >= _DARK_FROM_S:
        lines.append(voice.say("{time} of it in the dark: take a light.", time=voice.span(dark_s)))
    return lines


def goal_lines(prediction: Prediction, voice: Voice) -> list[str]:
    """The chance to reach a goal first, then where to be when; of an answer with a plan. Raises ValueError without."""
    plan = prediction.plan
    if plan is None:
        raise ValueError("This answer has no plan.")
    chance = voice.say("Your chance to be there in {time}: {chance}", time=goal_time(plan.goal_s), chance=_chance(plan))
    expected = voice.say("I expect {time} of you.", time=voice.time(plan.expected_s))
    passing = [_passing(plan, each, start_of(prediction), voice) for each in _marks(plan)]
    return [chance, expected, "", voice.say("Evenly, you pass"), *passing, *_fade_line(plan, voice)]


def _fade_line(plan: Plan, voice: Voice) -> list[str]:
    share = round(100 * plan.fade)
    if share <= 0:
        return []
    return [voice.say("The second half may be {share} % slower at the same effort.", share=share)]


def _chance(plan: Plan) -> str:
    percent = round(100 * plan.p_reach)
    return "< 1 %" if percent < 1 else "> 99 %" if percent > 99 else f"{percent} %"


def _marks(plan: Plan) -> list[int]:
    """The splits at whose ends one looks at the watch: some, evenly apart, and the last."""
    count = len(plan.splits)
    return sorted({max(1, round(count * part / _MARKS)) - 1 for part in range(1, _MARKS + 1)} if count else ())


def _passing(plan: Plan, index: int, start: datetime | None, voice: Voice) -> str:
    split = plan.splits[index]
    length, elapsed = voice.length(split.to_m), voice.hours(split.elapsed_s)
    if start is None:
        return voice.say("{length} in {time}", length=length, time=elapsed)
    return voice.say(
        "{length} in {time}, at {clock}",
        length=length,
        time=elapsed,
        clock=told.moment_after(start, split.elapsed_s, voice),
    )
